"""A process that fills a folder for a move, or moves it, and may die on the way.

python -m tests.engine.move_process FOLDER fill                          two companies with all there is
python -m tests.engine.move_process FOLDER move POINT ACCOUNTS SHARDS    moves it, and dies at POINT
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import DateTime, Integer, Table, insert
from sqlalchemy.types import Boolean, Float

from botlens.cli.main import app
from botlens.cluster.shard_words import ShardWords
from botlens.database import copying
from botlens.database.copying import moved_tables
from botlens.engine import Engine
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.moving import move
from botlens.store.connection import ClickHouse
from botlens.store.gap_tables import GAP_TABLES
from botlens.store.schema import RAW_EVENTS
from botlens.tenants.accounts import Accounts
from tests.events import answer, conversation, deletion, message, rating, vote

DEATH = 99
COMPANIES = {"one": 40, "two": 3, "three": 5}
"""Companies, and how many conversations each has; they lie on both of two shards."""


def die(*_: Any, **__: Any) -> None:
    os._exit(DEATH)


def dying(of: Any, name: str, *, at: int = 0) -> None:
    """Let a process die at a call: the first, or one after that."""
    kept, calls = getattr(of, name), iter(range(at))

    def then_die(*arguments: Any, **named: Any) -> Any:
        if next(calls, None) is None:
            die()
        return kept(*arguments, **named)

    setattr(of, name, then_die)


def dying_at_insert(table: str, at: int) -> None:
    kept, calls = ClickHouse.insert, iter(range(at))

    def insert_or_die(store: ClickHouse, into: Any, *rest: Any) -> None:
        if store.is_shared and into.name == table and next(calls, None) is None:
            die()
        kept(store, into, *rest)

    setattr(ClickHouse, "insert", insert_or_die)  # noqa: B010 - the seam is what dies


POINTS: dict[str, Callable[[], None]] = {
    "before it is noted": lambda: dying(move, "note_move"),
    "before the journal": lambda: dying(move, "held_still"),
    "before the events": lambda: dying(move, "move_events"),
    "in the events": lambda: dying_at_insert(RAW_EVENTS.name, 2),
    "before the facts": lambda: dying_at_insert("conversation_facts", 0),
    "before the gaps": lambda: dying_at_insert("gap_members", 1),
    "before the answers": lambda: dying(move, "compare_answers"),
    "before its shards are known": lambda: dying(move, "mark_shards"),
    "between two marks": lambda: dying(ShardWords, "settle", at=1),
    "before the accounts": lambda: dying(move, "copy_all"),
    "in the accounts": lambda: dying(copying, "_copy", at=3),
    "before they are committed": lambda: dying(copying, "_contents", at=3),
    "before it is done": lambda: dying(move, "_done"),
}


def spoil() -> None:
    """Let a fact of the first shard be another one, right before answers are compared."""
    kept = move.compare_answers

    def compare_spoilt(accounts: Any, source: Any, shards: Any, *rest: Any) -> int:
        shards[0].store.maintain(
            "ALTER TABLE conversation_facts UPDATE messages = 77 WHERE 1 SETTINGS mutations_sync = 1"
        )
        return kept(accounts, source, shards, *rest)

    setattr(move, "compare_answers", compare_spoilt)  # noqa: B010


SPOILT = "spoilt before the answers"


def fill(folder: Path) -> None:
    """Events in the store and in the journal alone, a deletion, and a row in every table."""
    accounts = Accounts.open(f"sqlite:///{folder}/accounts.db")
    with Engine(
        accounts, clickhouse_url=f"chdb://{folder}/events", journal_folder=folder / "journal"
    ) as engine:
        for company, conversations in COMPANIES.items():
            accounts.create_company(company.title(), owner=f"o-{company}", plan="free", company_id=company)
            accounts.put_chatbot(company, "bot", name="Bot")
            accounts.put_chatbot(company, "other", name="Other", confidence_threshold=0.5)
            _send(engine, company, conversations)
        for table in GAP_TABLES:
            engine.store.insert(table, [_row_of_gaps(table, company) for company in COMPANIES])
        _fill_accounts(engine)
        os._exit(0)  # the last events are in the journal alone


def _send(engine: Engine, company: str, conversations: int) -> None:
    for number in range(conversations):
        name, at = f"c{number:03}", f"2026-03-{1 + number % 17:02}T10:00:00Z"
        bot = {"chatbot_id": "other" if number % 3 == 0 else "bot"}
        events = [
            conversation(name, at, language="de"),
            message(name, "1", f"Why {number % 5}?", at, session_id=f"s{number % 7}"),
            answer(name, "2", 0.1 * (number % 9), at),
            vote(name, "2", at=at),
            rating(name, 1 + number % 5, at),
        ]
        _submit(engine, company, [each | bot for each in events])
        if number == conversations - 2:
            engine.commits.flush()
    taken_back = {"chatbot_id": "bot"}
    _submit(engine, company, [deletion("c001", "message", "1") | taken_back])


def _submit(engine: Engine, company: str, events: list[dict[str, Any]]) -> None:
    records = [record_of(each) for each in decode_json(json.dumps({"events": events}).encode()).events]
    engine.commits.submit(company, records).result()


def _row_of_gaps(table: Any, company: str) -> pa.Table:
    values = {"company_id": company, "chatbot_id": "bot"}
    columns = {}
    for each in table.columns:
        value: Any = values.get(each.name)
        if value is None:
            kind = each.arrow
            value = [1] if pa.types.is_list(kind) else "a text" if pa.types.is_string(kind) else 7
        columns[each.name] = pa.array([value], each.arrow)
    return pa.table(columns, schema=table.arrow())


def _fill_accounts(engine: Engine) -> None:
    """A row in each table that has none."""
    with engine.accounts.database.writing() as session:
        for table in moved_tables():
            if not session.execute(table.select().limit(1)).first() and table.name != "erasures":
                session.execute(insert(table).values(_row(table)))


def _row(table: Table) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        if "company" in column.name:
            row[column.name] = "one"
        elif "chatbot" in column.name:
            row[column.name] = "bot"
        elif column.foreign_keys:
            row[column.name] = f"a {next(iter(column.foreign_keys)).column.name}"
        elif isinstance(column.type, Boolean):
            row[column.name] = True
        elif isinstance(column.type, Integer):
            row[column.name] = 5
        elif isinstance(column.type, Float):
            row[column.name] = 0.1 + 0.2
        elif isinstance(getattr(column.type, "impl_instance", column.type), DateTime):
            row[column.name] = datetime(2026, 3, 18, 12, 0, 0, 123_456, tzinfo=UTC)
        else:
            row[column.name] = f"a {column.name}"
    return row


if __name__ == "__main__":
    place, command, *rest = sys.argv[1:]
    if command == "fill":
        fill(Path(place))
    else:
        point, to, shards = rest
        {**POINTS, SPOILT: spoil}[point]()
        app(["move", "--data-dir", place, "--accounts", to, "--shards", shards, "--json"])
