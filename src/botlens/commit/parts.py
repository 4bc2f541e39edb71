"""The conversations of a chatbot in parts, in the order of their ids, and what the raw events make of one."""

from collections.abc import Iterator
from dataclasses import dataclass

from botlens.metrics.facts import Facts, derive
from botlens.store.connection import ClickHouse
from botlens.store.raw_events import all_states, conversation_sizes
from botlens.store.reading import CompanyReader

_IDS = 100_000  # looked up together: each time, what lies behind them is looked at, too


@dataclass(frozen=True, slots=True)
class PartSize:
    """How much is read together: each statement looks into every part of a table.

    Attributes:
        conversations: the most of them.
        records: the most of theirs, unless one conversation alone has more: they are in memory together.
    """

    conversations: int
    records: int


AS_OBJECTS = PartSize(4_000, 50_000)
AS_COLUMNS = PartSize(16_000, 50_000)

IdRange = tuple[str, str | None]
"""The conversations with `first < id <= second`; None is no end."""


def parts_of(
    store: ClickHouse,
    company_id: str,
    chatbot_id: str,
    size: PartSize = AS_OBJECTS,
) -> Iterator[IdRange]:
    """All conversations of a chatbot in parts of some thousand; the last part is open.

    Most chatbots are one part: each part costs statements, however little is in it. What is one part has no
    more than a part may: behind a conversation that alone has more there is another, empty or not.
    """
    first, after, more = "", "", True
    conversations = records = 0
    while more:
        found = conversation_sizes(CompanyReader(store, company_id), chatbot_id, after, _IDS)
        more = len(found) == _IDS
        for conversation_id, rows in zip(*(column.to_pylist() for column in found.columns), strict=True):
            if conversations == size.conversations or (conversations and records + rows > size.records):
                yield first, after
                first, conversations, records = after, 0, 0
            after, conversations, records = conversation_id, conversations + 1, records + rows
    if records > size.records:
        yield first, after
        first = after
    yield first, None


def derived_facts(reader: CompanyReader, chatbot_id: str, part: IdRange, threshold: float) -> list[Facts]:
    """The facts that the raw events in the store give, by conversation id."""
    states = all_states(reader, chatbot_id, *part)
    return [derive(chatbot_id, conversation_id, state, threshold) for conversation_id, state in states]
