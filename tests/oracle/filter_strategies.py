"""Generated filters: every field with every operator that it takes, alone, negated and nested."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.oracle.dimensions import month_name
from tests.oracle.filters import BOOLEANS
from tests.oracle.periods import hour_of
from tests.oracle.query_histories import IDS
from tests.oracle.seed import monday_of, normal_form
from tests.oracle.strategies import CHATBOTS, LANGUAGES, OUTCOMES, SESSIONS

_BANDS = ["0.0-0.2", "0.2-0.4", "0.4-0.6", "0.6-0.8", "0.8-1.0", None]
_BETWEEN = ["day", "hour", "weekday", "rating", "depth", "messages", "latency", "latency_band"]
_ANY_DAY = datetime(2024, 3, 31, tzinfo=UTC)
_PARTS = {
    "language": ["e", "pt", "-B", "E"],
    "channel": ["w", "web", "app", "W"],
    "outcome": ["lead", "_", "Lead"],
    "valued_outcome": ["lead", "_", "Lead"],
    "session": ["s", "1", "S"],
    "conversation": ["c", "1", "C"],
    "first_question": ["PASS", "hello!", "order", "is  my"],
    "question": ["PASS", "hello!", "order", "is  my"],
    "unanswered_question": ["PASS", "hello!", "order", "is  my"],
}


def _values(events: list[dict], zone: str) -> dict[str, list]:
    """What a filter may look for in each field: values of these events, and some that nothing has."""
    times = [datetime.fromisoformat(event["created_at"]) for event in events if event.get("created_at")]
    local = [time.astimezone(ZoneInfo(zone)) for time in times] or [_ANY_DAY]
    days = sorted({moment.date() for moment in local})
    contents = sorted({event["content"] for event in events if event["type"] == "message"})
    questions = [text for text in contents if normal_form(text)] or ["Hello"]
    return {
        "day": [day.isoformat() for day in days],
        "week": sorted({monday_of(day).isoformat() for day in days}),
        "month": sorted({month_name(day) for day in days}),
        "date_hour": sorted({hour_of(moment, zone) for moment in local}),
        "hour": sorted({moment.hour for moment in local} | {0}),
        "weekday": sorted({day.isoweekday() for day in days} | {1, 7}),
        "chatbot": CHATBOTS,
        "language": [language for language in LANGUAGES if language],  # the unknown one is `und`, not null
        "channel": ["web", "whatsapp", None],
        "rating": [1, 2, 3, 4, 5, None],
        "depth": [0, 1, 2, 3],
        "first_question": [*questions, None],
        "confidence_band": _BANDS,
        "session_kind": ["new", "returning", None],
        "outcome": [*OUTCOMES, None],
        "valued_outcome": OUTCOMES,
        "question": [*questions, None],
        "unanswered_question": [*questions, None],
        "exchange": [1, 2, 3],
        "latency": [0, 2, 850, 2_000, 300_000, None],
        "latency_band": [0, 1_000, 2_000, 30_000, None],
        "session": [session for session in SESSIONS if session != ""],
        "conversation": IDS,
        "messages": [0, 1, 2, 3, 4],
    }


def operators() -> dict[str, set[str]]:
    """With which operators conversations are chosen by each field."""
    found = {field: {"is", "is not"} for field in (*_values([], "UTC"), *BOOLEANS)}
    for field in _BETWEEN:
        found[field].add("between")
    for field in _PARTS:
        found[field].add("contains")
    return found


def _is(field: str, values: list):
    value = st.sampled_from(values)
    op = st.sampled_from(["is", "is", "is not"])
    return st.builds(_leaf, st.just(field), op, value | st.lists(value, min_size=1, max_size=3, unique=True))


def _between(field: str, values: list):
    known = st.sampled_from([value for value in values if value is not None])
    ends = st.lists(known, min_size=2, max_size=2).map(sorted)
    return st.builds(_leaf, st.just(field), st.just("between"), ends)


def _leaf(field: str, op: str, value) -> dict:
    return {"field": field, "op": op, "value": value}


def leaves(events: list[dict], zone: str):
    """One condition; each field is as likely as any other."""
    values = _values(events, zone)
    choices = [_is(field, those) for field, those in values.items()]
    choices += [_is_boolean(field) for field in BOOLEANS]
    choices += [_between(field, values[field]) for field in _BETWEEN]
    for field, parts in _PARTS.items():
        choices.append(st.builds(_leaf, st.just(field), st.just("contains"), st.sampled_from(parts)))
    return st.one_of(choices)


def _is_boolean(field: str):
    return st.builds(_leaf, st.just(field), st.sampled_from(["is", "is not"]), st.booleans())


def filters(events: list[dict], zone: str):
    """Conditions, nested a little; a bare list means and."""
    leaf = leaves(events, zone)
    some = st.lists(leaf, min_size=1, max_size=2)
    nested = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda all_of: {"and": all_of}),
            st.lists(inner, min_size=1, max_size=3).map(lambda any_of: {"or": any_of}),
            inner.map(lambda one: {"not": one}),
        ),
        max_leaves=4,
    )
    return st.one_of(leaf, some, nested)
