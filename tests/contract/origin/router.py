"""The origin's three routes: plan, company, chatbots, then rows that are counted here."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel

from tests.contract.origin.rest import Rest, Row

PLANS = {"free": (False, 100), "starter": (True, 1_000), "pro": (True, 10_000), "enterprise": (True, -1)}
LOW = 0.2
CONVERSATIONS, MESSAGES = 100, 200
DAYS = timedelta(days=30)


class OriginCount(BaseModel):
    """A question, and how often it was asked."""

    query: str
    count: int


class OriginDay(BaseModel):
    """A day, and how many conversations started in it."""

    date: str
    count: int


class OriginChatbot(BaseModel):
    """The numbers of one chatbot."""

    chatbot_id: str
    chatbot_name: str
    total_conversations: int
    unique_sessions: int
    total_messages: int
    average_messages_per_conversation: float
    average_rating: float | None
    total_ratings: int
    conversations_today: int
    conversations_this_week: int
    conversations_this_month: int
    daily_conversations: list[OriginDay]
    top_queries: list[OriginCount]
    languages_used: dict[str, int]
    peak_hour: int | None
    unanswered_count: int
    unanswered_queries: list[OriginCount]
    feedback_positive: int
    feedback_negative: int


class OriginOverview(BaseModel):
    """The numbers of a company."""

    total_chatbots: int
    published_chatbots: int
    total_conversations: int
    total_messages: int
    unique_sessions: int
    conversations_this_month: int
    average_rating: float | None
    chatbots: list[OriginChatbot]
    plan: str
    conversations_limit: int
    conversations_used: int


def origin_router(rest: Rest, user: Callable[..., Any], clock: Callable[[], datetime]) -> APIRouter:
    """The three routes, over some tables, for the users of an app."""
    router = APIRouter(prefix="/analytics")

    @router.get("/overview", response_model=OriginOverview)
    def overview(who: Annotated[Any, Depends(user)]) -> dict[str, Any]:
        plan, company = _entitled(rest, who.id)
        chatbots = rest.select("chatbots", company_id=company["id"])
        found = [_numbers(rest, each, clock(), top=5, detail=False) for each in chatbots]
        averages = [each["average_rating"] for each in chatbots if each["average_rating"]]
        this_month = sum(each["conversations_this_month"] for each in found)
        return {
            "total_chatbots": len(chatbots),
            "published_chatbots": sum(bool(each["is_published"]) for each in chatbots),
            **{name: sum(each[name] for each in found) for name in _SUMS},
            "conversations_this_month": this_month,
            "average_rating": round(sum(averages) / len(averages), 1) if averages else None,
            "chatbots": found,
            "plan": plan,
            "conversations_limit": PLANS[plan][1],
            "conversations_used": this_month,
        }

    @router.get("/chatbot/{chatbot_id}", response_model=OriginChatbot)
    def chatbot(chatbot_id: str, who: Annotated[Any, Depends(user)]) -> dict[str, Any]:
        return _numbers(rest, _own(rest, who.id, chatbot_id), clock(), top=10, detail=True)

    @router.get("/chatbot/{chatbot_id}/gaps", response_model=list[OriginCount])
    def gaps(chatbot_id: str, who: Annotated[Any, Depends(user)]) -> list[dict[str, Any]]:
        own = _own(rest, who.id, chatbot_id)
        return _listed(
            _unanswered(_messages(rest, rest.select("conversations", chatbot_id=own["id"])))[1], 10
        )

    return router


_SUMS = ("total_conversations", "total_messages", "unique_sessions")


def _entitled(rest: Rest, user: str) -> tuple[str, Row]:
    """The user's plan, asked first, and its company: the first that comes."""
    active = rest.select("subscriptions", user_id=user, status="active")
    plan = active[0]["plan"] if active else "free"
    if not PLANS.get(plan, PLANS["free"])[0]:
        raise HTTPException(402, "Analytics are not part of your plan")
    companies = rest.select("companies", owner_id=user)
    if not companies:
        raise HTTPException(404, "Company not found")
    return plan, companies[0]


def _own(rest: Rest, user: str, chatbot_id: str) -> Row:
    _, company = _entitled(rest, user)
    found = rest.select("chatbots", id=chatbot_id, company_id=company["id"])
    if not found:
        raise HTTPException(404, "Chatbot not found")
    return found[0]


def _messages(rest: Rest, conversations: list[Row]) -> list[Row]:
    """Messages of the first hundred conversations; as many of them as the server gives."""
    ids = [each["id"] for each in conversations[:CONVERSATIONS]]
    found = rest.select("messages", conversation_id=ids)
    return sorted(found, key=lambda row: row["created_at"] or "")


def _unanswered(messages: list[Row]) -> tuple[int, Counter[str]]:
    """Answers below the threshold, and the last question of their conversations."""
    low = [row for row in messages if row["role"] == "assistant" and (row["confidence_score"] or 1) < LOW]
    questions: Counter[str] = Counter()
    for answer in low:
        asked = [
            row["content"]
            for row in messages
            if row["role"] == "user" and row["conversation_id"] == answer["conversation_id"]
        ]
        questions.update(asked[-1:])
    return len(low), questions


def _numbers(rest: Rest, chatbot: Row, now: datetime, *, top: int, detail: bool) -> dict[str, Any]:
    conversations = rest.select("conversations", chatbot_id=chatbot["id"])
    messages = _messages(rest, conversations)
    votes = rest.select("message_feedback", chatbot_id=chatbot["id"])
    positive = sum(each["feedback"] == "positive" for each in votes)
    unanswered, questions = _unanswered(messages) if detail else (0, Counter())
    starts = [datetime.fromisoformat(each["created_at"]) for each in conversations]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = Counter(each.hour for each in starts).most_common(1)
    asked = [(row["content"] or "")[:100] for row in messages[:MESSAGES] if row["role"] == "user"]
    mean = len(messages) / len(conversations) if conversations else 0.0
    return {
        "chatbot_id": chatbot["id"],
        "chatbot_name": chatbot["name"],
        "total_conversations": len(conversations),
        "unique_sessions": len({each["session_id"] for each in conversations if each["session_id"]}),
        "total_messages": len(messages),
        "average_messages_per_conversation": round(mean, 1),
        "average_rating": chatbot["average_rating"],
        "total_ratings": len(votes),
        "conversations_today": _since(starts, midnight),
        "conversations_this_week": _since(starts, midnight - timedelta(days=now.weekday())),
        "conversations_this_month": _since(starts, midnight.replace(day=1)),
        "daily_conversations": _daily(starts, now),
        "top_queries": _listed(Counter(asked), top),
        "languages_used": dict(Counter(each["language"] for each in conversations)),
        "peak_hour": hours[0][0] if hours else None,
        "unanswered_count": unanswered,
        "unanswered_queries": _listed(questions, 5),
        "feedback_positive": positive,
        "feedback_negative": len(votes) - positive,
    }


def _since(starts: Iterable[datetime], begin: datetime) -> int:
    return sum(each >= begin for each in starts)


def _daily(starts: Iterable[datetime], now: datetime) -> list[dict[str, Any]]:
    days = Counter(each.date().isoformat() for each in starts if each >= now - DAYS)
    return [{"date": day, "count": count} for day, count in sorted(days.items())]


def _listed(counts: Counter[str], top: int) -> list[dict[str, Any]]:
    return [{"query": query, "count": count} for query, count in counts.most_common(top)]
