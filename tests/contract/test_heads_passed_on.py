"""Heads that a client may send and a strict library may not: who passes requests on reads them alike."""

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from botlens.cluster.ownership import Nowhere
from tests.conftest import Tenant, World
from tests.contract.nodes import FRONT, Node, nodes
from tests.contract.test_passing import PAIR

NOBODY = Nowhere(1, "Nobody has it.")


@pytest.fixture(scope="module")
def pair(shared_world: World) -> Iterator[list[Node]]:
    with nodes(shared_world, "ann", "ben") as found:
        ann, ben = found
        ann.sends_to(ben)
        ben.has()
        yield found


def said(node: Node, *lines: str, body: str = "") -> tuple[int, dict]:
    """The status and the body of the answer to lines of a head."""
    where = urlsplit(node.url)
    with socket.create_connection((where.hostname, where.port), 60) as connection:
        connection.sendall(("\r\n".join((*lines, "", "")) + body).encode())
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    head, _, content = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(content)


def key(tenant: Tenant) -> str:
    return f"Authorization: {tenant.headers['Authorization']}"


@pytest.mark.parametrize("asked", [0, 1])
def test_blanks_at_the_end_of_a_value(tenant: Tenant, pair: list[Node], asked: int) -> None:
    """They mean nothing, also in what is sealed."""
    body = json.dumps({"events": PAIR})
    lines = ("POST /v1/events HTTP/1.1", "Host: x \t", f"{key(tenant)}  ", "X-Made-By: us ")
    size = f"Content-Length: {len(body)}"
    status, found = said(pair[asked], *lines, size, "Connection: close", body=body)
    assert (status, found.get("accepted")) == (200, len(PAIR)), found


@pytest.mark.parametrize("asked", [0, 1])
def test_no_host(tenant: Tenant, pair: list[Node], asked: int) -> None:
    """As clients of HTTP/1.0 send it, such as checks of load balancers and old scripts."""
    status, found = said(pair[asked], "GET /analytics/overview HTTP/1.0", key(tenant))
    assert (status, found.get("total_messages")) == (200, 0), found


def test_two_hosts(tenant: Tenant, pair: list[Node]) -> None:
    """Is no HTTP: it is said, and nobody waits for a node that would never have it."""
    lines = ("GET /analytics/overview HTTP/1.1", "Host: x", "Host: y", key(tenant), "Connection: close")
    status, found = said(pair[0], *lines)
    assert (status, found["error"]["code"]) == (400, "invalid_http")


@pytest.mark.parametrize("place", ["here", "there", "nowhere"])
def test_a_page_of_another_origin_reads_every_answer(tenant: Tenant, pair: list[Node], place: str) -> None:
    """Also that nobody has the company just now, and when to ask again."""
    ann, ben = pair
    {"here": ann.has, "there": lambda: ann.sends_to(ben), "nowhere": lambda: ann.sends_to(NOBODY)}[place]()
    found = ann.client.get("/analytics/overview", headers={**tenant.headers, "Origin": FRONT})
    ann.sends_to(ben)
    assert found.status_code == (503 if place == "nowhere" else 200)
    assert found.headers.get_list("access-control-allow-origin") == [FRONT]
    assert "Retry-After" in found.headers["access-control-expose-headers"]
