"""A process that opens an engine on a folder, does what it is told, and may die on the way.

python -m tests.engine.crash_process FOLDER send POINT < batches.json   dies at POINT while it writes
python -m tests.engine.crash_process FOLDER read                        prints what it finds
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botlens.commit.derivation import Derivation
from botlens.commit.local.journal import FileJournal
from botlens.commit.room import pending
from botlens.engine import Engine
from botlens.events.decode import decode_json
from botlens.events.record import deletion_of, record_of
from botlens.tenants.accounts import Accounts
from tests.events import NOON

COMPANY = "c_crash"
DEATH = 99


def die(*_: Any, **__: Any) -> None:
    os._exit(DEATH)


def after(function: Callable[..., Any]) -> Callable[..., None]:
    """The function, and death after it."""

    def then_die(*arguments: Any, **named: Any) -> None:
        function(*arguments, **named)
        die()

    return then_die


POINTS: dict[str, Callable[[], None]] = {
    "before the raw events": lambda: setattr(pending, "insert_events", die),
    "after the raw events": lambda: setattr(pending, "insert_facts", die),
    "after the facts": lambda: setattr(pending, "insert_facts", after(pending.insert_facts)),
    "after the erasure": lambda: setattr(pending, "erase_conversations", after(pending.erase_conversations)),
    "after the journal": lambda: setattr(FileJournal, "delete", after(FileJournal.delete)),
}


def main(folder: Path, command: str, *points: str) -> None:
    accounts = Accounts.open(f"sqlite:///{folder}/accounts.db")
    company = accounts.company(COMPANY) or accounts.create_company(
        "Crash", owner="o", plan="pro", company_id=COMPANY
    )
    accounts.put_chatbot(company.id, "bot", name="Bot")
    engine = Engine(accounts, clickhouse_url=f"chdb://{folder}/events", journal_folder=folder / "journal")
    if command == "recount":
        setattr(Derivation, "rebuild", die)  # noqa: B010 - the seam is what dies
        engine.chatbots.put(company.id, "bot", confidence_threshold=0.95)
    if command == "age":
        engine.commits.flush()
        engine.store.maintain("ALTER TABLE conversation_facts MODIFY COMMENT 'botlens: being derived'")
        engine.store.maintain("ALTER TABLE conversation_facts UPDATE messages = 77 WHERE 1")
        engine.close()
        return
    if command == "read":
        answers, scope = engine.answers, engine.answers.scope(company, NOON)
        found = {
            "chatbot": answers.seed.chatbot(scope, "bot"),
            "verify": answers.verification.verify(scope),
        }
        engine.close()
        sys.stdout.write(json.dumps(found))
        return
    first, second = json.load(sys.stdin)
    for events in (first, second):
        decoded = decode_json(json.dumps({"events": events}).encode())
        records = [record_of(event) for event in decoded.events]
        if events is second:
            records.append(deletion_of("bot", "b", NOON))  # a test by then: no number tells of it
        engine.commits.submit(company.id, records).result()
        if events is first:
            engine.commits.flush()
            engine.answers.seed.overview(engine.answers.scope(company, NOON))
            POINTS[points[0]]()
    engine.commits.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
