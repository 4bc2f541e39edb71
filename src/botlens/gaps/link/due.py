"""When the questions of a company are looked at again: some came, somebody changed a gap, or it is night."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from botlens.metrics.calendar import start_of_day, zone_named
from botlens.tenants.values import Company

_SHARE: Final = 20
"""So many times as long as a look took, the next one of the company waits: it takes a twentieth of a core."""

_FIRST_PAUSE: Final = 10.0
_LONGEST_PAUSE: Final = 300.0
_NIGHT: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class CompanyLook:
    """A look at a company.

    Attributes:
        version: of its events, before it.
        ended: when, by a monotonic clock.
        took: how many seconds.
        now: what "now" was.
        failures: how many looks have failed in a row.
    """

    version: int
    ended: float
    took: float
    now: datetime
    failures: int = 0


class CompanyLooks:
    """The last looks at companies, and which of them somebody has changed a gap of since. For any thread."""

    def __init__(self) -> None:
        self._last: dict[str, CompanyLook] = {}
        self._edited: set[str] = set()

    def note(self, company_id: str, version: int, began: float, now: datetime, *, failed: bool) -> None:
        """Keep that a look, which began then by a monotonic clock, has ended."""
        ended, last = time.monotonic(), self._last.get(company_id)
        failures = 1 + (0 if last is None else last.failures) if failed else 0
        self._last[company_id] = CompanyLook(version, ended, ended - began, now, failures)

    def edit(self, company_id: str) -> None:
        """Somebody changed a gap, or what was to be looked at was not."""
        self._edited.add(company_id)

    def has(self, company_id: str) -> bool:
        """Whether this process has looked at a company before."""
        return company_id in self._last

    def take_edit(self, company_id: str) -> bool:
        """Whether somebody changed a gap since this was asked last."""
        was_edited = company_id in self._edited
        self._edited.discard(company_id)
        return was_edited

    def is_due(self, company: Company, version: int, now: datetime) -> bool:
        """Whether a company is to be looked at, whose events are of this version by now."""
        last = self._last.get(company.id)
        if last is None:
            return True
        waited = time.monotonic() - last.ended
        if waited < _SHARE * last.took:
            return False
        if last.failures:
            return bool(waited >= min(_FIRST_PAUSE * 2 ** min(last.failures - 1, 20), _LONGEST_PAUSE))
        return company.id in self._edited or version != last.version or night_between(company, last.now, now)


def night_between(company: Company, before: datetime, now: datetime) -> bool:
    """Whether it has been three in the morning, where the company is, since a time."""
    zone = zone_named(company.timezone)
    night = start_of_day(zone, now.astimezone(zone).date()) + _NIGHT
    return before < night <= now
