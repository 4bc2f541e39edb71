"""A request at the wrong node of a cluster is answered as if it had come to the right one, or not at all."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx2
import pytest

from botlens.cluster.ownership import Nowhere, There
from botlens.errors import OverloadedError
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Caller
from tests.conftest import Tenant, World
from tests.contract.nodes import Node, nodes
from tests.events import answer, message, rating

PAIR = [message("c", "1", "Why?", session_id="ann"), answer("c", "2", 0.1), rating("c", 4)]


@pytest.fixture(scope="module")
def three(shared_world: World) -> Iterator[list[Node]]:
    with nodes(shared_world, "ann", "ben", "cat") as found:
        yield found


@pytest.fixture
def ann(three: list[Node], ben: Node) -> Node:
    """Comes first, and passes everything on to ben."""
    three[0].sends_to(ben)
    return three[0]


@pytest.fixture
def ben(three: list[Node]) -> Node:
    for each in three:
        each.has()
        each.seen.clear()
        each.ownership.lasts = True
    return three[1]


@pytest.fixture
def cat(three: list[Node]) -> Node:
    return three[2]


QUESTION = {"metrics": ["conversations"], "period": "all"}
REPEATED = {
    "/v1/query": QUESTION,
    "/v1/queries": {"one": QUESTION},
    "/v1/verify": None,
    "/v1/events": {"events": PAIR},
}
"""What may be done twice."""
MARKER = {"text": "Launch", "at": "2026-03-01T00:00:00Z"}

ASKED = [
    ("GET", "/analytics/overview", None),
    ("GET", "/analytics/overview?from=2026-03-01&to=2026-03-31", None),
    ("HEAD", "/analytics/overview", None),
    ("GET", "/analytics/chatbot/bot", None),
    ("GET", "/analytics/chatbot/none", None),  # 404
    ("GET", "/analytics/chatbot/a%2Fb%20c", None),
    ("POST", "/v1/query", {"metrics": ["conversations", "csat"], "dimensions": ["day"]}),
    ("POST", "/v1/query", {"metrics": ["nothing"]}),  # 422
    ("GET", "/v1/export?data=messages&format=jsonl&period=all", None),
    ("GET", "/v1/conversations", None),
    ("PUT", "/v1/chatbots/bot", {"name": "Bot"}),
    ("DELETE", "/v1/conversations/none", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
def test_what_is_passed_on_is_answered_alike(
    tenant: Tenant, ann: Node, ben: Node, method: str, path: str, body: Any
) -> None:
    """Status, headers and bytes; each node has seen it once."""
    tenant.send(*PAIR)

    def ask(node: Node) -> httpx2.Response:
        given = {"Accept-Encoding": "identity", **tenant.headers}
        return node.client.request(method, path, json=body, headers=given)

    direct = ask(ben)
    ben.seen.clear()
    found = ask(ann)
    assert (found.status_code, found.content) == (direct.status_code, direct.content)
    own = ("x-request-id", "date", "content-length", "transfer-encoding")
    assert _others(found, own) == _others(direct, own)
    assert [scope["raw_path"] for scope in ben.seen] == [path.partition("?")[0].encode()]
    if method == "GET" and (etag := found.headers.get("etag")) is not None:
        again = ann.client.get(path, headers={**tenant.headers, "If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")


def _others(response: httpx2.Response, names: tuple[str, ...]) -> list[tuple[str, str]]:
    return sorted(each for each in response.headers.multi_items() if each[0] not in names)


def test_events_are_passed_on_as_they_come(tenant: Tenant, ann: Node, ben: Node) -> None:
    """Plain, packed, in pieces: what was acknowledged is in the numbers, and no connection is made anew."""
    many = [message(f"c{number}", "1", "Why? " * 20) for number in range(2_000)]
    whole = json.dumps({"events": many}).encode()

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(whole), 10_000):
            yield whole[at : at + 10_000]

    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    for content, headers in (
        (pieces(), {"Content-Type": "application/json"}),
        (gzip.compress(whole), packed),
        (json.dumps({"events": PAIR}), {"Content-Type": "application/json"}),
    ):
        found = ann.client.post("/v1/events", content=content, headers={**tenant.headers, **headers})
        assert found.status_code == 200, found.text
    assert ann.client.get("/analytics/overview", headers=tenant.headers).json()["total_messages"] == 2_002
    for _ in range(20):
        ann.client.get("/analytics/overview", headers=tenant.headers)
    assert len(ben.ports) <= 2  # one is enough, but where a body was refused before its end


def test_a_large_answer_is_packed_once(tenant: Tenant, ann: Node) -> None:
    """A file of many pieces comes whole, packed for who takes that."""
    tenant.send(*(message(f"c{number:04}", "1", f"Question {number}?") for number in range(3_000)))
    path = "/v1/export?data=messages&format=jsonl&period=all"
    for coding in ("identity", "gzip"):
        found = ann.client.get(path, headers={**tenant.headers, "Accept-Encoding": coding})
        assert len(found.text.splitlines()) == 3_000
        assert found.headers.get("content-encoding", "identity") == coding


def test_a_stream_is_heard_through_another_node(tenant: Tenant, ann: Node, ben: Node) -> None:
    """What changes is told at once, and whoever leaves is gone there, too."""
    with ann.client.stream("GET", "/v1/live", headers=tenant.headers) as live:
        lines = (line for line in live.iter_lines() if line.startswith("data"))
        next(lines)
        tenant.send(*PAIR)
        assert json.loads(next(lines).partition(":")[2])["chatbots"] == ["bot"]
        assert "content-encoding" not in live.headers
        assert ben.under_way == 1
    _until(lambda: ben.under_way == 0)


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_nobody_has_it(tenant: Tenant, ann: Node) -> None:
    """A node has died, say: try again in a moment."""
    ann.sends_to(Nowhere(3, "The node that had this company has gone."))
    found = ann.client.get("/analytics/overview", headers=tenant.headers)
    assert (found.status_code, found.headers["retry-after"]) == (503, "3")
    assert found.json()["error"] == {
        "code": "not_here",
        "message": "The node that had this company has gone.",
    }
    assert ann.client.get("/v1/me").status_code == 401  # who asks is looked at first
    assert ann.client.get("/healthz").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nodes_that_point_at_each_other(tenant: Tenant, ann: Node, ben: Node, method: str) -> None:
    """It is passed on once, and then refused."""
    ben.sends_to(ann)
    path = "/analytics/overview" if method == "GET" else "/v1/query"
    body = None if method == "GET" else {"metrics": ["conversations"]}
    found = ann.client.request(method, path, json=body, headers=tenant.headers)
    assert (found.status_code, found.json()["error"]["code"]) == (503, "not_here")
    assert "x-botlens-not-here" not in found.headers
    assert (len(ann.seen), len(ben.seen)) == (1, 1)


def test_the_owner_has_lost_it_to_a_third(tenant: Tenant, ann: Node, ben: Node, cat: Node) -> None:
    """It says that nothing was done, so the new owner is asked, whatever it is."""
    tenant.send(*PAIR)
    ben.sends_to(cat)
    ann.ownership = _moving(ann, ben, cat)
    found = ann.client.get("/analytics/overview", headers=tenant.headers)
    assert (found.status_code, found.json()["total_messages"]) == (200, 2)
    assert (len(ben.seen), len(cat.seen)) == (1, 1)
    for path, body in REPEATED.items():
        ann.ownership.place_of = _moving(ann, ben, cat).place_of  # type: ignore[method-assign]
        found = ann.client.post(path, json=body, headers=tenant.headers)
        assert found.status_code == 200, found.text
    ann.ownership.place_of = _moving(ann, ben, cat).place_of  # type: ignore[method-assign]
    found = ann.client.post("/v1/markers", json=MARKER, headers=tenant.headers)
    assert found.status_code == 201, found.text  # the first says that it was not done there


def _moving(node: Node, first: Node, then: Node, *, looks: int = 2) -> Any:
    """Says the first for some looks, then the other."""
    ownership = node.ownership
    left_over = iter(range(looks))

    def place_of(company_id: str) -> There:
        return first.there if next(left_over, None) is not None else then.there

    ownership.place_of = place_of  # type: ignore[method-assign]
    return ownership


@pytest.fixture(autouse=True)
def _as_said_again(three: list[Node]) -> Iterator[None]:
    yield
    for each in three:
        each.ownership.__dict__.pop("place_of", None)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_comes_too_late_does_not_leave(
    tenant: Tenant, ann: Node, ben: Node, method: str
) -> None:
    """It was computed when the node had the company, and would leave when it has it no more."""
    path = "/analytics/overview" if method == "GET" else "/v1/query"
    body = None if method == "GET" else QUESTION
    ann.has()
    ann.ownership.lasts = False
    found = ann.client.request(method, path, json=body, headers=tenant.headers)
    assert (found.status_code, found.json()["error"]["code"]) == (503, "not_here")
    assert "conversations" not in found.text
    assert found.headers["retry-after"] == "1"


def test_a_stream_ends_with_the_ownership(tenant: Tenant, ben: Node) -> None:
    """What would be told next may be wrong: the connection is cut, and whoever listens comes again."""
    with ben.client.stream("GET", "/v1/live", headers=tenant.headers) as live:
        lines = live.iter_lines()
        next(lines)
        ben.ownership.lasts = False
        tenant.send(*PAIR)
        with pytest.raises(httpx2.RemoteProtocolError):
            list(lines)


class Ruin:
    """A server that takes a request, says something or nothing, and goes on or away."""

    def __init__(self, says: bytes, *, stays: bool) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.there = There(f"http://127.0.0.1:{self._socket.getsockname()[1]}", "ruin")
        self._says, self._stays = says, stays
        self._kept: list[socket.socket] = []
        self.requests = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.recv(65_536)
            self.requests += 1
            connection.sendall(self._says)
            if self._stays:
                self._kept.append(connection)
            else:
                connection.close()

    def close(self) -> None:
        self._socket.close()
        for each in self._kept:
            each.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_frozen_owner_is_not_waited_for(tenant: Tenant, ann: Node, ben: Node, method: str) -> None:
    """As soon as another has the company, what only reads is asked there; the rest may have been done."""
    tenant.send(*PAIR)
    with closing(Ruin(b"", stays=True)) as ruin:
        ann.sends_to(ruin.there)
        threading.Thread(target=_moves_when_asked, args=(ruin, ann, ben)).start()
        if method == "GET":
            found = ann.client.get("/analytics/overview", headers=tenant.headers)
            assert (found.status_code, found.json()["total_messages"]) == (200, 2)
        else:
            found = ann.client.post("/v1/markers", json=MARKER, headers=tenant.headers)
            assert (found.status_code, found.json()["error"]["code"]) == (503, "not_here")
            assert "may have been done" in found.json()["detail"]
        assert ruin.requests == 1


def _moves_when_asked(ruin: Ruin, node: Node, to: Node) -> None:
    """It is asked, does not answer, and another has the company by then."""
    _until(lambda: ruin.requests == 1)
    node.sends_to(to)


def test_an_owner_that_is_not_there(tenant: Tenant, ann: Node) -> None:
    """Nothing listens: refused at once, and not as if it may have been done."""
    with socket.socket() as bound:  # so that nobody else gets the port
        bound.bind(("127.0.0.1", 0))
        ann.sends_to(There("http://{}:{}".format(*bound.getsockname()), "gone"))
        found = ann.client.post("/v1/query", json={"metrics": ["conversations"]}, headers=tenant.headers)
    assert (found.status_code, found.json()["error"]["code"]) == (503, "not_here")
    assert "may have been done" not in found.text


@pytest.mark.parametrize(
    "half",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
)
def test_half_an_answer_is_none(tenant: Tenant, ann: Node, half: bytes) -> None:
    """The owner dies in the middle: the client sees that it is not whole."""
    with closing(Ruin(half, stays=False)) as ruin:
        ann.sends_to(ruin.there)
        with pytest.raises(httpx2.RemoteProtocolError):
            ann.client.get("/analytics/overview", headers=tenant.headers)


def test_a_head_without_an_answer(tenant: Tenant, ann: Node) -> None:
    """The owner dies before it has said anything."""
    with closing(Ruin(b"", stays=False)) as ruin:
        ann.sends_to(ruin.there)
        found = ann.client.get("/analytics/overview", headers=tenant.headers)
        assert (found.status_code, found.json()["error"]["code"]) == (503, "not_here")


def test_headers_of_one_hop_end_there(tenant: Tenant, ann: Node, ben: Node) -> None:
    """What is said between a client and the first node is not for the second; who asks, it hears."""
    given = {"Connection": "keep-alive, X-Mine", "X-Mine": "1", "X-Forwarded-For": "10.0.0.9", "X-Kept": "2"}
    found = ann.client.get(
        "/v1/me", headers={**tenant.headers, **given, "X-Request-Id": "mine", "Host": "testserver"}
    )
    assert found.status_code == 200
    assert found.headers.get_list("x-request-id") == ["mine"]
    (seen,) = ben.seen
    headers = dict(seen["headers"])
    assert {b"x-mine", b"x-forwarded-for"}.isdisjoint(headers)
    assert (headers[b"x-kept"], headers[b"x-request-id"], headers[b"host"]) == (b"2", b"mine", b"testserver")


def test_a_command_of_one_machine_is_known_at_the_other(tenant: Tenant, ann: Node, ben: Node) -> None:
    """Its token is known to its own node alone, whose word counts."""
    headers = {"Authorization": "Bearer token of ann", "X-Botlens-Company": tenant.company.id}
    assert ann.client.get("/v1/me", headers=headers).status_code == 200
    assert len(ben.seen) == 1
    assert ben.client.get("/v1/me", headers=headers).status_code == 401
    stolen = dict(ben.seen[0]["headers"])[b"x-botlens-passed-on"].decode()
    for path in ("/v1/me?x=1", "/v1/members"):  # the seal of one request is good for no other
        found = ben.client.get(path, headers={**headers, "X-Botlens-Passed-On": stolen})
        assert found.status_code == 401
    other = {**headers, "X-Botlens-Company": "another", "X-Botlens-Passed-On": stolen}
    assert ben.client.get("/v1/me", headers=other).status_code == 401


def test_the_header_alone_is_nobodys_word(shared_world: World, tenant: Tenant, ann: Node, ben: Node) -> None:
    """One that no node has sealed changes nothing: not who asks, and not whether it is passed on."""
    for forged in ("1", "e30=.00", ""):
        headers = {**tenant.headers, "X-Botlens-Passed-On": forged}
        assert ann.client.get("/v1/me", headers=headers).status_code == 200
    assert len(ben.seen) == 3
    with nodes(shared_world, "eve", secret=b"another secret, as long as the one of the nodes") as (eve,):
        eve.sends_to(ben)
        headers = {"Authorization": "Bearer token of eve", "X-Botlens-Company": tenant.company.id}
        assert eve.client.get("/v1/me", headers=headers).status_code == 401


def test_the_shorter_way_is_as_strict(tenant: Tenant, ann: Node, ben: Node) -> None:
    """Whoever was sent on before goes past the app of the first node, which still looks who asks."""

    def ask() -> tuple[int, str]:
        found = ann.client.get("/v1/me", headers=tenant.headers)
        return found.status_code, ann.seen[-1]["botlens.seen"]["route"]

    assert [ask() for _ in range(3)] == [(200, "/v1/me"), (200, "passed on"), (200, "passed on")]
    (key,) = tenant.world.engine.accounts.keys(tenant.company.id)
    ann.has()
    assert ask() == (200, "/v1/me")
    ann.sends_to(Nowhere(1, "Nobody."))
    assert ask() == (503, "/v1/me")
    ann.sends_to(ben)
    tenant.world.engine.accounts.revoke_key(tenant.company.id, key.id)
    before = len(ben.seen)
    assert ask() == (401, "/v1/me")
    assert len(ben.seen) == before


def test_accounts_that_do_not_answer_are_waited_for_once(
    tenant: Tenant, ann: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the shorter way has asked for them: whoever asks would wait for as long again."""
    asked = []

    def unavailable(_: Accounts, secret: str) -> Caller:
        asked.append(secret)
        raise OverloadedError("The database does not answer.")

    assert ann.client.get("/v1/me", headers=tenant.headers).status_code == 200
    monkeypatch.setattr(Accounts, "caller_by_key", unavailable)
    assert ann.client.get("/v1/me", headers=tenant.headers).status_code == 503
    assert asked == [tenant.key]


def test_what_is_passed_on_is_counted(tenant: Tenant, ann: Node) -> None:
    """For whoever wonders whether the load balancer knows where companies are."""
    ann.client.get("/v1/me", headers=tenant.headers)
    name = 'botlens_requests_passed_on_total{outcome="answered"}'
    lines = ann.client.get("/metrics", headers=tenant.headers).text.splitlines()
    assert any(line.startswith(name) for line in lines)
