"""The origin's way: fetch the rows, count in Python. Without its faults, so that the numbers are right.

What is left out makes it faster than the origin was: rows come over PostgreSQL's own protocol on a socket,
not as JSON over HTTP, and no row cap makes it ask for page after page.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from benchmarks.counting import (
    DETAIL_TOP,
    GAPS_TOP,
    OVERVIEW_TOP,
    UNANSWERED_TOP,
    Days,
    listed,
    mean,
    overview_of,
)
from benchmarks.dataset import THRESHOLD
from botlens.events.question import normal_form

_CHUNK = 500
_CONVERSATIONS = (
    "SELECT id, session_id, language, created_at, rating FROM conversations WHERE chatbot_id = %s"
)
_MESSAGES = (
    "SELECT conversation_id, role, content, confidence_score FROM messages "
    "WHERE conversation_id = ANY(%s) ORDER BY conversation_id, created_at, id"
)
_FEEDBACK = "SELECT value FROM feedback WHERE chatbot_id = %s"


@dataclass(slots=True)
class _Messages:
    """What the messages of a chatbot say. Texts are counted as they are and folded once each, at the end."""

    total: int = 0
    unanswered: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)


class OriginWay:
    name = "origin"

    def __init__(self, connection: psycopg.Connection, now: datetime, zone: ZoneInfo) -> None:
        self._connection = connection
        self._days = Days.of(now, zone)

    def overview(self, company_id: str) -> dict[str, Any]:
        bots = self._rows(
            "SELECT id, name, is_published FROM chatbots WHERE company_id = %s ORDER BY id", company_id
        )
        objects, rating_sum, ratings = [], 0, 0
        for chatbot_id, name, _ in bots:
            conversations = self._rows(_CONVERSATIONS, chatbot_id)
            scores = [row[4] for row in conversations if row[4] is not None]
            rating_sum, ratings = rating_sum + sum(scores), ratings + len(scores)
            objects.append(self._chatbot(chatbot_id, name, conversations, OVERVIEW_TOP))
        return overview_of(objects, sum(1 for bot in bots if bot[2]), rating_sum, ratings)

    def detail(self, chatbot_id: str) -> dict[str, Any]:
        ((name,),) = self._rows("SELECT name FROM chatbots WHERE id = %s", chatbot_id)
        return self._chatbot(chatbot_id, name, self._rows(_CONVERSATIONS, chatbot_id), DETAIL_TOP)

    def gaps(self, chatbot_id: str) -> list[dict[str, Any]]:
        ids = [row[0] for row in self._rows("SELECT id FROM conversations WHERE chatbot_id = %s", chatbot_id)]
        return listed(_folded(self._messages(ids).open), GAPS_TOP)

    def _chatbot(self, chatbot_id: str, name: str, conversations: list[Any], top: int) -> dict[str, Any]:
        messages = self._messages([row[0] for row in conversations])
        votes = Counter(row[0] for row in self._rows(_FEEDBACK, chatbot_id))
        scores = [row[4] for row in conversations if row[4] is not None]
        count = len(conversations)
        return {
            "chatbot_id": chatbot_id,
            "chatbot_name": name,
            "total_conversations": count,
            "unique_sessions": len({row[1] for row in conversations if row[1]}),
            "total_messages": messages.total,
            "average_messages_per_conversation": mean(messages.total, count) or 0.0,
            "average_rating": mean(sum(scores), len(scores)),
            "total_ratings": votes["positive"] + votes["negative"],
            **self._calendar([row[3] for row in conversations]),
            "top_queries": listed(_folded(messages.asked), top),
            "languages_used": dict(sorted(Counter(row[2] or "und" for row in conversations).items())),
            "unanswered_count": messages.unanswered,
            "unanswered_queries": listed(_folded(messages.open), UNANSWERED_TOP),
            "feedback_positive": votes["positive"],
            "feedback_negative": votes["negative"],
        }

    def _calendar(self, starts: list[datetime]) -> dict[str, Any]:
        days = self._days
        local = [start.astimezone(days.zone) for start in starts]
        by_day = Counter(moment.date() for moment in local)
        by_hour = Counter(moment.hour for moment in local)
        return {
            "conversations_today": by_day[days.today],
            "conversations_this_week": sum(n for day, n in by_day.items() if 0 <= (day - days.week).days < 7),
            "conversations_this_month": sum(
                n for day, n in by_day.items() if days.month <= day < days.next_month
            ),
            "daily_conversations": days.daily(by_day),
            "peak_hour": max(by_hour, key=lambda hour: (by_hour[hour], -hour)) if by_hour else None,
        }

    def _messages(self, conversation_ids: list[Any]) -> _Messages:
        found = _Messages()
        for at in range(0, len(conversation_ids), _CHUNK):
            _count(found, self._rows(_MESSAGES, conversation_ids[at : at + _CHUNK]))
        return found

    def _rows(self, statement: str, *parameters: Any) -> list[Any]:
        return self._connection.execute(statement, parameters).fetchall()


def _count(found: _Messages, rows: Iterable[Any]) -> None:
    current = question = None
    for conversation_id, role, content, confidence in rows:
        found.total += 1
        if conversation_id != current:
            current, question = conversation_id, None
        if role == "user":
            question = content
            found.asked[content] += 1
        elif role == "assistant" and confidence is not None and confidence < THRESHOLD:
            found.unanswered += 1
            if question is not None:
                found.open[question] += 1


def _folded(texts: Counter[str]) -> Iterator[tuple[str, int]]:
    """(most frequent original, count) of each normal form."""
    forms: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for text, count in texts.items():
        forms[normal_form(text)].append((text, count))
    for form, originals in forms.items():
        if form:
            shown = min(originals, key=lambda row: (-row[1], row[0]))[0]
            yield shown, sum(count for _, count in originals)
