"""Stored facts beside those that the raw events give."""

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import astuple

from botlens.commit.parts import IdRange, derived_facts, parts_of
from botlens.commit.snapshot import Snapshots
from botlens.metrics.facts import Facts
from botlens.store.connection import ClickHouse
from botlens.store.facts import stored_facts
from botlens.store.reading import CompanyReader


def differences(
    store: ClickHouse, snapshots: Snapshots, company_id: str, chatbot_id: str, threshold: float
) -> Iterator[str | None]:
    """Compare stored facts with derived ones: for each conversation None, or a line saying what differs."""
    for part in parts_of(store, company_id, chatbot_id):

        def both(reader: CompanyReader, part: IdRange = part) -> tuple[list[Facts], list[Facts]]:
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
    pairs = zip(Facts.__struct_encode_fields__, astuple(theirs), astuple(ours), strict=True)
    return ", ".join(
        f"{column} is {stored}, not {derived}" for column, stored, derived in pairs if stored != derived
    )
