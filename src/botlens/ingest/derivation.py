"""All facts of a chatbot at once: made anew from its raw events, or compared with them."""

from collections import defaultdict
from collections.abc import Iterator
from operator import attrgetter

from botlens.metrics.facts import Facts, derive
from botlens.store.connection import ClickHouse
from botlens.store.facts import insert_facts, places_before, stored_facts
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
    stale = places_before(store, company_id, chatbot_id, version)
    if stale:
        insert_facts(store, [], [(company_id, version, place) for place in stale])
    return count


def differences(
    store: ClickHouse, company_id: str, chatbot_id: str, threshold: float
) -> Iterator[str | None]:
    """Compare stored facts with derived ones: for each conversation None, or a line saying what differs."""
    after = ""
    for part in _batched(derived_facts(store, company_id, chatbot_id, threshold)):
        until = part[-1].conversation_id
        yield from _compare(chatbot_id, part, stored_facts(store, company_id, chatbot_id, after, until))
        after = until
    yield from _compare(chatbot_id, [], stored_facts(store, company_id, chatbot_id, after, None))


def _compare(chatbot_id: str, derived: list[Facts], stored: list[Facts]) -> Iterator[str | None]:
    found: defaultdict[str, list[Facts]] = defaultdict(list)
    for facts in stored:
        found[facts.conversation_id].append(facts)
    for ours in derived:
        theirs = found.pop(ours.conversation_id, [])
        name = f"{chatbot_id}/{ours.conversation_id}"
        if not theirs:
            yield f"{name}: has events but no facts"
        elif len(theirs) > 1:
            yield f"{name}: has facts on {len(theirs)} days"
        else:
            yield None if ours == theirs[0] else f"{name}: {_what_differs(ours, theirs[0])}"
    for conversation_id in found:
        yield f"{chatbot_id}/{conversation_id}: has facts but no events"


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
