"""The host of the public keys may be slow, endless or away: nobody waits long, and one visit serves all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from botlens.errors import OverloadedError
from botlens.tenants import jwks
from botlens.tenants.jwks import PublicKeys, UnknownKeyError

ED_KEY = ed25519.Ed25519PrivateKey.generate().public_key()


def key_set(*names: str) -> bytes:
    key = jwt.get_algorithm_by_name("EdDSA").to_jwk(ED_KEY, as_dict=True)
    return json.dumps(
        {"keys": [{**key, "kid": name, "use": "sig", "alg": "EdDSA"} for name in names]}
    ).encode()


class Host:
    """A host of keys that answers in the way that a test says."""

    def __init__(self) -> None:
        self.visits = 0
        self.answer: Callable[[BaseHTTPRequestHandler], None] = lambda to: self.say(to, key_set("one"))
        self.open = threading.Event()
        self.open.set()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.visits += 1
                host.open.wait(120)
                host.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.keys = PublicKeys(f"http://127.0.0.1:{self.server.server_port}/jwks.json")
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @staticmethod
    def say(to: BaseHTTPRequestHandler, body: bytes) -> None:
        to.send_response(200)
        to.end_headers()
        to.wfile.write(body)

    def refuses(self, name: str) -> None:
        with pytest.raises(OverloadedError) as refused:
            self.keys.get(name)
        assert refused.value.code == "keys_unavailable"


@pytest.fixture
def host() -> Iterator[Host]:
    found = Host()
    yield found
    found.open.set()
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that the test can put forward: add seconds to the list."""
    forward: list[float] = []
    real = time.monotonic
    monkeypatch.setattr(jwks, "time", SimpleNamespace(monotonic=lambda: real() + sum(forward)))
    return forward


def test_a_flood_of_unknown_names_is_one_visit_and_stops_nobody(
    host: Host, later: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the host thinks, callers of a known key do not wait; of the others 8 do, the rest get 503."""
    monkeypatch.setattr(jwks, "_FETCH_SECONDS", 60)
    host.keys.get("one")
    later.append(60)
    host.open.clear()

    def ask(number: int) -> str:
        try:
            host.keys.get(f"unknown-{number}")
        except UnknownKeyError:
            return "unknown"
        except OverloadedError:
            return "later"
        return "known"

    with ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(ask, number) for number in range(40)]
        for _ in range(3000):
            if sum(each.done() for each in asked) == 32:
                break
            time.sleep(0.01)
        begun = time.perf_counter()
        assert host.keys.get("one").key_id == "one"
        assert time.perf_counter() - begun < jwks._FETCH_SECONDS / 2  # who waits, waits for the host
        host.open.set()
        found = [each.result() for each in asked]
    assert (found.count("unknown"), found.count("later")) == (8, 32)
    assert host.visits == 2


def test_a_host_that_says_one_byte_at_a_time_is_left(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is for the whole answer, not for each byte of it."""
    monkeypatch.setattr(jwks, "_FETCH_SECONDS", 0.3)

    def drip(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.end_headers()
        for _ in range(300):
            to.wfile.write(b" ")
            to.wfile.flush()
            time.sleep(0.1)

    host.answer = drip
    begun = time.perf_counter()
    host.refuses("one")
    assert time.perf_counter() - begun < 15


def test_an_endless_answer_is_left(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte too many is too many, though the keys in it are good."""
    body = key_set("one")
    monkeypatch.setattr(jwks, "_MOST_BYTES", len(body))
    assert host.keys.get("one").key_id == "one"
    host.answer = lambda to: host.say(to, body + b" ")
    PublicKeys.__init__(host.keys, host.keys._url)
    host.refuses("one")


def settle(host: Host) -> None:
    """Wait for the fetch that runs."""
    for _ in range(6000):
        if host.keys._fetch is None:
            return
        time.sleep(0.01)


def test_keys_are_renewed_behind_the_back_of_callers(host: Host, later: list[float]) -> None:
    """After four minutes a caller gets the key that is there, and the new ones are fetched meanwhile.

    A key that the service has taken away is bad once they are there.
    """
    host.keys.get("one")
    host.answer = lambda to: host.say(to, key_set("two"))
    later.append(241)
    assert host.keys.get("one").key_id == "one"
    settle(host)
    with pytest.raises(UnknownKeyError):
        host.keys.get("one")
    assert host.keys.get("two").key_id == "two"


def test_a_key_that_was_taken_away_is_bad_after_five_minutes(host: Host, later: list[float]) -> None:
    """Also for the first who asks after a silence."""
    host.keys.get("one")
    host.answer = lambda to: host.say(to, key_set("two"))
    later.append(300)
    with pytest.raises(UnknownKeyError):
        host.keys.get("one")


def test_keys_outlive_their_host_for_ten_minutes(host: Host, later: list[float]) -> None:
    """While it does not answer, nobody who was let in is locked out; then nobody can be sure any more."""
    host.keys.get("one")
    host.answer = lambda to: to.send_error(500)
    later.append(300)
    assert host.keys.get("one").key_id == "one"
    assert host.keys.get("one").key_id == "one"
    later.append(301)
    host.refuses("one")


def test_a_new_key_is_good_within_half_a_minute(host: Host, later: list[float]) -> None:
    """A service may begin to sign with it at once."""
    host.keys.get("one")
    host.answer = lambda to: host.say(to, key_set("one", "two"))
    later.append(30)
    assert host.keys.get("two").key_id == "two"
