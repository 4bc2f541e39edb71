"""The seed contract: the objects of the three routes, from the numbers of chatbots.

`now` is an argument. Every definition is the table of the reference (docs/reference/seed-contract.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from botlens.live.numbers import ChatbotNumbers
from botlens.live.timeline import Timeline
from botlens.metrics.calendar import DAY_SECONDS, Stretch, Today, pieces, stretches

OVERVIEW_TOP = 5
DETAIL_TOP = 10
UNANSWERED_TOP = 5
GAPS_TOP = 10
DAILY_DAYS = 30
UNTITLED = "Untitled"
_NEAR = 70 * DAY_SECONDS


class StaleHeadError(Exception):
    """A list of top questions has changed so much that it must be loaded anew before it is shown."""


@dataclass(frozen=True, slots=True)
class ChatbotRecord:
    """The settings of a chatbot that its numbers depend on."""

    id: str
    name: str | None
    is_published: bool
    zone: ZoneInfo
    average_rating: float | None = None


def covered_seconds(timeline: Timeline, now: datetime) -> tuple[int, int]:
    """The seconds that the calendar must cover: everything that was counted, and the months around now."""
    second = int(now.astimezone(UTC).timestamp())
    low, high = timeline.span() or (second, second)
    first, last = min(low, second - _NEAR) // DAY_SECONDS, -(-max(high, second + _NEAR) // DAY_SECONDS)
    return first * DAY_SECONDS, last * DAY_SECONDS


def chatbot_object(record: ChatbotRecord, numbers: ChatbotNumbers, now: datetime, top: int) -> dict[str, Any]:
    """The chatbot object of the contract.

    Raises:
        StaleHeadError: a list of questions must be loaded anew first.
    """
    parts = stretches(record.zone, *covered_seconds(numbers.timeline, now))
    today = Today.of(now, record.zone)
    in_days = _Days(numbers.timeline, _lately(parts, now))
    return {
        "chatbot_id": record.id,
        "chatbot_name": record.name or UNTITLED,
        "total_conversations": numbers.conversations,
        "unique_sessions": numbers.sessions.unique,
        "total_messages": numbers.messages,
        "average_messages_per_conversation": _mean(numbers.messages, numbers.conversations) or 0.0,
        "average_rating": _own_rating(record, numbers),
        "total_ratings": numbers.positive + numbers.negative,
        "conversations_today": in_days.count(today.day, today.day + timedelta(days=1)),
        "conversations_this_week": in_days.count(today.week, today.week + timedelta(days=7)),
        "conversations_this_month": in_days.count(today.month, today.next_month),
        "daily_conversations": in_days.daily(today.day, DAILY_DAYS),
        "top_queries": _listed(numbers.asked.top(top)),
        "languages_used": {code: count for code, count in sorted(numbers.languages.items()) if count},
        "peak_hour": _peak_hour(numbers.timeline, parts),
        "unanswered_count": numbers.unanswered,
        "unanswered_queries": _listed(numbers.unanswered_questions.top(UNANSWERED_TOP)),
        "feedback_positive": numbers.positive,
        "feedback_negative": numbers.negative,
    }


def gaps(numbers: ChatbotNumbers) -> list[dict[str, Any]]:
    """The top unanswered questions, `[{query, count}]`.

    Raises:
        StaleHeadError: the list must be loaded anew first.
    """
    return _listed(numbers.unanswered_questions.top(GAPS_TOP))


def overview_object(
    chatbots: Sequence[tuple[ChatbotRecord, ChatbotNumbers]],
    *,
    now: datetime,
    zone: ZoneInfo,
    plan: str,
    limit: int,
    used: int,
) -> dict[str, Any]:
    """The overview object of the contract.

    Args:
        chatbots: every chatbot of the company with its numbers, in the order in which they are listed.
        now: an aware time.
        zone: the zone of `conversations_this_month` (the request's, else the company's).
        plan: the name of the company's plan.
        limit: its conversations a month, -1 for no limit.
        used: what counts against the limit: see `conversations_this_month`, without window or request zone.
    """
    numbers = [each for _, each in chatbots]
    return {
        "total_chatbots": len(chatbots),
        "published_chatbots": sum(record.is_published for record, _ in chatbots),
        "total_conversations": _sum(numbers, "conversations"),
        "total_messages": _sum(numbers, "messages"),
        "unique_sessions": sum(each.sessions.unique for each in numbers),
        "conversations_this_month": conversations_this_month(numbers, now, zone),
        "average_rating": _ratings_of_all([record for record, _ in chatbots], numbers),
        "chatbots": [chatbot_object(record, each, now, OVERVIEW_TOP) for record, each in chatbots],
        "plan": plan,
        "conversations_limit": limit,
        "conversations_used": used,
    }


class _Days:
    """Counts of a timeline by local date."""

    def __init__(self, timeline: Timeline, parts: list[Stretch]) -> None:
        self._timeline = timeline
        self._parts = parts  # those that the dates asked for can touch

    def count(self, first: date, last: date) -> int:
        return sum(self._timeline.count(begin, end) for begin, end in pieces(self._parts, first, last))

    def daily(self, today: date, days: int) -> list[dict[str, Any]]:
        dates = [today - timedelta(days=back) for back in reversed(range(days))]
        return [{"date": day.isoformat(), "count": self.count(day, day + timedelta(days=1))} for day in dates]


def conversations_this_month(numbers: Iterable[ChatbotNumbers], now: datetime, zone: ZoneInfo) -> int:
    """Conversations that started in the local calendar month of `now`."""
    today = Today.of(now, zone)
    timelines = [each.timeline for each in numbers]
    return sum(
        _Days(timeline, _lately(stretches(zone, *covered_seconds(timeline, now)), now)).count(
            today.month, today.next_month
        )
        for timeline in timelines
    )


def _lately(parts: list[Stretch], now: datetime) -> list[Stretch]:
    """The stretches around now: the others hold none of the last 30 days, of this week or of this month."""
    second = int(now.astimezone(UTC).timestamp())
    return [part for part in parts if part.start < second + _NEAR and part.end > second - _NEAR]


def _peak_hour(timeline: Timeline, parts: list[Stretch]) -> int | None:
    hours = np.zeros(24, dtype=np.int64)
    for part in parts:
        hours += timeline.by_hour(part.start, part.end, part.offset)
    return int(hours.argmax()) if hours.any() else None


def _sum(numbers: list[ChatbotNumbers], name: str) -> int:
    return sum(getattr(each, name) for each in numbers)


def _mean(total: int, count: int) -> float | None:
    return round(total / count, 1) if count else None


def _ratings_of_all(records: Iterable[ChatbotRecord], numbers: list[ChatbotNumbers]) -> float | None:
    """The mean of all ratings; where there are none, of the records' `average_rating`s that are not 0."""
    mean = _mean(_sum(numbers, "rating_sum"), _sum(numbers, "ratings"))
    # As decimals, for halves go up: 4.3 and 4.4 give 4.4.
    ratings = [Decimal(str(record.average_rating)) for record in records if record.average_rating]
    if mean is not None or not ratings:
        return mean
    return float((sum(ratings, Decimal()) / len(ratings)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _own_rating(record: ChatbotRecord, numbers: ChatbotNumbers) -> float | None:
    mean = _mean(numbers.rating_sum, numbers.ratings)
    return record.average_rating if mean is None else mean


def _listed(rows: list[tuple[str, int]] | None) -> list[dict[str, Any]]:
    if rows is None:
        raise StaleHeadError
    return [{"query": query, "count": count} for query, count in rows]
