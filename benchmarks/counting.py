"""What the two other ways share: local days, and how a list of questions is ordered and shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

OVERVIEW_TOP, DETAIL_TOP, UNANSWERED_TOP, GAPS_TOP = 5, 10, 5, 10
DAILY_DAYS = 30
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Days:
    """The local calendar around `now`."""

    zone: ZoneInfo
    today: date

    @classmethod
    def of(cls, now: datetime, zone: ZoneInfo) -> "Days":
        return cls(zone, now.astimezone(zone).date())

    @property
    def week(self) -> date:
        return self.today - timedelta(days=self.today.weekday())

    @property
    def month(self) -> date:
        return self.today.replace(day=1)

    @property
    def next_month(self) -> date:
        return (self.month + timedelta(days=31)).replace(day=1)

    @property
    def first_daily(self) -> date:
        return self.today - timedelta(days=DAILY_DAYS - 1)

    def begin(self, day: date) -> datetime:
        """The first moment of a local day."""
        return datetime.combine(day, time(), self.zone)

    def daily(self, counts: dict[date, int]) -> list[dict[str, Any]]:
        """The last days, ascending, zeros too."""
        days = (self.first_daily + timedelta(days=number) for number in range(DAILY_DAYS))
        return [{"date": day.isoformat(), "count": counts.get(day, 0)} for day in days]


def listed(questions: Iterable[tuple[str, int]], size: int) -> list[dict[str, Any]]:
    """(most frequent original, count) as the contract lists them."""
    shown = [(" ".join(text.split())[:_SHOWN], count) for text, count in questions]
    shown.sort(key=lambda row: (-row[1], row[0]))
    return [{"query": text, "count": count} for text, count in shown[:size]]


def mean(total: float, count: int) -> float | None:
    return round(total / count, 1) if count else None


def overview_of(
    chatbots: list[dict[str, Any]], published: int, rating_sum: int, ratings: int
) -> dict[str, Any]:
    """The overview from the objects of the chatbots. Plan and limit are not counted, so not compared."""
    return {
        "total_chatbots": len(chatbots),
        "published_chatbots": published,
        "total_conversations": sum(each["total_conversations"] for each in chatbots),
        "total_messages": sum(each["total_messages"] for each in chatbots),
        "unique_sessions": sum(each["unique_sessions"] for each in chatbots),
        "conversations_this_month": sum(each["conversations_this_month"] for each in chatbots),
        "average_rating": mean(rating_sum, ratings),
        "chatbots": chatbots,
    }
