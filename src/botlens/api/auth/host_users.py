"""Users of an app that botlens is mounted in: whatever its own dependency for them returns."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, get_type_hints

from fastapi import Depends, Request

from botlens.api.asking import ask_accounts
from botlens.api.auth.callers import COMPANY
from botlens.engine import Engine
from botlens.tenants.values import Caller

_WANTED = "a text, or something with an `id`"
_NO_USERS = (type(None), bool, int, float, bytes)


def caller_from(
    engine: Engine, caller: Callable[..., Any] | None, user: Callable[..., Any] | None
) -> Callable[..., Any]:
    """The dependency that says who asks, of the two of which one is given.

    Raises:
        TypeError: both or neither is given, or what is given is no dependency.
    """
    if (caller is None) == (user is None):
        raise TypeError("Either `caller` or `user` is needed: the dependency that says who asks.")
    if user is not None:
        return caller_by_host_user(engine, user)
    if not callable(caller):
        raise TypeError(f"`caller` must be a dependency, not {caller!r}.")
    return caller


def caller_by_host_user(
    engine: Engine, user: Callable[..., Any]
) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """The dependency that says who asks, from one that says which user of the app around it does.

    Args:
        engine: whose accounts know the users' companies.
        user: the app's own dependency, often `get_current_user`. It returns the id of a user, or something
            that has it as `id` (an attribute, or a key of a dict); an id that is no text is written as one.

    Raises:
        TypeError: it is no dependency. The dependency made of it raises this, too, for a user without an id.
    """
    if not callable(user):
        raise TypeError(f"`user` must be a dependency that returns {_WANTED}, not {user!r}.")
    if (said := _said_to_return(user)) in _NO_USERS:
        raise TypeError(f"`user` is said to return {said.__name__}; it must return {_WANTED}.")

    async def caller(request: Request, who: Annotated[Any, Depends(user)]) -> Caller:
        accounts, company_id = engine.accounts, request.headers.get(COMPANY)
        return await ask_accounts(accounts, accounts.caller_by_user, user_id(who), company_id)

    return caller


def user_id(who: object) -> str:
    """The id of a user that an app knows.

    Raises:
        TypeError: it has none.
    """
    found: object = who
    if not isinstance(who, str):
        found = who.get("id") if isinstance(who, Mapping) else getattr(who, "id", None)
    name = "" if found is None or isinstance(found, bool) or callable(found) else str(found)
    if not name.strip():
        raise TypeError(
            f"The dependency for the user of analytics_router(user=...) returned a {type(who).__name__} from "
            f"which no user can be told: let it return {_WANTED}."
        )
    return name


def _said_to_return(user: Callable[..., Any]) -> Any:
    """What the annotation says; None where that cannot be known."""
    try:
        return get_type_hints(user).get("return")
    except (NameError, TypeError, AttributeError):
        return None
