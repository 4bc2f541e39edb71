"""A node of the newer version in a process of its own, which takes a slot, and is killed at a step of that.

python -m tests.engine.definition_process ACCOUNTS SHARD COMPANY STEP
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from threading import Lock
from typing import Any

from botlens.database.single import SingleStatements
from botlens.store.connection import ClickHouse
from botlens.tenants.accounts import Accounts
from tests.engine.definitions import NEW, VersionNode


def die_at(step: int) -> None:
    """Let the process die before it asks PostgreSQL, or writes to the shard, for the so manieth time."""
    steps, lock = itertools.count(1), Lock()

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            with lock:
                if next(steps) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        return call

    ClickHouse.insert = counted(ClickHouse.insert)  # type: ignore[method-assign]
    SingleStatements.run = counted(SingleStatements.run)  # type: ignore[method-assign]


def main(accounts: str, shard: str, company_id: str, step: str) -> None:
    node = VersionNode(NEW, [shard], Accounts.open(accounts))
    node.look()
    die_at(int(step))
    node.take(company_id)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
