"""What is asked about gaps."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from botlens.errors import InvalidError
from botlens.gaps.life_cycle.values import GapState
from botlens.gaps.questions.signals import NAMES
from botlens.query.filters import suggestion
from botlens.query.period import DEFAULT

ORDERS: Final = ("impact", "sessions", "questions", "rising", "newest")
MOST: Final = 500
PAGE: Final = 50
_SHOWN_STATES: Final = tuple(each for each in GapState if each is not GapState.DISMISSED)
KEYS: Final = (
    "chatbot_id",
    "state",
    "signal",
    "language",
    "q",
    "order",
    "near",
    "period",
    "from",
    "to",
    "tz",
    "limit",
    "cursor",
)


@dataclass(frozen=True, slots=True)
class GapRequest:
    """Which gaps, in which period and order.

    Attributes:
        chatbot_id: of this one alone.
        states: that they are in.
        signal: that somebody got.
        language: that they are asked in.
        q: what their titles, phrases or questions have in them, in small letters.
        order: the name of one.
        near: the gap that the others are ordered by their nearness to, in place of `order`.
        period: a name, or two ends.
        tz: of its days.
        limit: of a page.
        cursor: where it goes on.
    """

    chatbot_id: str | None = None
    states: tuple[GapState, ...] = _SHOWN_STATES
    signal: str | None = None
    language: str | None = None
    q: str | None = None
    order: str = "impact"
    near: str | None = None
    period: str | Mapping[str, Any] = DEFAULT
    tz: str | None = None
    limit: int = PAGE
    cursor: str | None = None

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> "GapRequest":
        """From the parameters of a request; what is absent or None is as by default.

        Raises:
            InvalidError: one of them cannot be; the sentence says what to do.
        """
        said = {name: value for name, value in given.items() if value is not None}
        for name in said:
            if name not in KEYS:
                message = f"There is no `{name[:50]}` here: {suggestion(name, KEYS)}"
                raise InvalidError(message, code="unknown_parameter", field=name[:50])
        ends: dict[str, Any] = {name: said[name] for name in ("from", "to") if name in said}
        if ends and "period" in said:
            message = "Say `period`, or `from` and `to`."
            raise InvalidError(message, code="invalid_period", field="period")
        if "near" in said and "order" in said:
            message = "Say `order`, or `near`, which is an order of its own."
            raise InvalidError(message, code="invalid_parameter", field="near")
        signal, order = said.get("signal"), said.get("order", "impact")
        q = " ".join(str(said.get("q", "")).casefold().split())
        return cls(
            chatbot_id=said.get("chatbot_id"),
            states=_states(said["state"]) if "state" in said else _SHOWN_STATES,
            signal=None if signal is None else known_word(tuple(NAMES), signal, "signal"),
            language=said.get("language"),
            q=q or None,
            order=known_word(ORDERS, order, "order"),
            near=said.get("near"),
            period=ends or said.get("period", DEFAULT),
            tz=said.get("tz"),
            limit=_limit(said.get("limit", PAGE)),
            cursor=said.get("cursor"),
        )


def known_word(known: tuple[str, ...], given: Any, field: str) -> str:
    """A word, if it is one of these.

    Raises:
        InvalidError: it is not.
    """
    if given not in known:
        message = f"`{field}` is one of {', '.join(known)}."
        raise InvalidError(message, code="invalid_parameter", field=field)
    return str(given)


def _states(given: str) -> tuple[GapState, ...]:
    names = [each.strip() for each in str(given).split(",") if each.strip()]
    known = tuple(each.value for each in GapState)
    if not names:  # else it lists nothing, as if there were no gaps
        known_word(known, given, "state")
    return tuple(GapState(known_word(known, each, "state")) for each in names)


def _limit(given: Any) -> int:
    if not isinstance(given, int) or not 1 <= given <= MOST:
        message = f"`limit` is a number from 1 to {MOST}."
        raise InvalidError(message, code="invalid_parameter", field="limit")
    return given


GapPlace = tuple[float, str]
"""Where a gap stands in a list: its value in that order, and its id."""


def cursor_after(place: GapPlace, order: str) -> str:
    """The cursor of the page that begins after a place."""
    return urlsafe_b64encode(msgspec.json.encode([order, *place])).rstrip(b"=").decode()


def place_after(cursor: str, order: str) -> GapPlace:
    """The place that a page begins after.

    Raises:
        InvalidError: it is none, or one of another order.
    """
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        found, value, gap_id = msgspec.json.decode(raw, type=tuple[str, float, str])
    except (ValueError, msgspec.MsgspecError):
        found, value, gap_id = "", 0.0, ""
    if found != order:
        message = "The `cursor` is not one that this list gave: ask for the first page, without one."
        raise InvalidError(message, code="invalid_cursor", field="cursor")
    return value, gap_id
