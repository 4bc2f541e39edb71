"""The clock on the wall: the one place that reads it.

Entry points (an app, a command, the accounts that are opened) hand a `Clock` on; everything else is told the
time. So the same question about the same moment has the same answer, in a test as in a year.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the time, aware."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
