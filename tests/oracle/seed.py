"""The numbers of the seed contract, from a list of events, by counting.

"Now" and the zone are arguments. A window holds the conversations that started in it: `start <= t < end`.
"""

import unicodedata
from collections import Counter
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

from tests.oracle.conversations import (
    Conversation,
    Event,
    conversations,
    unanswered_messages,
    unanswered_questions,
)

DEFAULT_THRESHOLD = 0.2
SHOWN_CHARACTERS = 100


# Latin, Armenian, Hebrew, Arabic, Urdu, Devanagari, Tibetan, Burmese, Ethiopic, Khmer, Chinese and Japanese
ENDS_OF_SENTENCES = ".!?…,;:‽" + "։՜՝՞" + "׃" + "،؛؟" + "۔" + "।॥" + "།༎" + "၊။" + "።፧" + "។៕" + "。、"


def normal_form(text: str) -> str:
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFKC", visible).casefold()
    words = " ".join(folded.split())
    while words and words[-1] in ENDS_OF_SENTENCES + " ":
        words = words[:-1]
    return words


def shown_text(text: str) -> str:
    return " ".join(text.split())[:SHOWN_CHARACTERS]


def ranking(texts: list[str], top: int) -> list[dict]:
    """Texts grouped by normal form, the largest group first, each shown as its most frequent original."""
    groups: dict[str, Counter[str]] = {}
    for text in texts:
        if normal_form(text) != "":
            groups.setdefault(normal_form(text), Counter())[text] += 1

    rows = []
    for form, originals in groups.items():
        most = max(originals.values())
        original = min(text for text, count in originals.items() if count == most)
        rows.append((-originals.total(), shown_text(original), form))
    return [{"query": shown, "count": -negated} for negated, shown, _ in sorted(rows)[:top]]


def local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def started_in_month_of(now: datetime, found: list[Conversation], zone: str) -> int:
    today = local_day(now, zone)
    days = [local_day(conversation.start, zone) for conversation in found]
    return sum((day.year, day.month) == (today.year, today.month) for day in days)


def mean(total: int, count: int) -> float:
    return round(total / count, 1)


def peak_hour(found: list[Conversation], zone: str) -> int | None:
    hours = Counter(conversation.start.astimezone(ZoneInfo(zone)).hour for conversation in found)
    if not hours:
        return None
    return min(hour for hour, count in hours.items() if count == max(hours.values()))


def of_chatbot(
    events: list[Event], chatbot: dict, start: datetime | None = None, end: datetime | None = None
) -> list[Conversation]:
    return [
        conversation
        for conversation in conversations(events)
        if conversation.chatbot_id == chatbot["chatbot_id"]
        and (start is None or conversation.start >= start)
        and (end is None or conversation.start < end)
    ]


def threshold_of(chatbot: dict) -> float:
    threshold = chatbot.get("confidence_threshold")
    return DEFAULT_THRESHOLD if threshold is None else threshold


def unanswered_ranking(found: list[Conversation], chatbot: dict, top: int) -> list[dict]:
    questions = [
        question.content
        for conversation in found
        for question in unanswered_questions(conversation, threshold_of(chatbot))
    ]
    return ranking(questions, top)


def chatbot_object(
    events: list[Event],
    chatbot: dict,
    *,
    now: datetime,
    zone: str,
    top: int,
    start: datetime | None = None,
    end: datetime | None = None,
) -> dict:
    """One chatbot, as both the overview (top 5) and the detail (top 10) show it."""
    found = of_chatbot(events, chatbot, start, end)
    messages = [message for conversation in found for message in conversation.messages]
    ratings = [conversation.rating for conversation in found if conversation.rating is not None]
    votes = [vote for conversation in found for vote in conversation.votes.values()]
    days = [local_day(conversation.start, zone) for conversation in found]
    today = local_day(now, zone)
    last_30_days = [today - timedelta(days=back) for back in range(29, -1, -1)]
    return {
        "chatbot_id": chatbot["chatbot_id"],
        "chatbot_name": chatbot.get("name") or "Untitled",
        "total_conversations": len(found),
        "unique_sessions": len({c.session_id for c in found if c.session_id != ""}),
        "total_messages": len(messages),
        "average_messages_per_conversation": mean(len(messages), len(found)) if found else 0.0,
        "average_rating": mean(sum(ratings), len(ratings)) if ratings else chatbot.get("average_rating"),
        "total_ratings": len(votes),
        "conversations_today": days.count(today),
        "conversations_this_week": sum(monday_of(day) == monday_of(today) for day in days),
        "conversations_this_month": started_in_month_of(now, found, zone),
        "daily_conversations": [{"date": day.isoformat(), "count": days.count(day)} for day in last_30_days],
        "top_queries": ranking([message.content for message in messages if message.role == "user"], top),
        "languages_used": dict(Counter(conversation.language for conversation in found)),
        "peak_hour": peak_hour(found, zone),
        "unanswered_count": sum(len(unanswered_messages(c, threshold_of(chatbot))) for c in found),
        "unanswered_queries": unanswered_ranking(found, chatbot, 5),
        "feedback_positive": votes.count("positive"),
        "feedback_negative": votes.count("negative"),
    }


def said_by_records(chatbots: list[dict]) -> float | None:
    """The mean of what chatbots' own records say, one decimal, halves up; null and 0 say nothing."""
    said = [Fraction(str(one["average_rating"])) for one in chatbots if one.get("average_rating")]
    return floor(sum(said) / len(said) * 10 + Fraction(1, 2)) / 10 if said else None


def overview(
    events: list[Event],
    chatbots: list[dict],
    *,
    now: datetime,
    zone: str,
    plan: str,
    limit: int,
    company_zone: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> dict:
    """The company: its chatbots in the order given.

    What it used of its plan this month heeds neither the window nor the zone of the request.
    """
    objects = [
        chatbot_object(events, chatbot, now=now, zone=zone, top=5, start=start, end=end)
        for chatbot in chatbots
    ]
    ratings = [
        conversation.rating
        for chatbot in chatbots
        for conversation in of_chatbot(events, chatbot, start, end)
        if conversation.rating is not None
    ]
    used = sum(
        started_in_month_of(now, of_chatbot(events, chatbot), company_zone or zone) for chatbot in chatbots
    )
    return {
        "total_chatbots": len(chatbots),
        "published_chatbots": sum(bool(chatbot.get("is_published")) for chatbot in chatbots),
        "total_conversations": sum(one["total_conversations"] for one in objects),
        "total_messages": sum(one["total_messages"] for one in objects),
        "unique_sessions": sum(one["unique_sessions"] for one in objects),
        "conversations_this_month": sum(one["conversations_this_month"] for one in objects),
        "average_rating": mean(sum(ratings), len(ratings)) if ratings else said_by_records(chatbots),
        "chatbots": objects,
        "plan": plan,
        "conversations_limit": limit,
        "conversations_used": used,
    }


def gaps(
    events: list[Event],
    chatbot: dict,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    top: int = 10,
) -> list[dict]:
    """The top unanswered questions of one chatbot."""
    return unanswered_ranking(of_chatbot(events, chatbot, start, end), chatbot, top)
