"""A server of which something hangs: `python -m tests.cli.hanging_server WHAT FOLDER`. Times are short."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from botlens.cli.main import app
from botlens.engine import Engine
from botlens.errors import BotlensError, OverloadedError
from botlens.serving import server, stopping
from botlens.store.pool import Connection
from botlens.tenants.accounts import Accounts


def close_hangs() -> None:
    """The engine never closes."""
    Engine.close = lambda _: time.sleep(600)  # type: ignore[method-assign]


def start_hangs() -> None:
    """The engine never opens; once it should, there is a file `opening`."""

    def opening(*_: object, **__: object) -> None:
        (Path(sys.argv[2]) / "opening").touch()
        time.sleep(600)

    Engine.__init__ = opening  # type: ignore[method-assign]


def interpreter_hangs() -> None:
    """From the signal on no thread of ours gets to run: only the system can end it."""
    stopping.Stopping._watch = lambda _: None  # type: ignore[method-assign]
    close_hangs()


def store_hangs() -> None:
    """Once there is a file `hang` in its folder, no call to the store ever comes back."""
    call = Connection.call

    def hang(self: Connection, work: Callable[..., object], seconds: float) -> object:
        return call(self, lambda _: time.sleep(600), 0.05)

    def begin() -> None:
        while not (Path(sys.argv[2]) / "hang").exists():
            time.sleep(0.01)
        Connection.call = hang  # type: ignore[assignment, method-assign]

    threading.Thread(target=begin, daemon=True).start()


def nobody_hears() -> None:
    """It cannot say where it listens; a thread of a library stays behind."""

    def refuse(*_: object) -> object:
        threading.Thread(target=time.sleep, args=(600,)).start()
        raise NotWritableError

    server.announced = refuse  # type: ignore[assignment]


class NotWritableError(BotlensError):
    """A reason of ours, which is told in a line."""

    def __init__(self) -> None:
        super().__init__("It cannot be written down where it serves.")


def accounts_fail() -> None:
    """The accounts do not answer who asks for all companies."""

    def refuse(*_: object, **__: object) -> object:
        raise OverloadedError("The accounts do not answer.")

    Accounts.companies = refuse  # type: ignore[assignment, method-assign]


# What ends by itself needs its time, on a busy machine too; the alarm is far off where it is not to strike.
stopping._PATIENCE, stopping._BACKSTOP = 1.0, 120.0
if {"nothing", "accounts"} & {*sys.argv}:
    stopping._PATIENCE = 100.0
if "nobody hears" in sys.argv:
    stopping._PATIENCE = 10.0
if "interpreter" in sys.argv:
    stopping._BACKSTOP = 2.0
if __name__ == "__main__":
    {
        "close": close_hangs,
        "start": start_hangs,
        "interpreter": interpreter_hangs,
        "store": store_hangs,
        "nobody hears": nobody_hears,
        "accounts": accounts_fail,
        "nothing": lambda: None,
    }[sys.argv[1]]()
    app(["serve", "--port", "0", "--data-dir", sys.argv[2]])
