"""All facts of a chatbot at once: made anew from its raw events, or compared with them."""

from collections.abc import Iterator
from operator import attrgetter

from botlens.metrics.facts import Facts, derive
from botlens.store.connection import ClickHouse
from botlens.store.facts import insert_facts, stored_facts
from botlens.store.raw_events import all_states

_AT_ONCE = 20_000


def derived_facts(store: ClickHouse, company_id: str, chatbot_id: str, threshold: float) -> Iterator[Facts]:
    """The facts that the raw events in the store give, by conversation id."""
    for conversation_id, state in all_states(store, company_id, chatbot_id):
        yield derive(chatbot_id, conversation_id, state, threshold)


def rebuild_facts(store: ClickHouse, company_id: str, chatbot_id: str, threshold: float, version: int) -> int:
    """Write the facts of a chatbot anew; returns how many conversations it has."""
    count = 0
    for part in _batched(derived_facts(store, company_id, chatbot_id, threshold)):
        insert_facts(store, [(company_id, version, facts) for facts in part])
        count += len(part)
    return count


def differences(
    store: ClickHouse, company_id: str, chatbot_id: str, threshold: float
) -> Iterator[str | None]:
    """Compare stored facts with derived ones: for each conversation None, or a line saying what differs."""
    derived = derived_facts(store, company_id, chatbot_id, threshold)
    stored = stored_facts(store, company_id, chatbot_id)
    ours, theirs = next(derived, None), next(stored, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours.conversation_id < theirs.conversation_id):
            yield f"{chatbot_id}/{_id(ours)}: has events but no facts"
            ours = next(derived, None)
        elif ours is None or theirs.conversation_id < ours.conversation_id:
            yield f"{chatbot_id}/{_id(theirs)}: has facts but no events"
            theirs = next(stored, None)
        else:
            yield None if ours == theirs else f"{chatbot_id}/{_id(ours)}: {_what_differs(ours, theirs)}"
            ours, theirs = next(derived, None), next(stored, None)


def _id(facts: Facts | None) -> str:
    return "" if facts is None else facts.conversation_id


def _what_differs(ours: Facts, theirs: Facts) -> str:
    names = [name for name in Facts.__struct_fields__ if getattr(ours, name) != getattr(theirs, name)]
    return ", ".join(f"{name} is {attrgetter(name)(theirs)}, not {attrgetter(name)(ours)}" for name in names)


def _batched(facts: Iterator[Facts]) -> Iterator[list[Facts]]:
    part: list[Facts] = []
    for each in facts:
        part.append(each)
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part
