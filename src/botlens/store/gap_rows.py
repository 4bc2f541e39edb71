"""Rows of the tables of knowledge gaps: in, out by name, and how reads name them."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.store.arrow import arrow_table, numbers, repeated, texts
from botlens.store.connection import ClickHouse
from botlens.store.gap_tables import (
    GAP_EVIDENCE,
    GAP_MEMBERS,
    GAP_POINTS,
    GAP_SPACES,
    GAP_SUMMARIES,
    GAP_VECTORS,
)
from botlens.store.table import Table

_ROWS = 10_000
_FORGOTTEN_AT_ONCE = 1_000
_OF_CHATBOT = "company_id = {company_id:String} AND chatbot_id = {chatbot_id:String}"
_encoder = msgspec.json.Encoder()

VectorRows = NDArray[np.float32]


def gap_rows(table: Table, where: str = "1", columns: Iterable[str] = ("*",)) -> str:
    """The rows of the company in one of these tables that meet a condition, as a table expression."""
    selected = f"SELECT {', '.join(columns)} FROM {table.name} FINAL"
    return f"({selected} WHERE company_id = {{company_id:String}} AND ({where}))"


def insert_gap_rows(
    store: ClickHouse, table: Table, company_id: str, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Insert rows of a company; on disk when this returns. What replaces what, `written` says.

    Args:
        store: takes them.
        table: one of these tables but that of vectors.
        company_id: whose.
        rows: a value for each column besides the company.
    """
    for part in _parts(rows):
        lines = _encoder.encode_lines([{"company_id": company_id, **row} for row in part])
        store.insert(table, [arrow_table(lines, table.arrow())])


