"""What the fields of an embed link may hold."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from botlens.errors import InvalidError
from botlens.tenants import fields
from botlens.tenants.addresses import origin
from botlens.tenants.embed_link import LANGUAGES, PARTS, THEMES
from botlens.tenants.values import UNSET

MOST_ORIGINS: Final = 20
MOST_FILTER_BYTES: Final = 16_384
LONGEST_HISTORY: Final = 36_500

_ACCENT: Final = re.compile(r"#[0-9a-f]{6}")


def checked(given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Those values of a link that are given, as they are stored.

    Raises:
        InvalidError: a value cannot be right; `field` names it.
    """
    values = {name: _CHECKS[name](value) for name, value in given.items() if value is not UNSET}
    expires_at = values.get("expires_at")
    if expires_at is not None and expires_at <= now:
        raise InvalidError("'expires_at' is over already.", field="expires_at")
    if "conversations" in values["parts"] and not values["transcripts"]:
        message = "The part `conversations` shows what was said: set 'transcripts' to true, or leave it out."
        raise InvalidError(message, field="parts")
    first, last = values["first_day"], values["last_day"]
    if first is not None and last is not None and first > last:
        raise InvalidError("'first_day' must not be after 'last_day'.", field="first_day")
    return values


def _name(value: object) -> str:
    return fields.title(value).strip()


def _parts(value: object) -> tuple[str, ...]:
    said = _texts(value, "parts")
    unknown = next((each for each in said if each not in PARTS), None)
    if unknown is not None or not said:
        wrong = "Name at least one part" if unknown is None else f"There is no part {unknown[:50]!r}"
        raise InvalidError(f"{wrong} of the page: {', '.join(PARTS)}.", field="parts")
    return tuple(each for each in PARTS if each in said)


def _filters(value: object) -> str:
    # What they mean is for whoever can ask with them: see `embedding`.
    if not isinstance(value, str) or len(value.encode("utf-8", "surrogatepass")) > MOST_FILTER_BYTES:
        raise InvalidError(f"'filters' may have {MOST_FILTER_BYTES:,} bytes.", field="filters")
    if not fields.storable(value):
        raise InvalidError("'filters' must be texts in UTF-8 without NUL.", field="filters")
    return value


def _day(field: str) -> Any:
    def check(value: object) -> date | None:
        if value is None or type(value) is date:
            return value
        raise InvalidError(f"'{field}' must be a day, like 2026-03-01.", field=field)

    return check


def _history(value: object) -> int | None:
    if value is None or (type(value) is int and 0 <= value <= LONGEST_HISTORY):
        return value
    message = f"'history_days' must be a whole number from 0 to {LONGEST_HISTORY:,}, or null."
    raise InvalidError(message, field="history_days")


def _one_of(field: str, known: tuple[str, ...], *, nullable: bool) -> Any:
    def check(value: object) -> str | None:
        if (value is None and nullable) or (isinstance(value, str) and value in known):
            return value
        raise InvalidError(f"'{field}' must be one of {', '.join(known)}.", field=field)

    return check


def _accent(value: object) -> str | None:
    if value is None:
        return None
    colour = value.lower() if isinstance(value, str) else ""
    if not _ACCENT.fullmatch(colour):
        raise InvalidError("'accent' must be a colour like #006dd6.", field="accent")
    return colour


def _origins(value: object) -> tuple[str, ...]:
    said = _texts(value, "origins")
    if len(said) > MOST_ORIGINS:
        raise InvalidError(f"There may be {MOST_ORIGINS} origins.", field="origins")
    return tuple(dict.fromkeys(origin(each) for each in said))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidError("'transcripts' must be true or false.", field="transcripts")
    return value


def _moment(value: object) -> datetime | None:
    if value is None or (isinstance(value, datetime) and value.tzinfo is not None):
        return value
    message = "'expires_at' must be a time with an offset, like 2026-03-01T00:00:00+01:00, or null."
    raise InvalidError(message, field="expires_at")


def _texts(value: object, field: str) -> list[str]:
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return list(value)
    raise InvalidError(f"'{field}' must be a list of texts.", field=field)


_CHECKS: Final[Mapping[str, Any]] = {
    "name": _name,
    "parts": _parts,
    "filters": _filters,
    "first_day": _day("first_day"),
    "last_day": _day("last_day"),
    "history_days": _history,
    "theme": _one_of("theme", THEMES, nullable=False),
    "accent": _accent,
    "language": _one_of("language", LANGUAGES, nullable=True),
    "origins": _origins,
    "transcripts": _flag,
    "expires_at": _moment,
}
