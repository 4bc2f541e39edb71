"""Fills a data folder of botlens: raw events straight into the store, then the facts derived from them.

A process of its own (`python -m benchmarks.store_load`), for the embedded store belongs to one process, and
so that the memory of loading is not counted as the server's. Prints one JSON object of what it did.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.dataset import USER, ZONE, Dataset, Piece
from benchmarks.profiles import PROFILES
from botlens.engine import Engine
from botlens.events.question import normal_form
from botlens.events.record import CONVERSATION, FEEDBACK, MESSAGE, RATING
from botlens.opening import engine_of
from botlens.settings import Settings
from botlens.store.connection import ClickHouse
from botlens.store.facts import compact
from botlens.store.schema import CONVERSATION_FACTS, RAW_EVENTS
from botlens.store.sizes import bytes_on_disk
from botlens.store.table import Table

_FIRST_ARRIVAL = 1_000_000_000_000_000
_QUIET_SECONDS = 2.0
_SETTLE_SECONDS = 1_800
_YEAR = timedelta(days=364)  # whole weeks, so that the days of the week stay what they are
_RANKS = 8  # a vote's or rating's rank: its time, then how bad it is (see botlens.events.record)
_normal_form = cache(normal_form)


def load(folder: Path, dataset: Dataset, times: int) -> dict[str, Any]:
    """Fill a folder with `times` years of the data set and derive; what it took and how big it got."""
    settings = Settings(data_dir=folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with engine_of(settings) as engine:
        _make_accounts(engine, dataset)
        began = time.perf_counter()
        messages = _insert(engine.store, dataset)
        loaded = time.perf_counter()
        conversations = _derive(engine, dataset)
        derived = time.perf_counter()
        if times > 1:
            _multiply(engine.store, dataset, times, RAW_EVENTS, _EVENT_CHANGES)
            _multiply(engine.store, dataset, times, CONVERSATION_FACTS, _FACTS_CHANGES)
        compact(engine.store, engine.store.facts.serving)  # as they lie in a store that grew day by day
        multiplied = time.perf_counter()
        unsettled = _settle(engine.store)
        return {
            "messages": messages * times,
            "conversations": conversations * times,
            "load_seconds": loaded - began,
            "derive_seconds": derived - loaded,
            "multiply_seconds": multiplied - derived,
            "merges_running": unsettled,
            "disk": bytes_on_disk(engine.store),
        }


def _make_accounts(engine: Engine, dataset: Dataset) -> None:
    for company_id in sorted({chatbot.company_id for chatbot in dataset.chatbots}):
        engine.accounts.create_company(
            company_id, owner="benchmark", plan="enterprise", timezone=ZONE.key, company_id=company_id
        )
    for chatbot in dataset.chatbots:
        engine.chatbots.put(chatbot.company_id, chatbot.id, name=chatbot.name)


def _insert(store: ClickHouse, dataset: Dataset) -> int:
    messages, arrival = 0, _FIRST_ARRIVAL
    total = sum(chatbot.conversations for chatbot in dataset.chatbots)
    conversations = 0
    for part in _parts(dataset):
        rows = pa.concat_tables([_rows(piece) for piece in part])
        arrivals = pa.array(range(arrival, arrival + len(rows)), pa.uint64())
        rows = rows.set_column(rows.column_names.index("arrival"), "arrival", arrivals)
        store.insert(RAW_EVENTS, [rows])
        arrival += len(rows)
        messages += sum(len(piece.messages) for piece in part)
        conversations += sum(len(piece.conversations) for piece in part)
        _say(f"raw events: {conversations:,} of {total:,} conversations")
    return messages


def _parts(dataset: Dataset, rows: int = 500_000) -> Iterator[list[Piece]]:
    part: list[Piece] = []
    for piece in dataset.pieces():
        part.append(piece)
        if sum(len(each.messages) for each in part) >= rows:
            yield part
            part = []
    if part:
        yield part


def _rows(piece: Piece) -> pa.Table:
    """All events of a piece in the layout of the store."""
    return pa.concat_tables([_headers(piece), _messages(piece), _votes(piece), _ratings(piece)])


def _headers(piece: Piece) -> pa.Table:
    rows = piece.conversations
    return _laid_out(
        piece,
        len(rows),
        conversation_id=rows["id"],
        kind=CONVERSATION,
        created_at=rows["created_at"],
        session_id=pc.fill_null(rows["session_id"], ""),
        language=pc.fill_null(rows["language"], ""),
    )


def _messages(piece: Piece) -> pa.Table:
    rows = piece.messages
    return _laid_out(
        piece,
        len(rows),
        conversation_id=rows["conversation_id"],
        kind=MESSAGE,
        event_id=rows["id"],
        created_at=rows["created_at"],
        role=pc.add(rows["role"], 1),
        content=rows["content"],
        question=_questions(rows),
        confidence=rows["confidence"],
    )


def _questions(messages: pa.Table) -> pa.Array:
    asked = pc.if_else(pc.equal(messages["role"], USER), messages["content"], "").combine_chunks()
    texts = asked.dictionary_encode()
    forms = pa.array([_normal_form(text) for text in texts.dictionary.to_pylist()], pa.string())
    return forms.take(texts.indices)


def _votes(piece: Piece) -> pa.Table:
    rows = piece.feedback
    return _laid_out(
        piece,
        len(rows),
        conversation_id=rows["conversation_id"],
        kind=FEEDBACK,
        event_id=rows["message_id"],
        rank=pc.add(
            pc.multiply(rows["created_at"].cast(pa.int64()), _RANKS), pc.if_else(rows["positive"], 0, 1)
        ),
        created_at=rows["created_at"],
        value=pc.if_else(rows["positive"], 1.0, -1.0),
    )


def _ratings(piece: Piece) -> pa.Table:
    rows = piece.conversations.filter(pc.is_valid(piece.conversations["rating"]))
    return _laid_out(
        piece,
        len(rows),
        conversation_id=rows["id"],
        kind=RATING,
        rank=pc.subtract(
            pc.add(pc.multiply(rows["rated_at"].cast(pa.int64()), _RANKS), 5), rows["rating"].cast(pa.int64())
        ),
        created_at=rows["rated_at"],
        value=rows["rating"].cast(pa.float64()),
    )


def _laid_out(piece: Piece, count: int, **columns: Any) -> pa.Table:
    """A table of the store's layout: single values are repeated, what is not given is empty."""
    given = {"company_id": piece.chatbot.company_id, "chatbot_id": piece.chatbot.id, **columns}
    schema = RAW_EVENTS.arrow()
    arrays = []
    for place in schema:
        value = given.get(place.name, _nothing(place))
        if not isinstance(value, (pa.Array, pa.ChunkedArray)):
            value = pa.repeat(pa.scalar(value, place.type), count)
        arrays.append(value.cast(place.type))
    return pa.table(arrays, schema=schema)


