"""Which conversations are behind a figure: those without which it would be another."""

from dataclasses import replace
from datetime import date

from tests.oracle.answers import Question
from tests.oracle.cohorts import METRICS as OF_COHORTS
from tests.oracle.cohorts import WEEK, cohorts, session_of, week_of
from tests.oracle.metrics import (
    COUNTS,
    MEDIANS,
    OTHER_NUMBERS,
    PERCENTILES,
    RATES,
    RATIOS,
    SUMS,
    Row,
    measured,
    outcome_values,
)
from tests.oracle.sessions import Visit

# Which of the numbers of a figure is that of the conversations behind it; the others count something else.
NUMBER_OF_CONVERSATIONS = {
    **dict.fromkeys(COUNTS, "value"),
    **dict.fromkeys(["new_sessions", "reached"], "value"),
    **dict.fromkeys(RATES, "numerator"),
    **dict.fromkeys(RATIOS, "denominator"),
    **dict.fromkeys(MEDIANS, "n"),
}
_OF_SOMETHING_ELSE = ("unanswered_rate", "score_coverage", "fallback_rate", "positive_feedback_rate")
for name in (*_OF_SOMETHING_ELSE, "rephrase_rate"):
    del NUMBER_OF_CONVERSATIONS[name]


def behind(question: Question, metric: str, chosen: list[Visit], key: dict) -> list[Visit]:
    """Those behind the value of a metric in the row of a key; `chosen` are all that the request is about."""
    if metric in OF_COHORTS:
        return behind_a_cohort(question, chosen, key)
    row = question.row(chosen, key)
    return [visit for visit in row.conversations if counts(metric, visit, row)]


def behind_a_cohort(question: Question, chosen: list[Visit], key: dict) -> list[Visit]:
    """What the sessions of the cohort did in that week, all of it."""
    cohort_week = date.fromisoformat(key["cohort_week"])
    cohort = cohorts(chosen, question.zone).get(cohort_week, set())
    week = cohort_week + key["weeks_later"] * WEEK
    return [
        visit
        for visit in question.counted
        if session_of(visit) in cohort and week_of(visit.started_at, question.zone) == week
    ]


def counts(metric: str, visit: Visit, row: Row) -> bool:
    """Whether a conversation has a share in the value of its row."""
    alone = replace(row, conversations=[visit])
    if metric == "returning_sessions":
        newcomers = {session_of(other) for other in row.conversations if other.first}
        return bool(visit.session) and session_of(visit) not in newcomers
    if metric == "outcome_value":
        return any(outcome_values(alone))
    for numbers in (COUNTS, SUMS, OTHER_NUMBERS):
        if metric in numbers:
            return numbers[metric](alone) != 0
    if metric in RATIOS:
        return RATIOS[metric](alone)[1] != 0
    if metric in RATES:
        return RATES[metric](alone)[0] != 0
    values = MEDIANS[metric] if metric in MEDIANS else PERCENTILES[metric][1]
    return bool(values(alone))


def figure_of(metric: str, value: float | None, stands_on: dict | None) -> float | None:
    """The number that the list's total must be; None where the figure counts something else."""
    name = NUMBER_OF_CONVERSATIONS.get(metric)
    return value if name == "value" else stands_on[name] if name and stands_on else None


def figure_over(metric: str, row: Row, listed: list[Visit]) -> tuple:
    """The value over the listed conversations alone, and what it was found among; to be that of the row."""
    value, n = measured(metric, replace(row, conversations=listed))
    return value if n is None else n.get("numerator", n.get("n"))
