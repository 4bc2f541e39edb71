"""Which conversations a filter chooses."""

import math
from collections.abc import Callable

from tests.oracle.conversations import language_code
from tests.oracle.dimensions import COHORTS, PARTITIONS
from tests.oracle.seed import normal_form
from tests.oracle.sessions import Visit

BOOLEANS: dict[str, Callable[[Visit], bool]] = {
    "unanswered": lambda visit: len(visit.unanswered) > 0,
    "handoff": lambda visit: visit.handed_off,
    "human": lambda visit: visit.human,
    "engaged": lambda visit: visit.engaged,
    "abandoned": lambda visit: visit.abandoned,
    "confirmed": lambda visit: visit.confirmed,
    "reopened": lambda visit: visit.reopened,
    "positive_feedback": lambda visit: visit.votes("positive") > 0,
    "negative_feedback": lambda visit: visit.votes("negative") > 0,
}
OF_VISITS: dict[str, Callable[[Visit], list]] = {
    "outcome": lambda visit: list(visit.outcome_names) or [None],
    "valued_outcome": lambda visit: [name for name in visit.outcome_names if any(visit.outcome_values(name))],
    "question": lambda visit: [form or None for form in visit.forms],
    "unanswered_question": lambda visit: [form or None for form in visit.unanswered_forms],
    "exchange": lambda visit: list(range(1, visit.depth + 1)),
    "latency": lambda visit: [math.floor(max(visit.latencies)) if visit.latencies else None],
    "session": lambda visit: [visit.conversation.session_id or None],
    "conversation": lambda visit: [visit.conversation.id],
    "messages": lambda visit: [len(visit.messages)],
}
FIELDS = {*PARTITIONS, *OF_VISITS, *BOOLEANS}
QUESTIONS = ("question", "first_question", "unanswered_question")
# Chosen by in the conversations behind a metric of cohorts alone.
OF_COHORTS = set(COHORTS)


def meets(visit: Visit, filters, zone: str) -> bool:
    """Whether a conversation is chosen; no filters choose all."""
    if filters is None:
        return True
    if isinstance(filters, list):
        return all(meets(visit, each, zone) for each in filters)
    if "and" in filters:
        return all(meets(visit, each, zone) for each in filters["and"])
    if "or" in filters:
        return any(meets(visit, each, zone) for each in filters["or"])
    if "not" in filters:
        return not meets(visit, filters["not"], zone)
    return meets_leaf(visit, filters["field"], filters["op"], filters["value"], zone)


def meets_leaf(visit: Visit, field: str, op: str, value, zone: str) -> bool:
    has = values_of_field(visit, field, zone)
    if op == "is not":
        return not meets_leaf(visit, field, "is", value, zone)
    if op == "is":
        wanted = value if isinstance(value, list) else [value]
        return any(one in has for one in (written(field, each) for each in wanted))
    if op == "contains":
        return any(one is not None and meant(field, value) in one for one in has)
    assert op == "between", op
    low, high = value
    return any(one is not None and low <= one <= high for one in has)


def meant(field: str, value):
    """The value of a filter as conversations carry it."""
    assert field != "language" or value is not None, "an unknown language is `und`"
    return normal_form(value) if field in QUESTIONS and value is not None else value


def written(field: str, value):
    """The same for a whole value: codes of languages are compared however they are written."""
    return language_code(value) if field == "language" else meant(field, value)


def values_of_field(visit: Visit, field: str, zone: str) -> list:
    """What a conversation has of a field: one value, or several; None where it has none that is known."""
    if field in OF_VISITS:
        return OF_VISITS[field](visit)
    return [BOOLEANS[field](visit) if field in BOOLEANS else PARTITIONS[field](visit, zone)]


def mentions(filters, field: str) -> bool:
    """Whether a field stands anywhere in the filters."""
    if isinstance(filters, list):
        return any(mentions(each, field) for each in filters)
    if not isinstance(filters, dict):
        return False
    return filters.get("field") == field or any(mentions(each, field) for each in filters.values())
