"""What facts were before they were replaced: written down first, for numbers that were saved before.

Saved numbers hold the facts before a day as they were at a version. Of each row that was written there since,
what it replaced is here, or those numbers are not used.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from botlens.metrics.facts import Facts
from botlens.store.arrow import arrow_table
from botlens.store.connection import ClickHouse
from botlens.store.facts import SELECTED, FactsPlace
from botlens.store.reading import CompanyReader, all_facts
from botlens.store.saved_bases import SavedBase
from botlens.store.saved_tables import REPLACED_FACTS, SAVED_NUMBERS
from botlens.store.schema import FACTS

_AS_STORED = f"day, version, gone, {SELECTED}"
_AT_PLACES = (
    "chatbot_id IN {chatbots:Array(String)} AND day IN {days:Array(Int32)} AND "
    "(chatbot_id, day, conversation_id) IN (SELECT key.1, key.2, key.3 FROM (SELECT arrayJoin(arrayZip("
    "{keys1:Array(String)}, {keys2:Array(Int32)}, {keys3:Array(String)})) AS key))"
)
_STORED = (
    f"SELECT company_id, chatbot_id, max(base), argMax(day, base) FROM {SAVED_NUMBERS.name} "
    "WHERE part = 0{of_a_table} GROUP BY company_id, chatbot_id"
)
_OF_A_TABLE = " AND position(content, {table:String}) > 0"
_REPLACED = (
    f"SELECT day, conversation_id, written, content FROM {REPLACED_FACTS.name} FINAL "
    "WHERE company_id = {company_id:String} AND (chatbot_id = {chatbot_id:String} AND base = {base:UInt64}) "
    "LIMIT {most:UInt32}"
)
_MOST_AT_ONCE = 2_000
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Facts)


class StoredFacts(Struct, gc=False):
    """A row of facts as it lies in the store; if it is `gone`, they say nothing."""

    day: int
    version: int
    gone: bool
    facts: Facts


class ReplacedFacts(Struct, gc=False):
    """The version that a place had before it was written to, 0 for none; and its facts, if it had any."""

    version: int
    facts: Facts | None


def bases_of(store: ClickHouse, company_id: str) -> Mapping[str, Sequence[SavedBase]]:
    """What numbers of a company's chatbots stand on that are saved, or are being saved.

    Of the table of facts that serves. The store is asked once for all companies, of which few have any: a
    flush that asked for each would take longer with every one of them, and wait for one whose statements take
    long.

    Raises:
        StoreError: the store does not answer.
    """
    known = store.saved.known(company_id)
    if known is None:
        stored: defaultdict[str, dict[str, SavedBase]] = defaultdict(dict)
        # Not those of the table of another definition: what a row of ours was says nothing of it.
        table = f'"table":"{store.facts.serving}"'
        is_one_of_several = store.facts.beside or store.facts.unsure  # else no contents need be read
        statement = _STORED.format(of_a_table=_OF_A_TABLE if is_one_of_several else "")
        for company, chatbot_id, version, day in store.maintain(statement, {"table": table}):
            stored[company][chatbot_id] = SavedBase(version, day)
        store.saved.learn(stored)
        known = store.saved.known(company_id)
    return known or {}


def keep_replaced(store: ClickHouse, company_id: str, places: Mapping[FactsPlace, int]) -> None:
    """Before facts are written to places: write down what is there, as far as saved numbers hold it.

    Doing it twice changes nothing: what was written after a base is not what the base holds.

    Args:
        store: has them.
        company_id: whose.
        places: each with the version that is written there.

    Raises:
        StoreError: the store does not take it.
    """
    bases = bases_of(store, company_id)
    wanted = [
        (place, base)
        for place, version in places.items()
        for base in bases.get(place[0], ())
        if place[1] < base.day and version > base.version  # else the base is going to hold it itself
    ]
    if len(wanted) > _MOST_AT_ONCE:  # a history that is imported: to save anew, once, is less work
        store.saved.forget(company_id, {place[0] for place, _ in wanted})
    elif wanted:
        there = {
            (each.facts.chatbot_id, each.day, each.facts.conversation_id): each
            for each in facts_at(CompanyReader(store, company_id), [place for place, _ in wanted])
        }
        lines = [
            _line(company_id, place, base, there.get(place))
            for place, base in wanted
            if place not in there or there[place].version <= base.version
        ]
        if lines:
            store.insert(REPLACED_FACTS, [arrow_table(_encoder.encode_lines(lines), REPLACED_FACTS.arrow())])


def _line(
    company_id: str, place: FactsPlace, base: SavedBase, found: StoredFacts | None
) -> dict[str, str | int]:
    chatbot_id, day, conversation_id = place
    return {
        "company_id": company_id,
        "chatbot_id": chatbot_id,
        "base": base.version,
        "day": day,
        "conversation_id": conversation_id,
        "content": "" if found is None or found.gone else _encoder.encode(found.facts).decode(),
        "written": 0 if found is None else found.version,
    }


def replaced_since(
    reader: CompanyReader, chatbot_id: str, base: SavedBase, most: int
) -> dict[tuple[int, str], ReplacedFacts]:
    """By (day, conversation id) what a base holds of places that were written to since, `most` at most."""
    rows = reader.rows(_REPLACED, {"chatbot_id": chatbot_id, "base": base.version, "most": most})
    return {
        (day, conversation_id): ReplacedFacts(version, _decoder.decode(content) if content else None)
        for day, conversation_id, version, content in rows
    }


def facts_at(reader: CompanyReader, places: Sequence[FactsPlace]) -> list[StoredFacts]:
    """What the store has at some places; also where a conversation has moved away."""
    rows = reader.rows(
        f"SELECT {_AS_STORED} FROM {FACTS} FINAL WHERE company_id = {{company_id:String}} AND ({_AT_PLACES})",
        {
            "chatbots": sorted({each[0] for each in places}),
            "days": sorted({each[1] for each in places}),
            "keys1": [each[0] for each in places],
            "keys2": [each[1] for each in places],
            "keys3": [each[2] for each in places],
        },
    )
    return [StoredFacts(row[0], row[1], row[2], Facts(*row[3:])) for row in rows]


def facts_since(reader: CompanyReader, chatbot_id: str, base: SavedBase, most: int) -> list[StoredFacts]:
    """What counts now of the places that a base holds and that were written to since, `most` at most.

    Rows that were replaced may be merged away or not; of those that are there, the highest version counts.
    """
    later = "chatbot_id = {chatbot_id:String} AND day < {day:Int32} AND version > {version:UInt64}"
    rows = reader.rows(
        f"SELECT {_AS_STORED} FROM {all_facts(later)} ORDER BY version DESC "
        "LIMIT 1 BY day, conversation_id LIMIT {most:UInt32}",
        {"chatbot_id": chatbot_id, "day": base.day, "version": base.version, "most": most},
    )
    return [StoredFacts(row[0], row[1], row[2], Facts(*row[3:])) for row in rows]
