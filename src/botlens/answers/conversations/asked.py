"""What a request for conversations says besides which conversations it is about."""

from collections.abc import Mapping
from typing import Any, TypeVar

from botlens.answers.conversations.listing import ConversationKey
from botlens.answers.scope import Scope
from botlens.errors import InvalidError
from botlens.query.filters import suggestion
from botlens.query.sought import Sought

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
    said = request.get("search")
    return None if said is None else Sought.parse(said, "search")


def conversation_near(scope: Scope, request: Mapping[str, Any]) -> ConversationKey | None:
    """The conversation that a page is to be near, if one is.

    Raises:
        InvalidError: the request does not say whose it is, or says too much.
        NotFoundError: it names a chatbot that the company does not have.
    """
    said, chatbot = request.get("near"), request.get("chatbot")
    if said is None:
        if chatbot is not None:
            raise InvalidError(
                "`chatbot` says whose conversation `near` is: for those of some chatbots, say `chatbots`.",
                code="invalid_parameter",
                field="chatbot",
            )
        return None
    if request.get("cursor") is not None:
        raise InvalidError("Say `cursor` or `near`, not both.", code="invalid_parameter", field="near")
    if not isinstance(said, str):
        raise InvalidError("`near` is the id of a conversation.", code="invalid_parameter", field="near")
    if chatbot is not None:
        return scope.chatbot(chatbot).id, said
    named = request.get("chatbots") or list(scope.chatbots)
    if len(named) != 1:
        raise InvalidError(
            "Say whose conversation `near` is, with `chatbot`.",
            code="ambiguous_conversation",
            field="chatbot",
        )
    return named[0], said
