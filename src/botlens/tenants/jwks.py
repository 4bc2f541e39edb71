"""The public keys of a login service, fetched from its JWKS URL.

Strangers choose the names of the keys that we are asked for, and the host of the keys may be slow. So one
fetch runs at a time, in a thread of its own, whatever is asked for; few wait for it; it ends after some
seconds and some bytes; and between two fetches there is a pause, whether they succeed or not.
"""

import asyncio
import json
import time
from threading import Event, Lock, Thread
from typing import Final

import jwt

from botlens.errors import OverloadedError

_FETCH_SECONDS: Final = 5
_MOST_BYTES: Final = 1 << 20
_MOST_WAITING: Final = 8  # each holds a thread that others could use
_PAUSE_SECONDS: Final = 5
_COOLDOWN_SECONDS: Final = 30  # a new key of the service is known after that
_RENEWED_SECONDS: Final = 240  # from then on new ones are fetched behind the backs of callers
_SURE_SECONDS: Final = 290  # and from then on waited for: a key that was taken away is bad after five minutes
_KEPT_SECONDS: Final = 600  # while the host of the keys does not answer


class UnknownKeyError(Exception):
    """The service has no key of this name."""


class _Fetch:
    """A fetch that runs, and how many wait for it."""

    def __init__(self) -> None:
        self.done = Event()
        self.waiting = 0


class PublicKeys:
    """The keys at a JWKS URL."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._failed_at: float | None = None
        self._cause: Exception | None = None
        self._fetch: _Fetch | None = None

    def get(self, name: str) -> jwt.PyJWK:
        """The key of this name (`kid`).

        Raises:
            UnknownKeyError: there is none.
            OverloadedError: the keys cannot be fetched, or too many wait for them.
        """
        with self._lock:
            age = self._age()
            known = self._keys.get(name) if age < _KEPT_SECONDS else None
            if known is None and age < _COOLDOWN_SECONDS:
                raise UnknownKeyError
            if known is None or age >= _RENEWED_SECONDS:
                self._begin()
            fetch = self._fetch
            no_wait = fetch is None or fetch.waiting >= _MOST_WAITING
            if known is not None and (no_wait or age < _SURE_SECONDS):
                return known
            if fetch is None or no_wait:
                raise _unavailable() from self._cause
            fetch.waiting += 1
        fetch.done.wait(_FETCH_SECONDS + 1)
        with self._lock:
            if self._age() < _COOLDOWN_SECONDS:
                known = self._keys.get(name)
            elif known is None:
                raise _unavailable() from self._cause
        if known is None:
            raise UnknownKeyError
        return known

    def _age(self) -> float:
        """How long ago the keys were fetched, in seconds."""
        return float("inf") if self._fetched_at is None else time.monotonic() - self._fetched_at

    def _begin(self) -> None:
        """Fetch in the background, unless that is being done, or has failed just now."""
        failed = self._failed_at
        if self._fetch is None and (failed is None or time.monotonic() >= failed + _PAUSE_SECONDS):
            self._fetch = _Fetch()
            Thread(target=self._run, name="botlens-keys", daemon=True).start()

    def _run(self) -> None:
        try:
            asyncio.run(self._fetch_keys())
        except Exception as error:  # only what ends the loop itself: the rest is told from inside
            self._end({}, error)

    async def _fetch_keys(self) -> None:
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                body = await _download(self._url)
            keys = _keys(body)
        except Exception as error:  # whatever it is, those who wait are told, and the next fetch may succeed
            self._end({}, error)
        else:
            self._end(keys, None)

    def _end(self, keys: dict[str, jwt.PyJWK], error: Exception | None) -> None:
        with self._lock:
            fetch, self._fetch = self._fetch, None
            if fetch is None:
                return
            self._cause = error
            if error is None:
                self._keys, self._fetched_at, self._failed_at = keys, time.monotonic(), None
            else:
                self._failed_at = time.monotonic()
            fetch.done.set()


async def _download(url: str) -> bytes:
    import httpx2  # here, since commands that check no token need not wait until it is loaded

    parts, size = [], 0
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with (
        httpx2.AsyncClient(timeout=_FETCH_SECONDS, follow_redirects=False) as client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        answer.raise_for_status()
        async for part in answer.aiter_raw():
            size += len(part)
            if size > _MOST_BYTES:
                raise ValueError(f"more than {_MOST_BYTES} bytes of keys")
            parts.append(part)
    return b"".join(parts)


def _keys(body: bytes) -> dict[str, jwt.PyJWK]:
    """The keys for signatures that have a name."""
    payload = json.loads(body)
    if not isinstance(payload, dict):
        raise ValueError("the keys are no JSON object")  # noqa: TRY004 - of what was fetched, not of an argument
    found = {
        key.key_id: key
        for key in jwt.PyJWKSet.from_dict(payload).keys
        if key.key_id and key.public_key_use in ("sig", None)
    }
    if not found:
        raise ValueError("there is no key for signatures that has a name")
    return found


def _unavailable() -> OverloadedError:
    # Why it failed is the operator's to know (it is the error's cause, for the log), not the caller's.
    message = "The server cannot fetch the keys that tokens are checked with. Try again."
    return OverloadedError(message, retry_after=_PAUSE_SECONDS, code="keys_unavailable")
