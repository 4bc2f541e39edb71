"""A server of which something hangs: `python -m tests.cli.hanging_server WHAT FOLDER`. Times are short."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from botlens.cli.main import app
from botlens.engine import Engine
from botlens.serving import stopping
from botlens.store.pool import Connection


def close_hangs() -> None:
    """The engine never closes."""
    Engine.close = lambda _: time.sleep(600)  # type: ignore[method-assign]


def start_hangs() -> None:
    """The engine never opens."""
    Engine.__init__ = lambda *_, **__: time.sleep(600)  # type: ignore[method-assign]


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


# What ends by itself needs its time, on a busy machine too.
stopping._PATIENCE, stopping._BACKSTOP = (40.0, 50.0) if "nothing" in sys.argv else (1.0, 2.0)
if __name__ == "__main__":
    {
        "close": close_hangs,
        "start": start_hangs,
        "interpreter": interpreter_hangs,
        "store": store_hangs,
        "nothing": lambda: None,
    }[sys.argv[1]]()
    app(["serve", "--port", "0", "--data-dir", sys.argv[2]])