def _nothing(field: pa.Field) -> Any:
    if pa.types.is_string(field.type):
        return ""
    if pa.types.is_boolean(field.type):
        return False
    return 0 if pa.types.is_integer(field.type) else None


def _other_id(name: str) -> str:
    return f"if({name} = '', '', toString(reinterpretAsUUID(MD5(concat({name}, toString(n))))))"


def _earlier(name: str) -> str:
    return f"{name} - toIntervalDay(n * {_YEAR.days})"


_EVENT_CHANGES = {
    "conversation_id": _other_id("conversation_id"),
    "event_id": _other_id("event_id"),
    "session_id": _other_id("session_id"),
    "rank": "if(kind IN ('feedback', 'rating'), "
    f"rank - toInt64(n) * {_RANKS * (_YEAR // timedelta(microseconds=1))}, rank)",
    "arrival": f"arrival + n * {_FIRST_ARRIVAL // 100}",
    "created_at": _earlier("created_at"),
}
_FACTS_CHANGES = {
    "conversation_id": _other_id("conversation_id"),
    "session_id": _other_id("session_id"),
    "started_at": _earlier("started_at"),
    "ended_at": _earlier("ended_at"),
    "newest_at": _earlier("newest_at"),
    "day": f"day - n * {_YEAR.days}",
}


def _multiply(store: ClickHouse, dataset: Dataset, times: int, table: Table, changed: dict[str, str]) -> None:
    """Earlier years, inside the store: the same conversations with new ids, sessions and dates.

    New ids sort elsewhere, so that a copy does not lie beside its original and compress to nothing. Facts are
    multiplied in the same way as the events that they were derived from: what a copy's events would give.
    Each year is a statement of its own, which ends long before the store gives up, on a slow machine, too.
    """
    names = [column.name for column in table.columns]
    selected = ", ".join(changed.get(name, name) for name in names)
    copies = f"{table.name}_copies"
    store.maintain(f"DROP TABLE IF EXISTS {copies}")
    store.maintain(f"CREATE TABLE {copies} AS {table.name}")
    for number, chatbot in enumerate(dataset.chatbots, start=1):
        for years in range(1, times):
            store.maintain(
                f"INSERT INTO {copies} ({', '.join(names)}) SELECT {selected} FROM {table.name} "
                "CROSS JOIN (SELECT {years:UInt64} AS n) AS years "
                "WHERE company_id = {company_id:String} AND chatbot_id = {chatbot_id:String}",
                {"company_id": chatbot.company_id, "chatbot_id": chatbot.id, "years": years},
            )
        _say(f"{times} years in {table.name}: {number} of {len(dataset.chatbots)} chatbots")
    store.maintain(f"ALTER TABLE {table.name} ATTACH PARTITION ID 'all' FROM {copies}")
    store.maintain(f"DROP TABLE {copies}")


def _derive(engine: Engine, dataset: Dataset) -> int:
    conversations = 0
    for number, chatbot in enumerate(dataset.chatbots, start=1):
        conversations += engine.commits.rebuild(chatbot.company_id, chatbot.id)
        _say(f"facts: {conversations:,} conversations, {number} of {len(dataset.chatbots)} chatbots")
    return conversations


def _settle(store: ClickHouse) -> int:
    """Wait until the merges are done, as they would be on a server that runs; how many still are not."""
    until = time.monotonic() + _SETTLE_SECONDS
    quiet_since = time.monotonic()
    while True:
        merges = int(store.maintain("SELECT count() FROM system.merges")[0][0])
        now = time.monotonic()
        if merges:
            _say(f"waiting for {merges} merges")
            quiet_since = now
        if now - quiet_since >= _QUIET_SECONDS or now > until:
            return merges
        time.sleep(0.25)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K  {text}")
        sys.stderr.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("size", choices=PROFILES)
    parser.add_argument("anchor", type=datetime.fromisoformat)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--disk", action="store_true", help="only say how big the tables of the folder are")
    given = parser.parse_args()
    if given.disk:
        with engine_of(Settings(data_dir=given.folder)) as engine:
            found: dict[str, Any] = {"disk": bytes_on_disk(engine.store)}
    else:
        found = load(given.folder, Dataset(PROFILES[given.size], given.anchor), given.times)
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
