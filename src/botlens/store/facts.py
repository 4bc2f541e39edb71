"""Derived facts into the store, and which conversations have any."""

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec
import pyarrow as pa
from msgspec import Struct
from msgspec.structs import replace

from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import Facts, derive
from botlens.moments import DAY
from botlens.store.arrow import Inner, arrow_table
from botlens.store.connection import ClickHouse
from botlens.store.pacing import Pause, at_once, in_parts
from botlens.store.reading import (
    SOME_CONVERSATIONS,
    CompanyReader,
    all_facts,
    between,
    events,
    facts,
    some_conversations,
)
from botlens.store.schema import CONVERSATION_FACTS, EVENTS
from botlens.store.upgrades import look_for_others, note_continued

_COMPACT_SECONDS = 24 * 3_600.0  # a large table is written anew
_FIELDS = Facts.__struct_encode_fields__
_INNER = Inner("facts", frozenset(_FIELDS))
_encoder = msgspec.json.Encoder()

FactsPlace = tuple[str, int, str]
"""(chatbot id, day, conversation id): the key of a row of facts within its company."""

FactsRow = tuple[str, int, Facts]
"""(company id, version, facts)."""

VacatedPlace = tuple[str, int, FactsPlace]
"""(company id, version, place): the conversation starts on another day by now."""


def insert_facts(
    store: ClickHouse,
    rows: Iterable[FactsRow],
    vacated: Sequence[VacatedPlace] = (),
    pause: Pause = at_once,
    *,
    beside: bool = True,
) -> None:
    """Insert (company id, version, facts); the highest version of a conversation is its current one.

    Args:
        store: takes them.
        rows: the facts.
        vacated: places that conversations have moved away from. In one insert with their facts, so that no
            reader finds a conversation in two places.
        pause: see `pacing`.
        beside: whether tables of other definitions hear of these places.
    """
    if len(store.facts.written) == 1:
        vacate_beside(store, vacated if beside else ())
        _insert(store, store.facts.serving, rows, vacated, pause)
        return
    kept = list(rows)
    note_continued(store)
    for name in store.facts.written:
        _insert(store, name, kept, (*vacated, *_vacated_in(store, name, _days_of(kept))), pause)


def insert_laid_out(store: ClickHouse, rows: pa.Table, vacated: Sequence[VacatedPlace] = ()) -> None:
    """The same of rows in the layout of their table, which were made anew by a definition.

    Tables of other definitions hear nothing of it: it is intended for those, too, or they need none of it.
    """
    if len(store.facts.written) == 1:
        _insert_tables(store, store.facts.serving, [rows], vacated)
        return
    note_continued(store)
    columns = (rows.column(name).to_pylist() for name in ("company_id", "version", *_PLACE))
    days = [(row[0], row[1], (row[2], row[3], row[4])) for row in zip(*columns, strict=True)]
    for name in store.facts.written:
        _insert_tables(store, name, [rows], (*vacated, *_vacated_in(store, name, days)))


def vacate_beside(store: ClickHouse, vacated: Sequence[VacatedPlace]) -> None:
    """Have places be vacant in the tables of other definitions, whoever may still write there.

    A process that stands still may know of no later one, and nobody who has that table would remember it.
    Nothing but the key is written: what else a row has is for other versions to know.
    """
    if vacated and store.facts.unsure:
        look_for_others(store)
    for name in store.facts.beside if vacated else ():
        rows = map(_table, in_parts(_tombstones(vacated), at_once))
        store.insert(_PLACES_ALONE, (each.select(_PLACES_ALONE.arrow().names) for each in rows), name)


def lay_out(rows: Iterable[FactsRow]) -> list[pa.Table]:
    """(company id, version, facts) as the store takes them in."""
    return [_table(part) for part in in_parts(map(_written, rows), at_once)]


def insert_into(store: ClickHouse, name: str, rows: Sequence[FactsRow]) -> None:
    """Insert (company id, version, facts) into one table of facts alone, wherever they lay in it before."""
    _insert(store, name, rows, _vacated_in(store, name, _days_of(rows)), at_once)


def _days_of(rows: Sequence[FactsRow]) -> list[VacatedPlace]:
    """(company id, version, place) of each row."""
    return [
        (company_id, version, (each.chatbot_id, each.day, each.conversation_id))
        for company_id, version, each in rows
    ]


def _vacated_in(store: ClickHouse, name: str, rows: Sequence[VacatedPlace]) -> list[VacatedPlace]:
    """The places of a table that conversations leave by these rows.

    The table is asked: what another definition made of a conversation may be on a day that nobody remembers.
    """
    by_company: defaultdict[str, dict[tuple[str, str], tuple[int, int]]] = defaultdict(dict)
    for company_id, version, (chatbot_id, day, conversation_id) in rows:
        by_company[company_id][chatbot_id, conversation_id] = version, day
    found: list[VacatedPlace] = []
    for company_id, known in by_company.items():
        for place in places_of(store, company_id, list(known), name):
            version, day = known[place[0], place[2]]
            if place[1] != day:
                found.append((company_id, version, place))
    return found


def _insert(
    store: ClickHouse,
    name: str,
    rows: Iterable[FactsRow],
    vacated: Sequence[VacatedPlace],
    pause: Pause,
) -> None:
    written = chain(map(_written, rows), _tombstones(vacated))
    store.insert(CONVERSATION_FACTS, map(_table, in_parts(written, pause)), name)


def _insert_tables(
    store: ClickHouse, name: str, tables: Iterable[pa.Table], vacated: Sequence[VacatedPlace]
) -> None:
    tombstones = map(_table, in_parts(_tombstones(vacated), at_once))
    store.insert(CONVERSATION_FACTS, chain(tables, tombstones), name)