def _parts(rows: Iterable[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    part: list[Mapping[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == _ROWS:
            yield part
            part = []
    if part:
        yield part


def insert_vectors(
    store: ClickHouse,
    company_id: str,
    chatbot_id: str,
    model: str,
    questions: Sequence[str],
    vectors: VectorRows,
    written: int,
) -> None:
    """Keep the vectors of some questions: a row of `vectors` each."""
    owned = [repeated(each, len(questions)) for each in (company_id, chatbot_id, model)]
    _insert_rows(store, GAP_VECTORS, owned, questions, vectors, written)


def insert_points(
    store: ClickHouse,
    company_id: str,
    chatbot_id: str,
    link: int,
    questions: Sequence[str],
    points: VectorRows,
    written: int,
) -> None:
    """Keep where some questions lie in the space of a link: a row of `points` each."""
    owned = [repeated(each, len(questions)) for each in (company_id, chatbot_id)]
    owned.append(numbers(np.full(len(questions), link, np.uint64), pa.uint64()))
    _insert_rows(store, GAP_POINTS, owned, questions, points, written)


def _insert_rows(
    store: ClickHouse,
    table: Table,
    owned: list[pa.Array],
    questions: Sequence[str],
    rows: VectorRows,
    written: int,
) -> None:
    count, width = rows.shape
    inner = numbers(np.ascontiguousarray(rows, np.float32).reshape(-1), pa.float32())
    offsets = numbers(np.arange(count + 1, dtype=np.int32) * width, pa.int32())
    columns = [
        *owned,
        texts(questions),
        pa.ListArray.from_arrays(offsets, inner),
        numbers(np.full(count, written, np.uint64), pa.uint64()),
    ]
    store.insert(table, [pa.table(columns, schema=table.arrow())])


_AFTER = "question > {after:String} ORDER BY question LIMIT {limit:UInt32}"
_SOME = "question IN {questions:Array(String)} ORDER BY question"
_BY_MODEL = (GAP_VECTORS, "model = {model:String}")
_BY_LINK = (GAP_POINTS, "link = {link:UInt64}")


def _statement(of: tuple[Table, str], which: str) -> str:
    return (
        f"SELECT question, vector FROM {of[0].name} FINAL WHERE {_OF_CHATBOT} AND {of[1]} AND {which} "
        "SETTINGS output_format_arrow_string_as_string = 1"
    )


def vectors_after(
    store: ClickHouse, company_id: str, chatbot_id: str, model: str, after: str, limit: int
) -> tuple[list[str], VectorRows]:
    """The first questions of a chatbot, in order, that come after one and have a vector of a model."""
    own = {"company_id": company_id, "chatbot_id": chatbot_id, "model": model}
    return _rows(store, _statement(_BY_MODEL, _AFTER), {**own, "after": after, "limit": limit})


def vectors_among(
    store: ClickHouse, company_id: str, chatbot_id: str, model: str, questions: Sequence[str]
) -> tuple[list[str], VectorRows]:
    """Those of few questions that have a vector of a model, in order."""
    own = {"company_id": company_id, "chatbot_id": chatbot_id, "model": model}
    return _rows(store, _statement(_BY_MODEL, _SOME), {**own, "questions": list(questions)})


def points_after(
    store: ClickHouse, company_id: str, chatbot_id: str, link: int, after: str, limit: int
) -> tuple[list[str], VectorRows]:
    """The first questions of a chatbot, in order, that come after one and have a point of a link."""
    own = {"company_id": company_id, "chatbot_id": chatbot_id, "link": link}
    return _rows(store, _statement(_BY_LINK, _AFTER), {**own, "after": after, "limit": limit})


def _rows(store: ClickHouse, statement: str, parameters: Mapping[str, Any]) -> tuple[list[str], VectorRows]:
    found = store.arrow(statement, parameters)
    questions: list[str] = found.column(0).to_pylist()
    if not questions:
        return [], np.empty((0, 0), np.float32)
    chunks = [chunk.flatten() for chunk in found.column(1).chunks]
    flat = np.concatenate(
        [
            np.frombuffer(each.buffers()[1], np.float32)[each.offset : each.offset + len(each)]
            for each in chunks
        ]
    )
    return questions, np.ascontiguousarray(flat.reshape(len(questions), -1))


_NO_LINK = 1_000_000_000_000
"""From here on a number is the moment of a fix: links are counted from 1."""

_OF_OTHERS = f"(link < {{link:UInt64}} OR link >= {_NO_LINK}) AND link NOT IN {{fixes:Array(UInt64)}}"
_OTHER_LINKS = f"{_OF_CHATBOT} AND {_OF_OTHERS}"
_SOME_QUESTIONS = f"{_OF_CHATBOT} AND hex(SHA256(question)) IN {{digests:Array(String)}}"
_NAMES_BEFORE = (
    f"{_OF_CHATBOT} AND link = {{link:UInt64}} AND gap_id IN {{gaps:Array(String)}} "
    "AND written < {before:UInt64}"
)
_OTHER_FIXES = f"{_OF_CHATBOT} AND NOT arrayExists(each -> startsWith(basis, each), {{kept:Array(String)}})"


def drop_links(store: ClickHouse, company_id: str, chatbot_id: str, link: int, fixes: Sequence[int]) -> None:
    """Have what earlier links, and other fixes, of a chatbot wrote removed: in the background.

    A later link may be under way: where a company has just changed its process, the one before ends its own.
    """
    own = {"company_id": company_id, "chatbot_id": chatbot_id}
    for table in (GAP_MEMBERS, GAP_SUMMARIES, GAP_SPACES, GAP_POINTS):
        _delete(store, table, _OTHER_LINKS, {**own, "link": link, "fixes": list(fixes)})
    _delete(store, GAP_EVIDENCE, _OTHER_FIXES, {**own, "kept": [f"{each}/" for each in fixes]})


def forget_questions(store: ClickHouse, company_id: str, chatbot_id: str, questions: Sequence[str]) -> None:
    """Have all rows of some questions removed: nobody asks them any more.

    The store keeps the statements of its last removals beside the tables, so the words do not stand in them.
    """
    for at in range(0, len(questions), _FORGOTTEN_AT_ONCE):
        digests = [
            sha256(each.encode()).hexdigest().upper() for each in questions[at : at + _FORGOTTEN_AT_ONCE]
        ]
        parameters = {"company_id": company_id, "chatbot_id": chatbot_id, "digests": digests}
        for table in (GAP_VECTORS, GAP_POINTS, GAP_MEMBERS, GAP_EVIDENCE):
            _delete(store, table, _SOME_QUESTIONS, parameters)


def forget_names(
    store: ClickHouse, company_id: str, chatbot_id: str, link: int, gaps: Sequence[str], before: int
) -> None:
    """Have what was found of some gaps removed, and the means of all, as far as it was written before."""
    own = {"company_id": company_id, "chatbot_id": chatbot_id, "link": link, "before": before}
    _delete(store, GAP_SUMMARIES, _NAMES_BEFORE, {**own, "gaps": list(gaps)})
    _delete(store, GAP_SPACES, _NAMES_BEFORE, {**own, "gaps": [""]})


def _delete(store: ClickHouse, table: Table, where: str, parameters: Mapping[str, Any]) -> None:
    """Have rows removed, if there are any: files are rewritten for it."""
    if store.maintain(f"SELECT 1 FROM {table.name} WHERE {where} LIMIT 1", parameters):
        store.maintain(store.topology.delete(table.name, where), parameters)
