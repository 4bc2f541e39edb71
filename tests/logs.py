"""What is logged in the tests, and by a test itself: other threads of its process log when they want to."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from threading import get_ident
from typing import Any

import structlog
from structlog import DropEvent
from structlog.testing import capture_logs


def log_plainly() -> None:
    """As the product does it. What structlog does by itself costs seconds for each traceback.

    It shows the values of all variables of all frames, in colours; the engine of the tests is among them.
    """
    structlog.reset_defaults()
    *others, _renderer = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, plain])


@contextmanager
def capture_own_logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """As `capture_logs`, of this thread alone."""
    here = get_ident()

    def ours(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if get_ident() != here:
            raise DropEvent
        return event

    with capture_logs(processors=(ours,)) as logs:
        yield logs
