"""An engine over a store by URL, until its standard input ends.

python -m tests.engine.writer_process FOLDER URL
"""

import sys
from pathlib import Path

from botlens.engine import Engine
from botlens.tenants.accounts import Accounts


def main(folder: Path, url: str) -> None:
    folder.mkdir(exist_ok=True)
    accounts = Accounts.open(f"sqlite:///{folder}/accounts.db")
    with Engine(accounts, clickhouse_url=url, journal_folder=folder / "journal") as engine:
        assert not engine.health.problems()
        print("up", flush=True)  # noqa: T201
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
