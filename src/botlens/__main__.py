"""`botlens` and `python -m botlens`: the commands, and nothing that a Ctrl+C could turn into a traceback."""

import _thread
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

INTERRUPTED = 130
"""The exit code of a command that was stopped by Ctrl+C, as shells have it."""


_MOMENT = 0.005
"""Seconds."""


class _Interruption:
    """Ctrl+C as Python has it, remembered: what it meets on its way may turn it into another exception."""

    def __init__(self) -> None:
        self.came = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        raise KeyboardInterrupt


def main() -> None:
    """Run a command and exit with its code."""
    interruption = _Interruption()
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not in a script's background
    if listens:
        signal.signal(signal.SIGINT, interruption)
    sys.unraisablehook = _again_where_it_was_lost
    try:  # what follows takes a moment, in which Ctrl+C may come
        from botlens.cli.loading import load_lightly

        load_lightly()
        from botlens.cli.arguments import hide_passwords

        hide_passwords()
        from botlens.cli.main import app

        app(prog_name="botlens")
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        if not interruption.came or (isinstance(error, SystemExit) and not error.code):
            raise
        _leave_at_once()
    finally:
        # What is left to do is the interpreter's own, which would show a traceback if it was interrupted.
        if listens:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _leave_at_once() -> NoReturn:
    """End this process without the end of the interpreter.

    All that was open is closed by now. The store's own threads may be in the middle of something, though, and
    a library half loaded: to take such things apart may crash, or never end.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # another Ctrl+C ends it even now, without a traceback
    for each in (sys.stdout, sys.stderr):
        with suppress(Exception):  # nobody reads it any more, or it was closed
            each.flush()
    os._exit(INTERRUPTED)


def _again_where_it_was_lost(lost: Any) -> None:
    """Ctrl+C that came where no exception can be raised comes again, once this is over."""
    if isinstance(lost.exc_value, KeyboardInterrupt):
        again = threading.Timer(_MOMENT, _thread.interrupt_main)
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(lost)


if __name__ == "__main__":
    main()
