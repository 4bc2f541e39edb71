"""What a request for conversations says besides which conversations it is about."""

from collections.abc import Mapping
from typing import Any, TypeVar

from botlens.errors import InvalidError
from botlens.events.times import instant_of
from botlens.query.filters import suggestion
from botlens.query.sought import Sought
from botlens.query.window import Window

T = TypeVar("T")


def check_keys(request: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Pass if a request says nothing that is not known.

    Raises:
        InvalidError: it does.
    """
    for key in request:
        if key not in known:
            raise InvalidError(
                f"There is no `{str(key)[:50]}` here: {suggestion(str(key), known)}",
                code="unknown_parameter",
                field=str(key)[:50],
            )


def one_of(known: Mapping[str, T], name: Any, field: str) -> T:
    """What has a name.

    Raises:
        InvalidError: nothing has.
    """
    if not isinstance(name, str) or name not in known:
        raise InvalidError(f"`{field}` is one of {', '.join(known)}.", code="invalid_parameter", field=field)
    return known[name]


def sought_by(request: Mapping[str, Any]) -> Sought | None:
    """The text that the conversations must have."""
    given = request.get("search")
    return None if given is None else Sought.parse(given, "search")


def searched_before(request: Mapping[str, Any]) -> int | None:
    """Before which start (microseconds) a search looks alone, if it says so: where another stopped.

    Raises:
        InvalidError: it is no time with an offset, or nothing is searched for.
    """
    given = request.get("search_before")
    if given is None:
        return None
    if request.get("search") is None:
        message = "`search_before` goes with `search`: for days, say `to`."
        raise InvalidError(message, code="invalid_parameter", field="search_before")
    try:
        return Window(None, instant_of(given)).clipped().end
    except (ValueError, TypeError):
        message = "`search_before` is a time with an offset, as `meta.searched_from` gives it."
        raise InvalidError(message, code="invalid_parameter", field="search_before") from None


def conversation_near(request: Mapping[str, Any]) -> tuple[str | None, str] | None:
    """The conversation that a page is to be near, if one is: the chatbot, if it is given, and the id.

    Raises:
        InvalidError: that is not what the request gives, or it gives too much.
    """
    given, chatbot = request.get("near"), request.get("chatbot")
    if given is None:
        if chatbot is not None:
            raise InvalidError(
                "`chatbot` says whose conversation `near` is: for those of some chatbots, say `chatbots`.",
                code="invalid_parameter",
                field="chatbot",
            )
        return None
    if request.get("cursor") is not None:
        raise InvalidError("Say `cursor` or `near`, not both.", code="invalid_parameter", field="near")
    for name, value in (("near", given), ("chatbot", chatbot)):
        if value is not None and not isinstance(value, str):
            raise InvalidError(f"`{name}` is an id.", code="invalid_parameter", field=name)
    return chatbot, given
