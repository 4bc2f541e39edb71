"""The window of a request: which conversations, by when they started."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from botlens.errors import InvalidError
from botlens.events.times import EARLIEST, LATEST, NoOffsetError, instant_of
from botlens.metrics.calendar import start_of_day
from botlens.moments import DAY, EPOCH_DAY, SECOND, instant, microseconds

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EARLIEST, _LATEST = -(2**62), 2**62
_FIRST, _LAST = microseconds(EARLIEST), microseconds(LATEST)
_BLANK_OF_OFFSET = re.compile(r"(?<=[\d.]) (?=\d\d(:?\d\d)?$)", re.ASCII)


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
        Both are clipped to the times that events may have: programs write "open" as the year 1 or 9999.

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
        return window.clipped()

    @classmethod
    def of_days(cls, first: int, last: int, zone: ZoneInfo) -> "Window":
        """The window of local days, the last included, given as ordinals (see `date.toordinal`).

        They may lie outside of the calendar; what no event can be of is clipped.
        """
        return cls(_start_of(first, zone), _start_of(last + 1, zone)).clipped()

    @staticmethod
    def local(moment: int, zone: ZoneInfo) -> datetime:
        """What a local clock shows at a moment."""
        return instant(moment).astimezone(zone)

    @staticmethod
    def moment_at(ordinal: int, local: datetime, zone: ZoneInfo) -> int:
        """When the clock of a local day, told as an ordinal, shows the same as another local time.

        Of a time that it shows twice, the same of the two, and the first if the other was shown once. Of a
        time that it skips, the moment that is as long after midnight as the other would be.
        """
        if not _is_near(ordinal):
            return (ordinal - EPOCH_DAY) * DAY + _of_day(local)
        clock = datetime.combine(date.fromordinal(ordinal), local.time(), zone)
        first, second = (microseconds(clock.replace(fold=fold)) for fold in (0, 1))
        return second if local.fold and second > first else first

    def clipped(self) -> "Window":
        """The part of it that events may be of; a side that is open stays so."""
        return Window(_clipped(self.start), _clipped(self.end))


def _clipped(moment: int | None) -> int | None:
    return None if moment is None else min(max(moment, _FIRST), _LAST)


def _start_of(ordinal: int, zone: ZoneInfo) -> int:
    """The first instant of a local day; far from all events it need not be exact, but is in order."""
    if not _is_near(ordinal):
        return (ordinal - EPOCH_DAY) * DAY
    return microseconds(start_of_day(zone, date.fromordinal(ordinal)))


def _is_near(ordinal: int) -> bool:
    """Whether events can be of the local day, wherever that is."""
    return _FIRST - 3 * DAY <= (ordinal - EPOCH_DAY) * DAY <= _LAST + 3 * DAY


def _of_day(local: datetime) -> int:
    return (((local.hour * 60) + local.minute) * 60 + local.second) * SECOND + local.microsecond


def _as_day(moment: int) -> int:
    return min(max(moment // DAY, -(2**31)), 2**31 - 1)


def _is_date(text: str | None) -> bool:
    return text is not None and _DATE.fullmatch(text) is not None


def _instant(text: str, name: str, zone: ZoneInfo, *, days: int) -> int:
    try:
        if _is_date(text):
            return _start_of(date.fromisoformat(text).toordinal() + days, zone)
        return instant_of(_with_plus(text))
    except NoOffsetError:
        what = "is a time without an offset: add one (2026-03-01T09:30:00+01:00) or send a date"
    except ValueError:
        what = "is not a date or a time: send 2026-03-01 or 2026-03-01T09:30:00+01:00"
    raise InvalidError(f"`{name}` {what}.", code="invalid_time", field=name)


def _with_plus(text: str) -> str:
    """A "+" that came unescaped through a query string is a blank by now."""
    has_time = "T" in text.upper() or text.count(" ") > 1
    return _BLANK_OF_OFFSET.sub("+", text) if has_time else text
