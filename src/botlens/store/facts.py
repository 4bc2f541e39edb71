"""Derived facts into the store, and which conversations have any."""

import hashlib
from collections.abc import Iterator, Sequence
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from botlens.metrics.facts import Facts
from botlens.store.connection import ClickHouse
from botlens.store.reading import CompanyReader, all_facts, facts
from botlens.store.schema import CONVERSATION_FACTS

_FIELDS = [
    attrgetter(column.name)
    for column in CONVERSATION_FACTS.columns
    if column.name not in ("company_id", "version")
]


def insert_facts(store: ClickHouse, rows: Sequence[tuple[str, int, Facts]]) -> None:
    """Insert (company id, version, facts); the highest version of a conversation is its current one."""
    columns = [[get(each) for _, _, each in rows] for get in _FIELDS]
    columns.insert(0, [company for company, _, _ in rows])
    columns.insert(3, [version for _, version, _ in rows])
    store.insert(CONVERSATION_FACTS, columns)


_MOMENTS = ("started_at", "ended_at")
_SELECTED = ", ".join(
    f"toUnixTimestamp64Micro({column.name})" if column.name in _MOMENTS else column.name
    for column in CONVERSATION_FACTS.columns
    if column.name not in ("company_id", "version")
)


def stored_facts(store: ClickHouse, company_id: str, chatbot_id: str) -> Iterator[Facts]:
    """The facts of every conversation of a chatbot, by conversation id, in constant memory."""
    statement = (
        f"SELECT {_SELECTED} FROM {facts('chatbot_id = {chatbot_id:String}')} ORDER BY conversation_id"
    )
    for block in CompanyReader(store, company_id).blocks(statement, {"chatbot_id": chatbot_id}):
        for row in block:
            yield Facts(*row)


def known_conversations(store: ClickHouse, company_id: str, chatbot_id: str) -> NDArray[np.uint64]:
    """The sorted `conversation_hash`es of all conversations that a chatbot has in the store."""
    ((hashes,),) = CompanyReader(store, company_id).rows(
        "SELECT groupUniqArray(halfMD5(conversation_id)) "
        f"FROM {all_facts('chatbot_id = {chatbot_id:String}')}",
        {"chatbot_id": chatbot_id},
    )
    return np.sort(np.array(hashes, dtype=np.uint64))


def definition_is_current(store: ClickHouse) -> bool:
    """Whether the stored facts were derived by the definitions of this version of botlens."""
    rows = store.maintain(
        "SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = {name:String}",
        {"name": CONVERSATION_FACTS.name},
    )
    return [row[0] for row in rows] == [CONVERSATION_FACTS.comment]


def mark_definition_current(store: ClickHouse) -> None:
    """Say that all facts were derived by the definitions of this version."""
    store.maintain(f"ALTER TABLE {CONVERSATION_FACTS.name} MODIFY COMMENT '{CONVERSATION_FACTS.comment}'")


def chatbots_with_events(store: ClickHouse) -> list[tuple[str, str]]:
    """Every (company id, chatbot id) that has events: upkeep over all companies."""
    rows = store.maintain("SELECT DISTINCT company_id, chatbot_id FROM raw_events ORDER BY 1, 2")
    return [(row[0], row[1]) for row in rows]


def conversation_hash(conversation_id: str) -> int:
    """64 bits that stand for a conversation id, as the store computes them (`halfMD5`)."""
    return int.from_bytes(hashlib.md5(conversation_id.encode(), usedforsecurity=False).digest()[:8], "big")
