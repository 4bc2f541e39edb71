"""Makes a data folder as the botlens of this interpreter lays it out: so `058c516.tar.xz` and others were.

In a checkout of the version: `python make.py FOLDER/data events.json FOLDER/answers.json`, then
`tar -C FOLDER -cJf VERSION.tar.xz data answers.json`. It ends as after a kill: half of it is in the journal.
Versions before decision 0025 were asked in another way: the history of this file has it.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botlens.engine import Engine
from botlens.events.decode import decode_json
from botlens.events.record import deletion_of, record_of
from botlens.tenants.accounts import Accounts

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


def main(folder: Path, events: Path, answers: Path) -> None:
    """Make it, and write down what it answers."""
    os.umask(0o077)
    folder.mkdir()
    given = json.loads(events.read_text())
    accounts = Accounts.open(f"sqlite:///{folder}/accounts.db")
    company = accounts.create_company("Layout", owner="owner", plan="enterprise", company_id="c_layout")
    accounts.put_chatbot(company.id, "bot", name="Bot")
    accounts.put_chatbot(company.id, "shop", name="Shop", confidence_threshold=0.5)
    engine = Engine(accounts, clickhouse_url=f"chdb://{folder}/events", journal_folder=folder / "journal")

    def send(events: list[dict[str, Any]], *more: Any) -> None:
        decoded = decode_json(json.dumps({"events": events}).encode())
        engine.commits.submit(company.id, [*map(record_of, decoded.events), *more]).result()

    send(given["stored"])
    engine.commits.flush()
    send([], deletion_of("bot", "to-delete", NOON))
    engine.commits.flush()
    time.sleep(2)  # the store erases in the background
    send(given["pending"])
    seed, scope = engine.answers.seed, engine.answers.scope(company, NOON)
    found = {
        "overview": seed.overview(scope),
        "chatbot": seed.chatbot(scope, "bot"),
        "shop": seed.chatbot(scope, "shop"),
        "gaps": seed.gaps(scope, "bot"),
    }
    answers.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    os._exit(0)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
