"""All facts of a chatbot: made anew from its raw events, or compared with them, part by part.

No part is long, so that whoever commits or asks meanwhile waits for milliseconds at most.
"""

from collections import defaultdict
from collections.abc import Iterator
from operator import attrgetter

from botlens.ingest.flusher import Flusher
from botlens.ingest.snapshot import Snapshots
from botlens.metrics.facts import Facts, derive
from botlens.store.connection import ClickHouse
from botlens.store.facts import insert_facts, places_between, stored_facts
from botlens.store.raw_events import all_states, conversation_ids
from botlens.store.reading import CompanyReader

_IDS = 20_000
_CONVERSATIONS = 500

Part = tuple[str, str | None]
"""The conversations with `first < id <= second`; None is no end."""


def parts_of(store: ClickHouse, company_id: str, chatbot_id: str) -> Iterator[Part]:
    """All conversations of a chatbot in parts of some hundred; the last part is open."""
    after = ""
    while ids := conversation_ids(CompanyReader(store, company_id), chatbot_id, after, _IDS):
        for at in range(_CONVERSATIONS - 1, len(ids) + _CONVERSATIONS - 1, _CONVERSATIONS):
            until = ids[min(at, len(ids) - 1)]
            yield after, until
            after = until
    yield after, None


def derived_facts(reader: CompanyReader, chatbot_id: str, part: Part, threshold: float) -> list[Facts]:
    """The facts that the raw events in the store give, by conversation id."""
    states = all_states(reader, chatbot_id, *part)
    return [derive(chatbot_id, conversation_id, state, threshold) for conversation_id, state in states]


def rebuild_part(
    store: ClickHouse, flusher: Flusher, company_id: str, chatbot_id: str, part: Part, threshold: float
) -> int:
    """Write the facts of some conversations of a chatbot anew; returns how many there are."""
    with flusher.writing(company_id) as version:
        reader = CompanyReader(store, company_id)
        facts = derived_facts(reader, chatbot_id, part, threshold)
        places = {(chatbot_id, each.day, each.conversation_id) for each in facts}
        stale = [place for place in places_between(reader, chatbot_id, *part) if place not in places]
        insert_facts(
            store,
            [(company_id, version, each) for each in facts],
            [(company_id, version, place) for place in stale],
        )
    return len(facts)


def differences(
    store: ClickHouse, snapshots: Snapshots, company_id: str, chatbot_id: str, threshold: float
) -> Iterator[str | None]:
    """Compare stored facts with derived ones: for each conversation None, or a line saying what differs."""
    for part in parts_of(store, company_id, chatbot_id):

        def both(reader: CompanyReader, part: Part = part) -> tuple[list[Facts], list[Facts]]:
            return (
                derived_facts(reader, chatbot_id, part, threshold),
                stored_facts(reader, chatbot_id, *part),
            )

        yield from _compare(chatbot_id, *snapshots.read(company_id, both))


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
