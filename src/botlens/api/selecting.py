"""What a GET says of which conversations it is about, as the request that a query would have as JSON."""

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Request

from botlens.errors import InvalidError
from botlens.metrics.calendar import zone_named
from botlens.metrics.fields import FIELDS
from botlens.metrics.values import BETWEEN, Type
from botlens.query.filters import suggestion

Selecting = Callable[..., Coroutine[Any, Any, dict[str, Any]]]
"""A FastAPI dependency that gives the keys of a request: those that were said, and no others."""

_NAMES = ("chatbots", "period", "from", "to", "tz", "filters", "filter", "resolution_hours")

_NUMBER = re.compile(r"-?[0-9]{1,18}")

_CHATBOTS = (
    "Chatbot ids, with commas between them, or again for each; all of the company if absent. Ids that hold "
    'commas: as JSON, ["a,b"].'
)
_PERIOD = (
    "today, yesterday, week, last_week, month, last_month, quarter, ytd, all, or Nd (the last N local days) "
    "or Nmo (N calendar months); 30d if absent."
)
_FROM = "Instead of `period`: first local day (2026-03-01) or instant (with an offset)."
_TO = "Instead of `period`: last local day, included, or the instant before which the window ends."
_TZ = "IANA zone of the days; the chatbot's own if one is asked for and has one, else the company's."
_FILTERS = "JSON, as in a query."
_FILTER = (
    "field:op:value, for example `rating:between:4,5` or `language:is:de,en`; again for more, all of which "
    "must be true."
)
_RESOLUTION = "After how many hours without a return a resolution is assumed; 72 if absent."


def selecting(*own: str) -> Selecting:
    """The dependency of a route with these parameters of its own.

    A parameter that is not known is refused: a slip in `chatbots` must not mean those of all chatbots.
    """
    known = (*_NAMES, *own)

    async def only_known(request: Request) -> None:
        for name in request.query_params:
            if name not in known:
                raise InvalidError(
                    f"There is no parameter `{name[:50]}`: {suggestion(name, known)}",
                    code="unknown_parameter",
                    field=name[:50],
                )

    async def select(
        _: Annotated[None, Depends(only_known)],
        chatbots: Annotated[list[str] | None, Query(description=_CHATBOTS)] = None,
        period: Annotated[str | None, Query(description=_PERIOD)] = None,
        start: Annotated[str | None, Query(alias="from", description=_FROM)] = None,
        end: Annotated[str | None, Query(alias="to", description=_TO)] = None,
        tz: Annotated[str | None, Query(description=_TZ)] = None,
        filters: Annotated[str | None, Query(description=_FILTERS)] = None,
        each_filter: Annotated[list[str] | None, Query(alias="filter", description=_FILTER)] = None,
        resolution_hours: Annotated[int | None, Query(description=_RESOLUTION)] = None,
    ) -> dict[str, Any]:
        if tz:
            zone_named(tz)  # here, so that an error names the parameter
        said = {
            "chatbots": _chatbots(chatbots or []),
            "period": _period(period, start, end),
            "timezone": tz,
            "filters": _filters(filters, each_filter or []),
            "resolution_hours": resolution_hours,
        }
        return {name: value for name, value in said.items() if value not in (None, "")}

    return select


def _chatbots(said: list[str]) -> list[str] | None:
    found: list[str] = []
    as_json = False
    for each in said:
        if each.startswith("["):
            as_json = True
            names = _json(each, "chatbots")
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise InvalidError(
                    "`chatbots` as JSON is a list of ids.", code="invalid_parameter", field="chatbots"
                )
            found += names
        else:
            found += [name for name in each.split(",") if name]
    return list(dict.fromkeys(found)) if found or as_json else None


def _period(period: str | None, start: str | None, end: str | None) -> str | dict[str, str] | None:
    if not start and not end:
        return period
    if period:
        raise InvalidError(
            "Say `period`, or `from` and `to`, not both.", code="invalid_period", field="period"
        )
    return {name: value for name, value in (("from", start), ("to", end)) if value}


def _filters(filters: str | None, leaves: list[str]) -> Any:
    parts = [_leaf(each) for each in leaves]
    if not filters:
        return parts or None
    whole = _json(filters, "filters")
    return [whole, *parts] if parts else whole


def _leaf(text: str) -> dict[str, Any]:
    parts = text.split(":", 2)
    if len(parts) < 3:
        raise InvalidError(
            "`filter` reads field:op:value, for example `rating:between:4,5`.",
            code="invalid_filter",
            field="filter",
        )
    name, op, value = parts
    return {"field": name, "op": op, "value": _value(name, op, value)}


def _value(name: str, op: str, text: str) -> Any:
    """Values of a field's type; a JSON list, text in quotes and null are what they are for any field.

    What is of the wrong type stays a text, which is then refused with the sentence of a query.
    """
    if text == "null" or text.startswith(("[", '"')):
        return _json(text, "filter")
    if op == BETWEEN or ("," in text and not _may_hold_commas(name)):
        return [_typed(name, part) for part in text.split(",")]
    return _typed(name, text)


def _may_hold_commas(name: str) -> bool:
    """Whether a comma may be part of a value; else it stands between two."""
    return name in FIELDS and FIELDS[name].text.may_hold_commas


def _typed(name: str, text: str) -> Any:
    kind = FIELDS[name].type if name in FIELDS else Type.TEXT
    if kind is Type.FLAG:
        return {"true": True, "false": False}.get(text, text)
    return int(text) if kind is Type.NUMBER and _NUMBER.fullmatch(text) else text


def _json(text: str, field: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidError(f"`{field}` is not JSON.", code="invalid_parameter", field=field) from None
