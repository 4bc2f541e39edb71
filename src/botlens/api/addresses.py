"""Which route a request is for, and which id it names: the one rule for every address.

* Ids are read from the path as it was sent (`raw_path`), before anybody decoded it: an id may hold anything,
  `%2F` and `%0A` too, and is what stands between the literal slashes around it.
* One literal `/` at the end is dropped, and never by a redirect. A method that destroys drops nothing: for it
  there is no such address.
* `HEAD` is answered wherever `GET` is; a method that an address does not take is told which ones it takes.

It is a class of routes, so that it holds wherever a router is included or mounted.
"""

import re
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.routing import Match, Router
from starlette.types import Receive, Scope, Send

from botlens.errors import BotlensError

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_DESTRUCTIVE = frozenset({"DELETE"})
_EXACT, _UNDECODED, _TRIED = "botlens.exact", "botlens.undecoded", "botlens.tried_without_slash"
_WRONG_METHOD = "botlens.wrong_method"
_HEAD = "botlens.head"
_PLACEHOLDER = re.compile(r"\{[^}]*\}")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class MethodNotAllowedError(BotlensError):
    """The address takes other methods."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(
            f"This address does not take that method; it takes {', '.join(allowed)}.",
            headers={"Allow": ", ".join(allowed)},
        )


class AddressedRoute(APIRoute):
    """A route that is found, and its ids read, by the rule above."""

    @cached_property
    def _literals(self) -> tuple[str, ...]:
        """What stands in every address of this route, wherever its router is included."""
        return tuple(filter(None, _PLACEHOLDER.split(self.path)))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """See `starlette.routing.Route`."""
        if scope["type"] != "http":
            return Match.NONE, {}
        path, exact = _undecoded(scope)
        for literal in self._literals:  # quicker than to match, and false for most routes
            if literal not in path:
                return Match.NONE, {}
        ends_in_slash = path.endswith("/") and path != "/"
        destroys = scope["method"] in _DESTRUCTIVE
        if exact and ends_in_slash:
            return (Match.NONE, {}) if destroys else self._matches(scope, path[:-1], exact=True)
        match, found = self._matches(scope, path, exact=exact)
        if match is Match.NONE and ends_in_slash and not destroys:
            return self._matches(scope, path[:-1], exact=exact)
        return match, found

    def _matches(self, scope: Scope, path: str, *, exact: bool) -> tuple[Match, Scope]:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        match, found = super().matches({**scope, "path": path, "root_path": "", "method": method})
        if match is Match.NONE:
            return match, {}
        try:
            given = found["path_params"]
            own = {name: _text(given[name]) for name in self.param_convertors}
        except UnicodeDecodeError:  # no id that was ever taken reads like this
            return Match.NONE, {}
        found["path_params"] = {**given, **own}
        found[_EXACT], found[_WRONG_METHOD] = exact, match is not Match.FULL
        return match, found

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `starlette.routing.Route`.

        Raises:
            MethodNotAllowedError: the address is right, the method is not.
        """
        if scope.get(_WRONG_METHOD):
            raise MethodNotAllowedError(_allowed(scope))
        # A server sends no body in answer to HEAD, whatever the route says.
        await super().handle(
            {**scope, "method": "GET", _HEAD: True} if scope["method"] == "HEAD" else scope, receive, send
        )


def asks_for_head(request: Request) -> bool:
    """Whether a route is asked for what it answers to GET without the body, which nobody waits for then."""
    return _HEAD in request.scope


def ids_are_exact(request: Request) -> bool:
    """Whether ids were read as they were sent.

    False where a server tells nothing but the decoded path: then an address may mean several ids, and one
    that exists wins.
    """
    return bool(request.scope.get(_EXACT, True))


def readings(said: str, *, exact: bool) -> tuple[str, ...]:
    """The ids that an address may mean: with a slash at its end, and without it where nobody can tell."""
    return (said,) if exact or not said.endswith("/") else (said, said[:-1])


def _undecoded(scope: Scope) -> tuple[str, bool]:
    """The path within this app, escaped; and whether it was sent like this."""
    address = (scope["path"], scope.get("root_path", ""), scope.get("raw_path"))
    known: tuple[Any, str, bool] | None = scope.get(_UNDECODED)
    if known is None or known[0] != address:  # every route asks
        known = scope[_UNDECODED] = (address, *_read(*address))
    return known[1], known[2]


def _read(path: str, root: str, raw_path: bytes | None) -> tuple[str, bool]:
    if not path.startswith(root) or path[len(root) : len(root) + 1] not in ("", "/"):
        root = ""
    raw = (raw_path or b"").partition(b"?")[0].decode("latin-1")
    decoded = unquote(raw)
    # Something in between may have rewritten the path alone, so what was sent must say the same. (Starlette's
    # client for tests decodes a path twice.)
    if not raw or path not in (decoded, unquote(decoded)):
        return quote(path[len(root) :], safe="/"), False
    return _ESCAPE.sub(_plain_if_unreserved, raw[_length_of(root, raw) :]), True


def _length_of(root: str, raw: str) -> int:
    """How much of an escaped path says what `root` says."""
    length, remaining = 0, len(root.encode())
    while remaining > 0:
        length += 3 if raw[length] == "%" else 1
        remaining -= 1
    return length


def _plain_if_unreserved(escape: re.Match[str]) -> str:
    """Escaping such a character says nothing (RFC 3986), so that an address is the same with and without."""
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0]


def _text(escaped: Any) -> str:
    """An id.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    return unquote_to_bytes(str(escaped)).decode()


def _allowed(scope: Scope) -> list[str]:
    """The methods that some route of the app takes at this address."""
    routes = (scope.get("app") or scope["router"]).routes
    return [
        method
        for method in _METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def answer_slashes(router: Router) -> None:
    """Let a router answer what no route of ours is for (the documentation, say) without the last slash."""
    missing = router.default

    async def default(scope: Scope, receive: Receive, send: Send) -> None:
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _TRIED not in scope
        if not reads or not scope["path"].endswith("/"):
            await missing(scope, receive, send)
            return
        raw = (scope.get("raw_path") or b"").removesuffix(b"/")
        again = {**scope, "path": scope["path"][:-1], "raw_path": raw, _TRIED: True}
        await router(again, receive, send)

    router.default = default
