"""Raw events in and out of the store."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import astuple

from botlens.events.record import Record
from botlens.metrics.facts import ConversationState
from botlens.store.connection import ClickHouse
from botlens.store.pacing import Pause, at_once, in_parts
from botlens.store.reading import SOME_CONVERSATIONS, CompanyReader, events, some_conversations
from botlens.store.schema import RAW_EVENTS


def _records(content: str) -> str:
    """The start of a statement that reads records; nothing reads metadata back."""
    return (
        "SELECT chatbot_id, conversation_id, toInt8(kind), event_id, rank, arrival, "
        f"toUnixTimestamp64Micro(created_at), sequence, toInt8(role), {content}, question, confidence, "
        "fallback, latency_ms, session_id, language, channel, test, value, '' "
    )


# What facts are derived from: the texts of answers stay where they are.
_STATE = _records("if(kind = 'message' AND role != 'user', '', content)")
_WITH_TEXTS = _records("content")


def insert_events(
    store: ClickHouse, batches: Sequence[tuple[str, Sequence[Record]]], pause: Pause = at_once
) -> None:
    """Insert the records of several companies at once; they are on disk when this returns."""
    rows = [(company, record) for company, batch in batches for record in batch]
    store.insert(RAW_EVENTS, (_columns(part) for part in in_parts(rows, pause)))


def _columns(rows: Sequence[tuple[str, Record]]) -> list[Sequence[Any]]:
    companies, records = zip(*rows, strict=True)
    return [
        companies,
        *zip(*map(astuple, records), strict=True),
    ]  # a record's fields are in the table's order


def load_states(
    store: ClickHouse, company_id: str, keys: Sequence[tuple[str, str]], *, texts: bool = False
) -> dict[tuple[str, str], ConversationState]:
    """The stored states of some conversations, by (chatbot id, conversation id); those that exist.

    Without `texts` they are what facts are derived from: the texts of answers are left out.
    """
    rows = CompanyReader(store, company_id).rows(
        f"{_WITH_TEXTS if texts else _STATE} FROM {events(SOME_CONVERSATIONS)}", some_conversations(keys)
    )
    states: dict[tuple[str, str], ConversationState] = {}
    for row in rows:
        states.setdefault((row[0], row[1]), ConversationState()).apply(Record(*row))
    return states


def all_states(
    store: ClickHouse, company_id: str, chatbot_id: str
) -> Iterator[tuple[str, ConversationState]]:
    """Every conversation of a chatbot with its state, one after the other, in constant memory."""
    statement = (
        f"{_STATE} FROM {events('chatbot_id = {chatbot_id:String}')} ORDER BY chatbot_id, conversation_id"
    )
    current, state = "", ConversationState()
    for block in CompanyReader(store, company_id).blocks(statement, {"chatbot_id": chatbot_id}):
        for row in block:
            if row[1] != current:
                if current:
                    yield current, state
                current, state = row[1], ConversationState()
            state.apply(Record(*row))
    if current:
        yield current, state
