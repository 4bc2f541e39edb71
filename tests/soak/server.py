"""`botlens serve` in a process whose I/O fails when its parent says so.

python -m tests.soak.server FOLDER      serves it on a free port

Each line of stdin is JSON: the faults that hold from now on, in place of those before. When stdin ends, so
does the process, at once. The product knows nothing of this: what it calls is replaced before it starts.
"""

import errno
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

from botlens.cli.main import app
from botlens.commit.local import journal
from botlens.commit.room import pending
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError

ERRORS: dict[str, BaseException] = {
    "EIO": OSError(errno.EIO, "injected: the disk does not answer"),
    "ENOSPC": OSError(errno.ENOSPC, "injected: no space is left"),
    "EMFILE": OSError(errno.EMFILE, "injected: too many open files"),
    "StoreError": StoreError("injected: the store does not take it"),
    "MemoryError": MemoryError("injected"),
}

ORPHANED = 17
"""The exit code where nobody gives orders any more."""

OF_JOURNAL = ("open", "write", "fdatasync", "fsync", "ftruncate", "unlink", "rename")
OF_STORE = ("events", "facts", "erase", "rows", "blocks")
_OURS = (".journal", ".damaged", ".rebuild")


class Faults:
    """What fails now: by point, the chance, the error, whether before or after the call, and a delay."""

    def __init__(self, stdin: str) -> None:
        self._stdin = stdin
        self._plan: dict[str, dict[str, Any]] = {}
        self._chance = random.Random()

    def obey(self) -> None:
        """Take orders until there are no more."""
        for line in sys.stdin:
            plan = json.loads(line)
            self._chance.seed(plan.pop("seed", 0))
            self._plan = plan
        sys.stderr.write(
            f"no more orders: {self._stdin} ended, stdin is {Path('/proc/self/fd/0').readlink()}\n"
        )
        os._exit(ORPHANED)

    def around(self, point: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, which may be late or fail, before or after it has done its work."""

        def struck(*arguments: Any, **named: Any) -> Any:
            fault = self._plan.get(point)
            if fault is None or self._chance.random() >= fault["chance"]:
                return call(*arguments, **named)
            time.sleep(fault["delay"])
            if fault["error"] is None:
                return call(*arguments, **named)
            if fault["after"]:
                call(*arguments, **named)
            raise copy(ERRORS[fault["error"]])

        return struck


class _JournalsOwn:
    """The module `os` as the journal sees it."""

    def __init__(self, faults: Faults) -> None:
        for name in OF_JOURNAL:
            setattr(self, name, faults.around(name, self._opened if name == "open" else getattr(os, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    @staticmethod
    def _opened(*arguments: Any) -> int:
        return os.open(*arguments)


def strike(faults: Faults) -> None:
    """Put the faults around every I/O of the journal and of the flush."""
    setattr(journal, "os", _JournalsOwn(faults))  # noqa: B010 - a module in place of a module
    for name in ("unlink", "rename"):  # called by `pathlib`
        setattr(os, name, _of_our_files(getattr(os, name), faults.around(name, getattr(os, name))))
    setattr(pending, "insert_events", faults.around("events", pending.insert_events))  # noqa: B010
    setattr(pending, "insert_facts", faults.around("facts", pending.insert_facts))  # noqa: B010
    setattr(pending, "erase_conversations", faults.around("erase", pending.erase_conversations))  # noqa: B010
    for name in ("rows", "blocks"):
        setattr(ClickHouse, name, faults.around(name, getattr(ClickHouse, name)))


def _of_our_files(call: Callable[..., Any], struck: Callable[..., Any]) -> Callable[..., Any]:
    def either(path: Any, *arguments: Any, **named: Any) -> Any:
        chosen = struck if str(path).endswith(_OURS) else call
        return chosen(path, *arguments, **named)

    return either


def main(folder: str) -> None:
    given = Path("/proc/self/fd/0").readlink()
    faults = Faults(str(given))
    threading.Thread(target=faults.obey, name="orders", daemon=True).start()
    strike(faults)
    app(["serve", "--port", "0", "--data-dir", folder])


if __name__ == "__main__":
    main(sys.argv[1])
