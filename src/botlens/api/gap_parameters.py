"""What a GET says of which gaps it is about, as the parameters that answers take."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from botlens.errors import InvalidError
from botlens.gaps.reading.request import KEYS, PAGE
from botlens.query.filters import suggestion

GapParameters = Callable[..., Coroutine[Any, Any, dict[str, Any]]]
"""A FastAPI dependency that gives the parameters that were said."""

_CHATBOT = "Only gaps of this chatbot."
_STATE = "open, fixed, verified, reopened, dismissed, with commas between them; all but dismissed if absent."
_SIGNAL = "low_score, fallback, negative_vote, rephrased or handoff: only gaps that somebody got it of."
_LANGUAGE = "Only gaps that were asked in this language."
_Q = "Only gaps whose titles, phrases or questions have this in them, without regard to case."
_ORDER = "impact, sessions, questions, rising or newest; impact if absent."
_NEAR = (
    "The id of a gap, in place of `order`: the others, those that are nearest to it in meaning first; where "
    "that is not known, those that failed most sessions."
)
_PERIOD = "A period as in a query; 30d if absent."
_FROM = "Instead of `period`: first local day (2026-03-01) or instant (with an offset)."
_TO = "Instead of `period`: last local day, included, or the instant before which the window ends."
_TZ = "IANA zone of the days; that of the chatbot or company if absent."


def gap_parameters(*without: str, own: tuple[str, ...] = ()) -> GapParameters:
    """The dependency of a route that takes the parameters of a page of gaps.

    Args:
        without: those that this route does not take.
        own: what it takes besides, and reads itself.
    """
    known = (*(each for each in KEYS if each not in without), *own)

    async def only_known(request: Request) -> None:
        for name in request.query_params:
            if name not in known:
                message = f"There is no parameter `{name[:50]}`: {suggestion(name, known)}"
                raise InvalidError(message, code="unknown_parameter", field=name[:50])

    async def in_period(
        _: Annotated[None, Depends(only_known)],
        period: Annotated[str | None, Query(description=_PERIOD)] = None,
        start: Annotated[str | None, Query(alias="from", description=_FROM)] = None,
        end: Annotated[str | None, Query(alias="to", description=_TO)] = None,
        tz: Annotated[str | None, Query(description=_TZ)] = None,
    ) -> dict[str, Any]:
        return _said({"period": period, "from": start, "to": end, "tz": tz})

    async def filtered(
        said: Annotated[dict[str, Any], Depends(in_period)],
        chatbot_id: Annotated[str | None, Query(description=_CHATBOT)] = None,
        state: Annotated[str | None, Query(description=_STATE)] = None,
        signal: Annotated[str | None, Query(description=_SIGNAL)] = None,
        language: Annotated[str | None, Query(description=_LANGUAGE)] = None,
        q: Annotated[str | None, Query(description=_Q)] = None,
        order: Annotated[str | None, Query(description=_ORDER)] = None,
    ) -> dict[str, Any]:
        chosen = {
            "chatbot_id": chatbot_id,
            "state": state,
            "signal": signal,
            "language": language,
            "q": q,
            "order": order,
        }
        return said | _said(chosen)

    async def paged(
        said: Annotated[dict[str, Any], Depends(filtered)],
        limit: Annotated[int, Query(description="Of a page, 1 to 500.")] = PAGE,
        cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
        near: Annotated[str | None, Query(description=_NEAR)] = None,
    ) -> dict[str, Any]:
        return said | {"limit": limit} | _said({"cursor": cursor, "near": near})

    if "state" in without:
        return in_period
    return filtered if "cursor" in without else paged


def _said(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value}
