"""Times as people's programs write them: ISO 8601 and RFC 3339, with an offset."""

import re
from datetime import UTC, date, datetime, timedelta

from botlens.moments import DAY, EPOCH, SECOND, days, instant

EARLIEST = EPOCH
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Events may be of `EARLIEST <= t < LATEST`."""

AHEAD = timedelta(days=1)
"""Events of more than this after now are of a clock that is wrong: less is what a wrong zone does."""

_EXTENDED = r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
_BASIC = r"(\d{4})(\d\d)(\d\d)[Tt ](\d\d)(?:(\d\d)(?:(\d\d)(?:[.,](\d+))?)?)?"
_OFFSET = r" ?(?:([Zz])|([-+\u2212])(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.\d{1,6})?)?)?)"
_ZONE = r"(?:\[[\w/+\-=]{1,64}\])?"  # Java and JavaScript name the zone behind the offset (RFC 9557)
_TIME = re.compile(f"(?:{_EXTENDED}|{_BASIC})(?:{_OFFSET}{_ZONE})?", re.ASCII)

_OUT_OF_RANGE = f"it must lie between {EARLIEST:%Y} and {LATEST:%Y}"
_NEEDS_OFFSET = "it has no offset: add one, like 2026-03-01T09:30:00+01:00 or ...Z"
NO_TIME = "send an ISO 8601 time with an offset or Z, like 2026-03-01T09:30:00+01:00"


class NoOffsetError(ValueError):
    """A time that could be any, for it has no offset."""


def moment_of(text: str) -> datetime:
    """The time of an event, in UTC.

    Raises:
        ValueError: it is none (see `instant_of`), or no event may be of it; the message says what to do.
    """
    try:
        moment = instant(instant_of(text))
    except OverflowError:
        raise ValueError(_OUT_OF_RANGE) from None
    if not EARLIEST <= moment < LATEST:
        raise ValueError(_OUT_OF_RANGE)
    return moment


def instant_of(text: str) -> int:
    """The instant that a text tells, in microseconds since 1970, UTC; what is finer is cut off.

    Taken is what the writers of common languages print: without seconds, or without minutes; `+0100` and
    `+01`; small `t` and `z`; a blank instead of T; a comma before the fraction; the basic format
    (`20260318T093000Z`); 24:00 as the end of a day; the leap second as the one that follows it.

    Raises:
        ValueError: it is none, or has no offset and so could be any; the message says what to do.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(NO_TIME)
    groups = found.groups()
    year, month, day, hour, minute, second, fraction = groups[:7] if groups[0] else groups[7:14]
    zulu, sign, *offset = groups[14:]
    if not zulu and not sign:
        raise NoOffsetError(_NEEDS_OFFSET)
    try:
        at_day = days(date(int(year), int(month), int(day)))
        of_day = _of_day(int(hour), int(minute or 0), int(second or 0), fraction or "")
        ahead = 0 if zulu else _ahead(sign, *(int(part or 0) for part in offset))
    except ValueError:
        raise ValueError(NO_TIME) from None
    found_at = at_day * DAY + of_day - ahead * SECOND
    if second == "60" and found_at % DAY:
        raise ValueError(NO_TIME)  # only the last minute of a day of UTC may have one more
    return found_at


def _of_day(hour: int, minute: int, second: int, fraction: str) -> int:
    """Microseconds since midnight."""
    microsecond = int(fraction[:6].ljust(6, "0"))
    is_end = hour == 24 and not (minute or second or microsecond)
    is_leap = second == 60 and minute % 15 == 14
    if not (hour < 24 or is_end) or minute > 59 or not (second < 60 or is_leap):
        raise ValueError
    return (hour * 3_600 + minute * 60 + second) * SECOND + (0 if is_leap else microsecond)


def _ahead(sign: str, hours: int, minutes: int, seconds: int) -> int:
    """Seconds."""
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError
    ahead = hours * 3_600 + minutes * 60 + seconds
    return ahead if sign == "+" else -ahead
