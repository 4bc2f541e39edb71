"""What is logged by a test itself: other threads of its process log when they want to."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from structlog import DropEvent
from structlog.testing import capture_logs


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
