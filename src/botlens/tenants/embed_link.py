"""An embed link: what a page in somebody else's product may show of one chatbot, and what it may hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from botlens.errors import InvalidError
from botlens.tenants import fields
from botlens.tenants.addresses import origin
from botlens.tenants.plans import COMPARE, CONVERSATIONS, QUERY
from botlens.tenants.values import UNSET

PARTS: Final = (
    *("cards", "chart", "questions", "unanswered", "hours", "languages", "channels", "outcomes"),
    *("depth", "drop_off", "retention", "ratings", "conversations"),
)
"""What of a bot's page a link may show. `conversations` needs transcripts."""

THEMES: Final = ("system", "light", "dark")
LANGUAGES: Final = ("en", "de")
MOST_ORIGINS: Final = 20
MOST_FILTER_BYTES: Final = 16_384
LONGEST_HISTORY: Final = 36_500

_ACCENT: Final = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class EmbedLink:
    """A link. It is plain and hashable, so that what it lets see can be part of a scope.

    Attributes:
        id: public; the page is `/embed/{id}`.
        company_id: whose.
        chatbot_id: the one chatbot that it is about.
        name: for people.
        parts: of the page, in its order; of `PARTS`.
        filters: JSON; the filters that are true of all that is read by it, as in a query.
        first_day: the first local day that may be asked about; None does not bound.
        last_day: the last one.
        history_days: how many local days before today may be asked about; None does not bound.
        theme: of `THEMES`.
        accent: a colour, `#rrggbb`; None is the page's own.
        language: of `LANGUAGES`; None is the browser's.
        origins: whose pages may frame it.
        transcripts: whether conversations may be listed and read.
        expires_at: when it ends; None: when it is revoked.
        revoked_at: when it was.
        who: made it, as `Caller.who`.
        created_at: when.
    """

    id: str
    company_id: str
    chatbot_id: str
    name: str
    parts: tuple[str, ...]
    filters: str
    first_day: date | None
    last_day: date | None
    history_days: int | None
    theme: str
    accent: str | None
    language: str | None
    origins: tuple[str, ...]
    transcripts: bool
    expires_at: datetime | None
    revoked_at: datetime | None
    who: str
    created_at: datetime

    @property
    def features(self) -> frozenset[str]:
        """What whoever reads by it may use, if the plan of the company includes it."""
        return frozenset({QUERY, COMPARE, CONVERSATIONS} if self.transcripts else {QUERY, COMPARE})

    @property
    def shows_questions(self) -> bool:
        """Whether texts that visitors wrote may be read by it."""
        return self.transcripts or not {"questions", "unanswered"}.isdisjoint(self.parts)

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= now


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
