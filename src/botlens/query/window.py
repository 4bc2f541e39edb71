"""The window of a request: which conversations, by when they started."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from botlens.errors import InvalidError
from botlens.events.record import microseconds
from botlens.metrics.calendar import start_of_day
from botlens.metrics.facts import DAY

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_EARLIEST, _LATEST = -(2**62), 2**62


@dataclass(frozen=True, slots=True)
class Window:
    """Conversations that started in `start <= t < end`, microseconds since 1970, UTC; None is open."""

    start: int | None = None
    end: int | None = None

    def bounds(self) -> tuple[int, int]:
        """Both ends as numbers."""
        return (
            _EARLIEST if self.start is None else self.start,
            _LATEST if self.end is None else self.end,
        )

    def condition(self, name: str = "") -> tuple[str, dict[str, int]]:
        """SQL, true of facts that started in the window, and its parameters: reads the days of it alone.

        Args:
            name: put before the names of the parameters, where a statement has several windows.
        """
        days, of_days = self.days(name)
        moments, of_moments = self.moments(name)
        return f"{days} AND {moments}", of_days | of_moments

    def days(self, name: str = "") -> tuple[str, dict[str, int]]:
        """The same for the UTC days that the window touches, as a whole."""
        parts: list[str] = []
        parameters: dict[str, int] = {}
        if self.start is not None:
            parts.append(f"day >= {{{name}first_day:Int32}}")
            parameters[f"{name}first_day"] = _as_day(self.start)
        if self.end is not None:
            parts.append(f"day <= {{{name}last_day:Int32}}")
            parameters[f"{name}last_day"] = _as_day(self.end - 1)
        return " AND ".join(parts) or "1", parameters

    def moments(self, name: str = "") -> tuple[str, dict[str, int]]:
        """The same for the moments alone, where the days have been seen to."""
        parts: list[str] = []
        parameters: dict[str, int] = {}
        if self.start is not None:
            parts.append(f"toUnixTimestamp64Micro(started_at) >= {{{name}start:Int64}}")
            parameters[f"{name}start"] = self.start
        if self.end is not None:
            parts.append(f"toUnixTimestamp64Micro(started_at) < {{{name}end:Int64}}")
            parameters[f"{name}end"] = self.end
        return " AND ".join(parts) or "1", parameters

    def is_open(self) -> bool:
        """Whether it is all time."""
        return self.start is None and self.end is None

    @classmethod
    def parse(cls, start: str | None, end: str | None, zone: ZoneInfo) -> "Window":
        """The window of the parameters `from` and `to`.

        A date is a local day of `zone`, and `to` includes it; a time is an instant, and `to` ends before it.

        Raises:
            InvalidError: one of them is neither, a time has no offset, or `from` is after `to`.
        """
        window = cls(
            None if start is None else _instant(start, "from", zone, days=0),
            None if end is None else _instant(end, "to", zone, days=1),
        )
        low, high = window.bounds()
        # Dates that are the wrong way round by one day give an empty window, since `to` is included.
        if low > high or (low == high and _is_date(start) and _is_date(end)):
            raise InvalidError("`from` is after `to`: swap them.", code="invalid_period", field="from")
        return window


def _as_day(moment: int) -> int:
    return min(max(moment // DAY, -(2**31)), 2**31 - 1)


def _is_date(text: str | None) -> bool:
    return text is not None and _DATE.fullmatch(text) is not None


def _instant(text: str, name: str, zone: ZoneInfo, *, days: int) -> int:
    try:
        if _is_date(text):
            return microseconds(start_of_day(zone, date.fromisoformat(text) + timedelta(days=days)))
        # A "+" that came unescaped through a query string is a blank by now.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except (ValueError, OverflowError):
        raise InvalidError(
            f"`{name}` is not a date or a time: send 2026-03-01 or 2026-03-01T09:30:00+01:00.",
            code="invalid_time",
            field=name,
        ) from None
    if moment.tzinfo is None:
        raise InvalidError(
            f"`{name}` is a time without an offset: add one (2026-03-01T09:30:00+01:00) or send a date.",
            code="invalid_time",
            field=name,
        )
    return microseconds(moment)
