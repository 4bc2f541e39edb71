"""The end of a server: when it is asked to stop, or cannot go on; and that it ends in time whatever hangs.

What was acknowledged is in the journal, so nothing is lost by an end that does not wait.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread
from types import FrameType
from typing import Final

import structlog
import uvicorn

log = structlog.get_logger(__name__)

RESTART: Final = 75
"""The exit code of a process that must be started anew (EX_TEMPFAIL)."""

_PATIENCE = 24.0
_BACKSTOP = 28.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """What SIGINT and SIGTERM do: end the start, stop the server, and leave the closing alone.

    Attributes:
        server: what is stopped, once it runs.
        asked: whether the process is to end.
        code: what to exit with after a server that was stopped.
    """

    def __init__(self) -> None:
        self.server: uvicorn.Server | None = None
        self.asked = False
        self.code = 0
        self._ends = False
        self._begun: SimpleQueue[None] = SimpleQueue()
        Thread(target=self._watch, name="botlens-stop", daemon=True).start()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        self.begin()
        if self.server is not None:
            self.server.handle_exit(number, frame)
        elif not self.asked:
            self.asked = True
            raise SystemExit(self.code or 128 + number)
        self.asked = True

    def give_up(self) -> None:
        """End the process for a restart, from any thread: it cannot do its work any more."""
        log.error("restart_needed", exit_code=RESTART)
        self.code = RESTART
        self.begin()
        os.kill(os.getpid(), signal.SIGTERM)

    def begin(self) -> None:
        """See to it that the process ends in time, whatever keeps it: it is ending."""
        if self._ends:
            return
        self._ends = True
        # A queue of this kind may be used in a handler of signals, whatever it has interrupted.
        self._begun.put(None)
        # If not even our own thread gets to run, the system ends the process.
        signal.setitimer(signal.ITIMER_REAL, _BACKSTOP)

    def _watch(self) -> None:
        """End the process when closing takes too long."""
        self._begun.get()
        time.sleep(_PATIENCE)
        log.critical("stop_took_too_long", seconds=_PATIENCE, threads=_what_threads_do())
        os._exit(self.code or 1)


@contextmanager
def stopping() -> Iterator[Stopping]:
    """Handle the signals that ask a process to stop, for as long as the block lasts."""
    handler = Stopping()
    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield handler
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _what_threads_do() -> dict[str, str]:
    """The innermost places of each thread, for whoever must find out what hung."""
    return {
        str(ident): " < ".join(
            f"{each.name} ({each.filename}:{each.lineno})"
            for each in reversed(traceback.extract_stack(frame)[-4:])
        )
        for ident, frame in sys._current_frames().items()  # noqa: SLF001 - there is no other way
    }