def _tombstones(vacated: Iterable[VacatedPlace]) -> Iterator["_Written"]:
    for company_id, version, place in vacated:
        yield _Written(company_id, place[1], version, True, _blank(*place))


class _Written(Struct, gc=False):
    """A row to be. What the store keeps besides the facts stands around them."""

    company_id: str
    day: int
    version: int
    gone: bool
    facts: Facts


def _written(row: FactsRow) -> _Written:
    company_id, version, each = row
    return _Written(company_id, each.day, version, False, each)


def _table(rows: Sequence[_Written]) -> pa.Table:
    return arrow_table(_encoder.encode_lines(rows), CONVERSATION_FACTS.arrow(), _INNER)


def _blank(chatbot_id: str, day: int, conversation_id: str) -> Facts:
    nothing = derive(chatbot_id, conversation_id, ConversationState(), 0)
    return replace(nothing, started_at=day * DAY)


_READ = {column.name: column.read() for column in CONVERSATION_FACTS.columns}
SELECTED = ", ".join(_READ[name] for name in _FIELDS)
_PLACE = ("chatbot_id", "day", "conversation_id")
_PLACES_ALONE = dataclasses.replace(
    CONVERSATION_FACTS,
    columns=tuple(
        each
        for each in CONVERSATION_FACTS.columns
        if each.name in ("gone", CONVERSATION_FACTS.version, *CONVERSATION_FACTS.key)
    ),
)


def stored_facts(reader: CompanyReader, chatbot_id: str, after: str, until: str | None) -> list[Facts]:
    """The facts of the conversations of a chatbot with `after < id <= until`, by id; None is no end."""
    rows = reader.rows(
        f"SELECT {SELECTED} FROM {facts(between(until))} ORDER BY conversation_id, day",
        {"chatbot_id": chatbot_id, "after": after, "until": until or ""},
    )
    return [Facts(*row) for row in rows]


def places_of(
    store: ClickHouse, company_id: str, keys: Sequence[tuple[str, str]], table: str | None = None
) -> list[FactsPlace]:
    """Where a table (the one that serves, if none is named) keeps the facts of some conversations.

    Each is (chatbot id, conversation id).
    """
    rows = CompanyReader(store, company_id, table=table).rows(
        f"SELECT chatbot_id, day, conversation_id FROM {facts(SOME_CONVERSATIONS, _PLACE)}",
        some_conversations(keys),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def places_between(
    reader: CompanyReader, chatbot_id: str, after: str = "", until: str | None = None
) -> pa.Table:
    """Where the facts of the conversations of a chatbot with `after < id <= until` are; None is no end.

    Columns `conversation_id` and `day`, in that order, for there may be many. Ids come behind days in the
    key, so all that there is of the chatbot is looked at: with FINAL it would be merged, too.
    """
    return reader.columns(
        f"SELECT conversation_id, day FROM {all_facts(between(until))} "
        "GROUP BY conversation_id, day HAVING NOT argMax(gone, version) ORDER BY conversation_id, day",
        {"chatbot_id": chatbot_id, "after": after, "until": until or ""},
    )


def newer_between(
    reader: CompanyReader, chatbot_id: str, after: str, until: str | None, version: int
) -> set[str]:
    """The conversations of a chatbot with `after < id <= until` that have facts of a later version."""
    rows = reader.rows(
        "SELECT DISTINCT conversation_id "
        f"FROM {all_facts(between(until) + ' AND version > {version:UInt64}')}",
        {"chatbot_id": chatbot_id, "after": after, "until": until or "", "version": version},
    )
    return {row[0] for row in rows}


def known_conversations(store: ClickHouse, company_id: str, chatbot_id: str) -> pa.ChunkedArray:
    """The `conversation_hash`es of all conversations that a chatbot has in the store, some perhaps twice."""
    table = CompanyReader(store, company_id).columns(
        f"SELECT halfMD5(conversation_id) AS hash FROM {all_facts('chatbot_id = {chatbot_id:String}')}",
        {"chatbot_id": chatbot_id},
    )
    return table.column("hash")


def conversations_with_events(store: ClickHouse, company_id: str, chatbot_id: str) -> pa.ChunkedArray:
    """The same, also of those that have raw events and no facts yet."""
    table = CompanyReader(store, company_id).columns(
        "SELECT DISTINCT halfMD5(conversation_id) AS hash "
        f"FROM {events('chatbot_id = {chatbot_id:String}', ('conversation_id',))}",
        {"chatbot_id": chatbot_id},
    )
    return table.column("hash")


def compact(store: ClickHouse, name: str) -> None:
    """Merge a table of facts into one part. After all were derived at once their parts overlap in every day.

    Facts that come as conversations do lie in parts of different days, which is what windows need.
    """
    store.maintain(store.topology.merge(name), seconds=_COMPACT_SECONDS)


def chatbots_with_events(store: ClickHouse) -> list[tuple[str, str]]:
    """Every (company id, chatbot id) that has events: upkeep over all companies."""
    rows = store.maintain(f"SELECT DISTINCT company_id, chatbot_id FROM {EVENTS} ORDER BY 1, 2")
    return [(row[0], row[1]) for row in rows]


def conversation_hash(conversation_id: str) -> int:
    """64 bits that stand for a conversation id, as the store computes them (`halfMD5`)."""
    return int.from_bytes(hashlib.md5(conversation_id.encode(), usedforsecurity=False).digest()[:8], "big")
