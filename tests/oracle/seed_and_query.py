"""One number, two ways to ask for it: what the query language answers where the seed contract has the number.

Nothing here computes a number: `ask` gives the rows of a request, and the seed's fields are put together of
them as the reference says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tests.oracle.periods import ONE_DAY, Window, first_of_month, start_of
from tests.oracle.seed import SHOWN_CHARACTERS, local_day, mean, monday_of, normal_form

Ask = Callable[[dict], dict]
DAILY = 30
ALWAYS = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
CARD = (
    *("conversations", "unique_sessions", "messages", "messages_per_conversation", "average_rating"),
    *("positive_feedback", "negative_feedback", "unanswered_answers"),
)


@dataclass(frozen=True)
class Asked:
    """Whose numbers, of when, in which calendar, and what time it is."""

    ask: Ask
    chatbots: list[str]
    window: Window
    zone: str
    now: datetime

    def answer(self, window: Window | None = None, **request) -> dict:
        window = window or self.window
        ends = (window.start, window.end)
        start, end = (moment and moment.astimezone(UTC).isoformat() for moment in ends)
        period = {"period": {"from": start, "to": end}} if start or end else {"period": "all"}
        return self.ask({"chatbots": self.chatbots, "timezone": self.zone, **period, **request})

    def card(self) -> dict:
        """The value of each metric that the seed contract has too, over all of it."""
        answer = self.answer(metrics=list(CARD))
        (row,) = answer["rows"]
        return row | {"n": answer["meta"]["n"]}

    def by(self, dimension: str, metric: str = "conversations") -> dict:
        rows = self.answer(metrics=[metric], dimensions=[dimension])["rows"]
        return {row[dimension]: row[metric] for row in rows}

    def started(self, first: date, last: date) -> dict[str, int]:
        """Conversations of the window by local day, from a day to another."""
        low, high = self.window.start or ALWAYS[0], self.window.end or ALWAYS[1]
        part = Window(max(low, start_of(first, self.zone)), min(high, start_of(last + ONE_DAY, self.zone)))
        days = [(first + ONE_DAY * n).isoformat() for n in range((last - first).days + 1)]
        if part.start >= part.end:
            return dict.fromkeys(days, 0)
        rows = self.answer(part, metrics=["conversations"], dimensions=["day"])["rows"]
        return dict.fromkeys(days, 0) | {row["day"]: row["conversations"] for row in rows}

    def this_month(self) -> int:
        first = first_of_month(local_day(self.now, self.zone))
        return sum(self.started(first, first_of_month(first, -1) - ONE_DAY).values())


def chatbot_is_the_same(seed: dict, asked: Asked) -> None:
    """Every number of a chatbot object, but the average that its record carries."""
    card, today = asked.card(), local_day(asked.now, asked.zone)
    monday = monday_of(today)
    hours, languages = asked.by("hour"), asked.by("language")
    expected = {
        "total_conversations": card["conversations"],
        "unique_sessions": card["unique_sessions"],
        "total_messages": card["messages"],
        "average_messages_per_conversation": rounded(card, "messages_per_conversation") or 0.0,
        "total_ratings": card["positive_feedback"] + card["negative_feedback"],
        "feedback_positive": card["positive_feedback"],
        "feedback_negative": card["negative_feedback"],
        "unanswered_count": card["unanswered_answers"],
        "conversations_today": sum(asked.started(today, today).values()),
        "conversations_this_week": sum(asked.started(monday, monday + timedelta(days=6)).values()),
        "conversations_this_month": asked.this_month(),
        "daily_conversations": [
            {"date": day, "count": count}
            for day, count in asked.started(today - ONE_DAY * (DAILY - 1), today).items()
        ],
        "languages_used": languages,
        "peak_hour": max(sorted(hours), key=lambda hour: hours[hour]) if any(hours.values()) else None,
    }
    assert {name: seed[name] for name in expected} == expected
    if card["average_rating"] is not None:
        assert seed["average_rating"] == rounded(card, "average_rating")
    questions_are_the_same(seed["top_queries"], asked.by("question", "questions"))
    questions_are_the_same(seed["unanswered_queries"], asked.by("question", "unanswered_answers"))


def overview_is_the_same(seed: dict, asked: Asked) -> None:
    """The sums of an overview; `asked` is of all chatbots, in the zone of the overview."""
    card = asked.card()
    expected = {
        "total_conversations": card["conversations"],
        "total_messages": card["messages"],
        "unique_sessions": card["unique_sessions"],
        "conversations_this_month": asked.this_month(),
    }
    if card["average_rating"] is not None:  # else it is the mean of what the records carry
        expected["average_rating"] = rounded(card, "average_rating")
    assert {name: seed[name] for name in expected} == expected


def questions_are_the_same(seed: list[dict], counts: dict[str | None, int]) -> None:
    """As many, as often, and each of them as often as it is asked (its text may have been cut)."""
    known = {form: count for form, count in counts.items() if form is not None and count > 0}
    listed = [row["count"] for row in seed]
    assert listed == sorted(known.values(), reverse=True)[: len(seed)]
    assert len(seed) in (len(known), 5, 10)
    for row in seed:
        if len(row["query"]) < SHOWN_CHARACTERS:
            assert known[normal_form(row["query"])] == row["count"], row


def rounded(card: dict, metric: str) -> float | None:
    """A ratio as the seed contract tells it."""
    (n,) = card["n"][metric]
    return mean(n["numerator"], n["denominator"]) if n["denominator"] else None
