"""Rows of saved numbers: laid out, and removed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.store.arrow import numbers, texts
from botlens.store.connection import ClickHouse
from botlens.store.saved_bases import SavedBase
from botlens.store.saved_tables import SAVED_NUMBERS, SAVED_TABLES

_SESSIONS = 1_000_000  # of a part: 20 MB
_OF_CHATBOTS = "company_id = {company_id:String} AND chatbot_id IN {chatbots:Array(String)}"


@dataclass(frozen=True, slots=True)
class SavedRows:
    """Lays out the rows of saved numbers."""

    company_id: str
    chatbot_id: str
    base: SavedBase

    def of(self, part: int, content: str, halves: NDArray[np.uint64], counts: NDArray[np.uint32]) -> pa.Table:
        columns = [
            texts([self.company_id]),
            texts([self.chatbot_id]),
            _one(self.base.version, pa.uint64()),
            _one(part, pa.uint32()),
            _one(self.base.day, pa.int32()),
            texts([content]),
            _one_list(halves, pa.uint64()),
            _one_list(counts, pa.uint32()),
            _one(self.base.version, pa.uint64()),
        ]
        return pa.Table.from_arrays(columns, schema=SAVED_NUMBERS.arrow())

    def of_sessions(self, halves: NDArray[np.uint64], counts: NDArray[np.uint32]) -> Iterator[pa.Table]:
        for part, at in enumerate(range(0, len(counts), _SESSIONS), 1):
            until = at + _SESSIONS
            yield self.of(part, "", halves[2 * at : 2 * until], counts[at:until])


def _one(value: int, kind: pa.DataType) -> pa.Array:
    return numbers(np.array([value], kind.to_pandas_dtype()), kind)


def _one_list(values: NDArray[np.generic], kind: pa.DataType) -> pa.Array:
    offsets = numbers(np.array([0, len(values)], np.int32), pa.int32())
    return pa.ListArray.from_arrays(offsets, numbers(np.ascontiguousarray(values), kind))


def forget_saved(store: ClickHouse, company_id: str, chatbot_ids: Collection[str]) -> None:
    """Have all that is saved of chatbots removed: it may tell what was deleted. In the background."""
    store.saved.forget(company_id, chatbot_ids)
    _remove(store, company_id, chatbot_ids, "1", {})


def remove_older(store: ClickHouse, company_id: str, chatbot_id: str, base: SavedBase) -> None:
    """Have what was saved of a chatbot before a base removed. In the background."""
    _remove(store, company_id, [chatbot_id], "base < {base:UInt64}", {"base": base.version})


def _remove(
    store: ClickHouse, company_id: str, chatbot_ids: Collection[str], which: str, bound: dict[str, int]
) -> None:
    where = f"{_OF_CHATBOTS} AND {which}"
    parameters = {"company_id": company_id, "chatbots": list(chatbot_ids), **bound}
    for table in SAVED_TABLES:
        if store.maintain(f"SELECT 1 FROM {table.name} WHERE {where} LIMIT 1", parameters):
            store.maintain(store.topology.delete(table.name, where), parameters)
