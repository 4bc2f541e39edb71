"""A process that deletes a chatbot or a company, and may die on the way.

python -m tests.engine.erasure_process FOLDER chatbot POINT  deletes `one/bot` of two companies with two
                                                             chatbots each, and dies at POINT
python -m tests.engine.erasure_process FOLDER company POINT  the same with the company `one`
python -m tests.engine.erasure_process FOLDER end            waits until all is erased; prints what is left
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botlens.commit.room.eraser import Eraser
from botlens.engine import Engine
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.jobs.runner import Runner
from botlens.store.erasure import WholeErasure
from botlens.tenants.accounts import Accounts
from tests.events import NOON, answer, message

DEATH = 99
THREAD = [message("c", "1", "Secret?", session_id="ann"), answer("c", "2", 0.1, "2026-03-18T10:00:01Z")]


def die(*_: Any, **__: Any) -> None:
    os._exit(DEATH)


def dying_after(cls: type, name: str) -> Callable[[], None]:
    kept = getattr(cls, name)

    def then_die(*arguments: Any, **named: Any) -> None:
        kept(*arguments, **named)
        die()

    return lambda: setattr(cls, name, then_die)


POINTS: dict[str, Callable[[], None]] = {
    "before the job": lambda: setattr(Runner, "trigger", die) or setattr(Runner, "finish", die),  # type: ignore[func-returns-value]
    "before the store": lambda: setattr(WholeErasure, "begin", die),
    "after the store was told": dying_after(WholeErasure, "begin"),
    "before the journal": lambda: setattr(Eraser, "_wait_for_journal", die),
    "before it is forgotten": lambda: setattr(Accounts, "finish_erasure", die),
}


def send(engine: Engine, company_id: str, chatbot_id: str) -> None:
    events = [event | {"chatbot_id": chatbot_id} for event in THREAD]
    records = [record_of(each) for each in decode_json(json.dumps({"events": events}).encode()).events]
    engine.commits.submit(company_id, records).result()


def fill(engine: Engine) -> None:
    """All events are in the store, and again in the journal alone."""
    for company_id in ("one", "two"):
        engine.accounts.create_company(company_id, owner=company_id, plan="pro", company_id=company_id)
        for chatbot_id in ("bot", "shop"):
            engine.accounts.put_chatbot(company_id, chatbot_id)
            send(engine, company_id, chatbot_id)
    engine.commits.flush()
    for company_id in ("one", "two"):
        for chatbot_id in ("bot", "shop"):
            send(engine, company_id, chatbot_id)


def main(folder: Path, command: str, *points: str) -> None:
    accounts = Accounts.open(f"sqlite:///{folder}/accounts.db")
    engine = Engine(accounts, clickhouse_url=f"chdb://{folder}/events", journal_folder=folder / "journal")
    if command != "end":
        fill(engine)
        POINTS[points[0]]()
        if command == "chatbot":
            engine.deletions.chatbot("one", "bot")
        else:
            engine.deletions.company("one")
        engine.jobs.finish("erasure", 60)
        return
    done = engine.jobs.finish("erasure", 60)
    scopes = {each.id: engine.answers.scope(each, NOON) for each in accounts.companies()}
    found = {
        "done": done,
        "companies": {each: engine.answers.seed.overview(scope) for each, scope in scopes.items()},
        "equal": [engine.answers.verification.verify(scope)["equal"] for scope in scopes.values()],
        "rows": engine.store.maintain(
            "SELECT company_id, chatbot_id, count() FROM raw_events GROUP BY ALL ORDER BY ALL"
        ),
        "facts": engine.store.maintain(
            "SELECT DISTINCT company_id, chatbot_id FROM conversation_facts ORDER BY ALL"
        ),
        "left": [str(each) for each in accounts.erasures()],
    }
    engine.close()
    sys.stdout.write(json.dumps(found, default=list))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
