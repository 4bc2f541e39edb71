"""What a field of an account may hold. Each check gives the value back, or says what is wrong with it."""

import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from botlens.errors import InvalidError
from botlens.identifiers import RULE, has_control_character
from botlens.tenants.rights import SCOPES
from botlens.tenants.values import UNSET
from botlens.zones import zone_names

ID_LENGTH: Final = 128
NAME_LENGTH: Final = 200
LONGEST_RETENTION: Final = 36_500
LEAST_GAP_LIMIT: Final = 0.01
MOST_GAP_LIMIT: Final = 0.9
HIGHEST_FLOOR: Final = 1_000
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
CHATBOT_DEFAULTS: Final[dict[str, Any]] = {
    "name": None,
    "is_published": True,
    "confidence_threshold": 0.2,
    "timezone": None,
    "average_rating": None,
}


def storable(value: object) -> bool:
    """Whether both databases can hold this text: PostgreSQL takes no NUL, and UTF-8 no lone surrogate."""
    return isinstance(value, str) and not _UNSTORABLE.search(value)


def identifier(value: object, field: str) -> str:
    """An id of 1..128 characters, none of them a control character."""
    if isinstance(value, str) and _is_id(value):
        return value
    raise InvalidError(f"'{field}' cannot be that: {RULE}.", code="invalid_id", field=field)


def _is_id(text: str) -> bool:
    return storable(text) and 1 <= len(text) <= ID_LENGTH and not has_control_character(text)


def user(value: object, field: str) -> str:
    """A user as a token names it in `sub`: not blank, at most 200 characters."""
    return _text(value, field, "Give the user as the `sub` of its tokens")


def title(value: object, field: str = "name") -> str:
    """A name for people: not blank, at most 200 characters."""
    return _text(value, field, "Give it a name")


def label(value: object, field: str = "name") -> str:
    """A name for people that may be empty, at most 200 characters."""
    if not isinstance(value, str) or not storable(value) or len(value) > NAME_LENGTH:
        raise InvalidError(
            f"'{field}' must be a text of at most {NAME_LENGTH} characters without NUL.", field=field
        )
    return value


def _text(value: object, field: str, advice: str) -> str:
    text = label(value, field)
    if not text.strip():
        raise InvalidError(f"'{field}' must not be blank. {advice}.", field=field)
    return text


def timezone(value: object, field: str = "timezone") -> str:
    """The name of an IANA time zone."""
    if not isinstance(value, str) or value not in zone_names():
        message = f"{value!r} is not an IANA time zone. Write it like 'Europe/Berlin' or 'UTC'."
        raise InvalidError(message, field=field)
    return value


def retention_days(value: object) -> int | None:
    """Whole days, at least one; None keeps everything."""
    if value is None or (type(value) is int and 1 <= value <= LONGEST_RETENTION):
        return value
    message = f"'retention_days' must be a whole number from 1 to {LONGEST_RETENTION}, or off."
    raise InvalidError(message, field="retention_days")


def gap_limit(value: object) -> float:
    """A share of sessions that leaves room on both sides."""
    limit = _number(value, "gap_limit", 1)
    if not LEAST_GAP_LIMIT <= limit <= MOST_GAP_LIMIT:
        message = f"'gap_limit' must be a number from {LEAST_GAP_LIMIT} to {MOST_GAP_LIMIT}."
        raise InvalidError(message, field="gap_limit")
    return limit


def question_floor(value: object) -> int:
    """Whole sessions, at least one."""
    if type(value) is int and 1 <= value <= HIGHEST_FLOOR:
        return value
    raise InvalidError(
        f"'question_floor' must be a whole number from 1 to {HIGHEST_FLOOR}.", field="question_floor"
    )


def scopes(values: Iterable[str]) -> frozenset[str]:
    """At least one known scope."""
    # A single text is an iterable of its letters; nobody means that.
    chosen = frozenset([values] if isinstance(values, str) else values)
    unknown = sorted(str(scope) for scope in chosen if scope not in SCOPES)
    if unknown or not chosen:
        wrong = f"There is no scope {unknown[0]!r}" if unknown else "A key needs at least one scope"
        raise InvalidError(f"{wrong}. Choose from {', '.join(SCOPES)}.", field="scopes")
    return chosen


def company_changes(fields: dict[str, Any]) -> dict[str, Any]:
    """Those settings of a company that are set, checked."""
    return {field: _COMPANY_CHECKS[field](value) for field, value in fields.items() if value is not UNSET}


_COMPANY_CHECKS: Final[dict[str, Callable[[object], object]]] = {
    "name": title,
    "timezone": timezone,
    "retention_days": retention_days,
    "gap_limit": gap_limit,
    "question_floor": question_floor,
}


def chatbot_changes(fields: dict[str, Any]) -> dict[str, Any]:
    """Those fields of a chatbot that are set, checked."""
    return {field: _CHATBOT_CHECKS[field](value) for field, value in fields.items() if value is not UNSET}


def _chatbot_name(value: object) -> str | None:
    return None if value is None else label(value)


def _is_published(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidError("'is_published' must be true or false.", field="is_published")
    return value


def _confidence_threshold(value: object) -> float:
    return _number(value, "confidence_threshold", 1)


def _chatbot_timezone(value: object) -> str | None:
    return None if value is None else timezone(value)


def _average_rating(value: object) -> float | None:
    return None if value is None else _number(value, "average_rating", 5)


def _number(value: object, field: str, most: int) -> float:
    # NaN and the infinities are floats too, and would spoil every number computed from them.
    right = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not right or not 0 <= value <= most:  # type: ignore[operator]
        raise InvalidError(f"'{field}' must be a number from 0 to {most}.", field=field)
    return float(value)  # type: ignore[arg-type]


_CHATBOT_CHECKS: Final = {
    "name": _chatbot_name,
    "is_published": _is_published,
    "confidence_threshold": _confidence_threshold,
    "timezone": _chatbot_timezone,
    "average_rating": _average_rating,
}
