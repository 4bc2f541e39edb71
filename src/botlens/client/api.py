"""A client of the HTTP API: errors as `BotlensError`s, and patience where the server asks for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import msgspec

from botlens.errors import BotlensError, InvalidError

_BUSY = (429, 503)
_NO_CONTENT = 204
_ATTEMPTS = 8
_LONGEST_WAIT = 30.0
_TIMEOUT = httpx2.Timeout(600, connect=10)


class AnsweredError(BotlensError):
    """The server answered with an error."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message, code=code, field=field)
        self.status = status


class UnreachableError(BotlensError):
    """No server answers."""

    status = 503
    code = "unreachable"


class Api:
    """The API of a botlens server, wherever it runs.

    Raises:
        InvalidError: `url` is no address.
    """

    def __init__(
        self, url: str, headers: dict[str, str], *, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self.url = url
        self.in_process = transport is not None
        try:
            self._http = httpx2.Client(base_url=url, headers=headers, transport=transport, timeout=_TIMEOUT)
        except httpx2.InvalidURL as error:
            raise InvalidError(f"This is not a web address: {error}.", field="url") from None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        """What a route answers."""
        return self._ask("GET", path, params=parameters)

    @contextmanager
    def download(self, path: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a file, piece by piece as they come.

        Raises:
            BotlensError: the server refuses, or breaks off before the end.
        """
        try:
            with self._http.stream("GET", path, headers={"Accept-Encoding": "identity"}) as response:
                if not response.is_success:
                    response.read()
                    _answer(response)
                yield response.iter_raw()
        except httpx2.TransportError as error:
            raise UnreachableError(f"{self.url} broke off ({error!r}). Try again.") from None

    def put(self, path: str, value: Any) -> Any:
        """Put a value as JSON."""
        return self._ask("PUT", path, json=value)

    def delete(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        """Delete; the route must bear to be asked again."""
        return self._ask("DELETE", path, params=parameters)

    def post(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Post a body."""
        return self._ask(
            "POST", path, content=body, headers={"Content-Type": content_type, **(headers or {})}
        )

    def _ask(self, method: str, path: str, **arguments: Any) -> Any:
        """Ask, and ask again while the server is too busy or the line breaks: every route bears it."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                response = self._http.request(method, path, **arguments)
            except httpx2.ConnectError as error:
                raise UnreachableError(
                    f"No botlens answers at {self.url} ({error}). Is it running?"
                ) from None
            except (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError) as error:
                raise UnreachableError(f"{self.url} cannot be asked: {error}.") from None
            except httpx2.TransportError as error:
                if attempt == _ATTEMPTS:
                    raise UnreachableError(f"{self.url} broke off ({error!r}). Try again.") from None
                time.sleep(min(attempt, _LONGEST_WAIT))
                continue
            if response.status_code not in _BUSY or attempt == _ATTEMPTS:
                return _answer(response)
            time.sleep(_wait(response, attempt))
        raise AssertionError("unreachable")  # the last attempt returns or raises


def _wait(response: httpx2.Response, attempt: int) -> float:
    asked = response.headers.get("retry-after", "")
    return min(float(asked) if asked.isdigit() else float(attempt), _LONGEST_WAIT)


def _answer(response: httpx2.Response) -> Any:
    if response.status_code == _NO_CONTENT:
        return None
    if response.is_success:
        try:
            return msgspec.json.decode(response.content)
        except msgspec.DecodeError:
            message = f"{response.url} answered, but not as botlens does. Is this the address of botlens?"
            raise AnsweredError(502, "not_botlens", message) from None
    try:
        error = msgspec.json.decode(response.content)["error"]
        raise AnsweredError(response.status_code, error["code"], error["message"], error.get("field"))
    except (msgspec.DecodeError, KeyError, TypeError):
        message = f"{response.url} answered {response.status_code} {response.reason_phrase}."
        raise AnsweredError(response.status_code, "http_error", message) from None
