"""A process that loads events as columns, and may die on the way.

python -m tests.engine.load_process FOLDER load POINT   sends and loads, dies at POINT
python -m tests.engine.load_process FOLDER read         sends, waits until all is counted, prints it
python -m tests.engine.load_process FOLDER again        loads all again, counts it, prints what it finds
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botlens.commit import rewriting
from botlens.commit.room import loader
from botlens.engine import Engine
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.tenants.accounts import Accounts
from tests.columns import by_type, columns_of
from tests.engine.crash_process import after, die
from tests.events import NOON, answer, message, rating, vote

COMPANY = "c_load"
PATIENCE = 60.0
BEFORE = [message("a", "0", "Hello", "2026-03-16T10:00:00Z")]
LOADED = [
    message("a", "1", "Why?", "2026-03-17T10:00:00Z", session_id="ann"),
    answer("a", "2", 0.1, "2026-03-17T10:00:01Z"),
    message("b", "1", "How?", "2026-03-17T11:00:00Z"),
    message("c", "1", "When?", "2026-03-17T12:00:00Z"),
    vote("a", "2", "negative"),
    rating("b", 2),
]
AFTER = [
    message("a", "3", "And now?", "2026-03-18T09:00:00Z"),
    message("b", "2", "Well?", "2026-03-18T09:00:01Z"),
]
EVENTS = [*BEFORE, *LOADED, *AFTER]

POINTS: dict[str, Callable[[], None]] = {
    "before the rows": lambda: setattr(loader, "insert_rows", die),
    "after the rows": lambda: setattr(loader, "insert_rows", after(loader.insert_rows)),
    "before the count": lambda: None,
    "before the facts": lambda: setattr(rewriting, "insert_laid_out", die),
    "after the facts": lambda: setattr(rewriting, "insert_laid_out", after(rewriting.insert_laid_out)),
}


def send(engine: Engine, events: list[dict[str, Any]]) -> None:
    decoded = decode_json(json.dumps({"events": events}).encode())
    engine.commits.submit(COMPANY, list(map(record_of, decoded.events))).result()


def load(engine: Engine) -> None:
    for each in by_type(LOADED):
        engine.commits.load(COMPANY, columns_of(each))


def main(folder: Path, command: str, *points: str) -> None:
    accounts = Accounts.open(f"sqlite:///{folder}/accounts.db")
    company = accounts.company(COMPANY) or accounts.create_company(
        "Load", owner="o", plan="pro", company_id=COMPANY
    )
    accounts.put_chatbot(company.id, "bot", name="Bot")
    engine = Engine(accounts, clickhouse_url=f"chdb://{folder}/events", journal_folder=folder / "journal")
    if command == "load":
        send(engine, BEFORE)
        POINTS[points[0]]()
        load(engine)
        if points[0] == "before the count":
            die()
        engine.commits.count_loaded(COMPANY)
        raise AssertionError("nothing died")
    if command == "again":
        load(engine)
        engine.commits.count_loaded(COMPANY)
    else:
        send(engine, AFTER)  # at once: of these conversations facts may lack what was loaded
    until = time.monotonic() + PATIENCE
    while engine.commits.uncounted(COMPANY) and time.monotonic() < until:
        time.sleep(0.05)
    scope = engine.answers.scope(company, NOON)
    chatbot = engine.answers.seed.chatbot(scope, "bot")
    found = {
        "chatbot": chatbot,
        "sent": chatbot["total_messages"] >= len(BEFORE) + len(AFTER),
        "verify": engine.answers.verification.verify(scope),
    }
    engine.close()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
