"""Instants and days as numbers, and instants as text: the one place.

Inside, an instant is microseconds since 1970 in UTC, and a day is days since 1970. In answers, an instant is
RFC 3339 in UTC with six digits after the second, so that texts are in the order of time.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, overload

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000
"""Microseconds of a second."""

DAY: Final = 86_400 * SECOND
"""Microseconds of a day."""


class _TextInAnswers:
    """Has OpenAPI describe a field as the text that `iso` makes of it."""

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"type": "string"}


Moment = Annotated[int, _TextInAnswers()]
"""Microseconds since 1970 in UTC; a text (`iso`) in answers."""

_EPOCH_WITHOUT_ZONE = datetime(1970, 1, 1)  # noqa: DTZ001 - as text twice as fast; what is written is UTC


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 in UTC of an aware time, exactly (no float on the way)."""
    return (moment - EPOCH) // MICROSECOND


def instant(at: int) -> datetime:
    """The aware time, in UTC, of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=at)


@overload
def iso(at: int) -> str: ...
@overload
def iso(at: int | None) -> str | None: ...
def iso(at: int | None) -> str | None:
    """An instant as answers have it: `2026-03-18T09:30:00.000000Z`; None stays None."""
    if at is None:
        return None
    return (_EPOCH_WITHOUT_ZONE + timedelta(microseconds=at)).isoformat(timespec="microseconds") + "Z"


def iso_of(moment: datetime | None) -> str | None:
    """The same of an aware time."""
    return iso(None if moment is None else microseconds(moment))


def days(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - EPOCH_DAY


def day(days: int) -> date:
    """The date of days since 1970."""
    return date.fromordinal(EPOCH_DAY + days)
