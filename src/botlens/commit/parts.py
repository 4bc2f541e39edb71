"""The conversations of a chatbot in parts, in the order of their ids, and what the raw events make of one."""

from collections.abc import Iterator

from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import Facts, derive
from botlens.store.connection import ClickHouse
from botlens.store.raw_events import all_states, conversation_sizes
from botlens.store.reading import CompanyReader

_IDS = 100_000  # looked up together: each time, what lies behind them is looked at, too
_CONVERSATIONS = 4_000  # read together: each statement looks into every part of a table
_RECORDS = 50_000  # the most of them, unless one conversation alone has more: they are in memory together

IdRange = tuple[str, str | None]
"""The conversations with `first < id <= second`; None is no end."""


def parts_of(store: ClickHouse, company_id: str, chatbot_id: str) -> Iterator[IdRange]:
    """All conversations of a chatbot in parts of some thousand; the last part is open.

    Most chatbots are one part: each part costs statements, however little is in it.
    """
    first, after, more = "", "", True
    conversations = records = 0
    while more:
        found = conversation_sizes(CompanyReader(store, company_id), chatbot_id, after, _IDS)
        more = len(found) == _IDS
        for conversation_id, size in zip(*(column.to_pylist() for column in found.columns), strict=True):
            if conversations == _CONVERSATIONS or (conversations and records + size > _RECORDS):
                yield first, after
                first, conversations, records = after, 0, 0
            after, conversations, records = conversation_id, conversations + 1, records + size
    yield first, None


def states_of(reader: CompanyReader, chatbot_id: str, part: IdRange) -> list[tuple[str, ConversationState]]:
    """The states that the raw events in the store give, by conversation id."""
    return list(all_states(reader, chatbot_id, *part))


def derived_facts(reader: CompanyReader, chatbot_id: str, part: IdRange, threshold: float) -> list[Facts]:
    """The facts that the raw events in the store give, by conversation id."""
    states = all_states(reader, chatbot_id, *part)
    return [derive(chatbot_id, conversation_id, state, threshold) for conversation_id, state in states]
