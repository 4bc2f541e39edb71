"""Every metric of a query, from the conversations of one row, by counting."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from tests.oracle.sessions import Visit

Z = 1.959963984540054  # of a normal distribution, 95 % lie within
NOT_ASKED = object()


@dataclass(frozen=True)
class Row:
    """What a row is computed from."""

    conversations: list[Visit]  # those of the group that the partition dimensions form
    now: datetime
    resolution_hours: int
    outcome: object = NOT_ASKED
    question: object = NOT_ASKED  # None is the row of questions without a normal form
    exchange: object = NOT_ASKED

    def number(self, true: Callable[[Visit], object]) -> int:
        """How many of its conversations are so."""
        return sum(bool(true(visit)) for visit in self.conversations)

    def total(self, amount: Callable[[Visit], float]) -> float:
        """An amount of each conversation, added up."""
        return sum(amount(visit) for visit in self.conversations)


def conversations(row: Row) -> int:
    return len(row.conversations) if row.outcome is NOT_ASKED else conversions(row)


def conversions(row: Row) -> int:
    """With the dimension outcome those that have the outcome of the row, else those that have any."""
    if row.outcome is NOT_ASKED:
        return row.number(lambda visit: visit.outcome_names)
    return row.number(lambda visit: row.outcome in visit.outcome_names)


def outcome_values(row: Row) -> list[float]:
    name = None if row.outcome is NOT_ASKED else row.outcome
    return [value for visit in row.conversations for value in visit.outcome_values(name)]


def questions(row: Row) -> int:
    if row.question is NOT_ASKED:
        return row.total(lambda visit: len(visit.questions))
    return row.total(lambda visit: visit.forms.count(row.question or ""))


def unanswered_answers(row: Row) -> int:
    if row.question is NOT_ASKED:
        return row.total(lambda visit: len(visit.unanswered))
    return row.total(lambda visit: visit.unanswered_forms.count(row.question or ""))


def unique_sessions(row: Row) -> int:
    named = [visit.conversation for visit in row.conversations if visit.conversation.session_id]
    return len({(conversation.chatbot_id, conversation.session_id) for conversation in named})


def new_sessions(row: Row) -> int:
    return row.number(lambda visit: visit.first)


def answers(row: Row) -> int:
    return row.total(lambda visit: len(visit.answers))


def scored(row: Row) -> int:
    return row.total(lambda visit: len(visit.scored))


def rated(row: Row) -> list[int]:
    ratings = [visit.conversation.rating for visit in row.conversations]
    return [rating for rating in ratings if rating is not None]


def positive(row: Row) -> int:
    return row.total(lambda visit: visit.votes("positive"))


def negative(row: Row) -> int:
    return row.total(lambda visit: visit.votes("negative"))


def decided(row: Row, hours: int) -> list[Visit]:
    return [visit for visit in row.conversations if visit.decided(hours, row.now)]


def too_recent(row: Row, hours: int) -> int:
    return row.number(lambda visit: visit.session) - len(decided(row, hours))


def without_session(row: Row) -> int:
    return row.number(lambda visit: not visit.session)


def conversations_without_score(row: Row) -> int:
    return row.number(lambda visit: bool(visit.answers) and not visit.scored)


def contained_without_return(row: Row) -> tuple[int, int]:
    known = decided(row, 24)
    return sum(not visit.human and not visit.returned(24) for visit in known), len(known)


def resolution_assumed(row: Row) -> tuple[int, int]:
    known = decided(row, row.resolution_hours)
    return sum(visit.assumed(row.resolution_hours, row.now) for visit in known), len(known)


def rephrased(row: Row) -> tuple[int, int]:
    forms = [form for visit in row.conversations for form in visit.forms]
    return row.total(lambda visit: visit.rephrased), sum(form != "" for form in forms)


def reached(row: Row) -> int:
    return row.number(lambda visit: visit.depth >= row.exchange)


def dropped_off(row: Row) -> tuple[int, int]:
    return row.number(lambda visit: visit.depth == row.exchange), reached(row)


def latencies(row: Row) -> list[float]:
    return [latency for visit in row.conversations for latency in visit.latencies]


def of_conversations(true: Callable[[Visit], object]) -> Callable[[Row], tuple[int, int]]:
    """The rate of the conversations that are so."""
    return lambda row: (row.number(true), len(row.conversations))


# Counts, sums, distinct and derived numbers: a number alone.
COUNTS: dict[str, Callable[[Row], float]] = {
    "conversations": conversations,
    "unanswered_conversations": lambda row: row.number(lambda visit: visit.unanswered),
    "handoffs": lambda row: row.number(lambda visit: visit.handed_off),
    "ratings": lambda row: len(rated(row)),
    "conversions": conversions,
}
SUMS: dict[str, Callable[[Row], float]] = {
    "messages": lambda row: row.total(lambda visit: len(visit.messages)),
    "questions": questions,
    "answers": answers,
    "new_sessions": new_sessions,
    "unanswered_answers": unanswered_answers,
    "positive_feedback": positive,
    "negative_feedback": negative,
    "outcomes": lambda row: len(outcome_values(row)),
    "outcome_value": lambda row: float(sum(outcome_values(row))),
}
OTHER_NUMBERS: dict[str, Callable[[Row], float]] = {
    "unique_sessions": unique_sessions,
    "returning_sessions": lambda row: unique_sessions(row) - new_sessions(row),
    "reached": reached,
}
# A numerator and a denominator.
RATIOS: dict[str, Callable[[Row], tuple[int, int]]] = {
    "messages_per_conversation": lambda row: (SUMS["messages"](row), len(row.conversations)),
    "average_rating": lambda row: (sum(rated(row)), len(rated(row))),
}
RATES: dict[str, Callable[[Row], tuple[int, int]]] = {
    "engaged_rate": of_conversations(lambda visit: visit.engaged),
    "unanswered_rate": lambda row: (unanswered_answers(row), scored(row)),
    "score_coverage": lambda row: (scored(row), answers(row)),
    "fallback_rate": lambda row: (row.total(lambda visit: len(visit.fallbacks)), answers(row)),
    "unanswered_conversation_rate": of_conversations(lambda visit: visit.unanswered),
    "handoff_rate": of_conversations(lambda visit: visit.handed_off),
    "containment_rate": of_conversations(lambda visit: not visit.human),
    "contained_without_return_rate": contained_without_return,
    "resolution_confirmed_rate": of_conversations(lambda visit: visit.confirmed),
    "resolution_assumed_rate": resolution_assumed,
    "abandonment_rate": of_conversations(lambda visit: visit.abandoned),
    "reopen_rate": of_conversations(lambda visit: visit.reopened),
    "csat": lambda row: (sum(rating >= 4 for rating in rated(row)), len(rated(row))),
    "rating_response_rate": lambda row: (len(rated(row)), len(row.conversations)),
    "positive_feedback_rate": lambda row: (positive(row), positive(row) + negative(row)),
    "feedback_rate": of_conversations(lambda visit: visit.conversation.votes),
    "conversion_rate": lambda row: (conversions(row), len(row.conversations)),
    "rephrase_rate": rephrased,
    "drop_off_rate": dropped_off,
}
# One number out of many, in order.
MEDIANS: dict[str, Callable[[Row], list[float]]] = {
    "median_messages": lambda row: [len(visit.messages) for visit in row.conversations],
}
PERCENTILES: dict[str, tuple[int, Callable[[Row], list[float]]]] = {
    "latency_p50": (50, latencies),
    "latency_p95": (95, latencies),
}
# These show what they stand on beside their value.
SHOWS_N = {*RATIOS, *RATES, *MEDIANS, *PERCENTILES, "retention_rate"}
# What a metric leaves out, to be said aloud.
EXCLUDED: dict[str, dict[str, Callable[[Row], int]]] = {
    "unique_sessions": {"without_session": without_session},
    "new_sessions": {"without_session": without_session},
    "returning_sessions": {"without_session": without_session},
    "unanswered_conversation_rate": {"conversations_without_score": conversations_without_score},
    "unanswered_rate": {"answers_without_score": lambda row: answers(row) - scored(row)},
    "contained_without_return_rate": {
        "without_session": without_session,
        "too_recent_for_return": lambda row: too_recent(row, 24),
    },
    "resolution_assumed_rate": {
        "without_session": without_session,
        "too_recent_for_resolution": lambda row: too_recent(row, row.resolution_hours),
    },
}


def measured(metric: str, row: Row) -> tuple[float | None, dict | None]:
    """The value of a metric in a row, and what it stands on, if that is shown."""
    for numbers in (COUNTS, SUMS, OTHER_NUMBERS):
        if metric in numbers:
            return numbers[metric](row), None
    if metric in RATIOS:
        return ratio(*RATIOS[metric](row))
    if metric in RATES:
        return rate(*RATES[metric](row))
    if metric in MEDIANS:
        values = MEDIANS[metric](row)
        return float(median(values)) if values else None, {"n": len(values)}
    percent, values_of = PERCENTILES[metric]
    values = sorted(values_of(row))
    return values[percent * len(values) // 100] if values else None, {"n": len(values)}


def ratio(numerator: int, denominator: int) -> tuple[float | None, dict]:
    value = numerator / denominator if denominator else None
    return value, {"numerator": numerator, "denominator": denominator}


def rate(numerator: int, denominator: int) -> tuple[float | None, dict]:
    value, n = ratio(numerator, denominator)
    return value, {**n, "interval": wilson(numerator, denominator)}


def wilson(numerator: int, denominator: int) -> list[float] | None:
    """The interval that the true rate lies in, 95 times of 100."""
    if denominator == 0:
        return None
    n, p = denominator, numerator / denominator
    centre = p + Z**2 / (2 * n)
    margin = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return [max(0.0, (centre - margin) / (1 + Z**2 / n)), min(1.0, (centre + margin) / (1 + Z**2 / n))]
