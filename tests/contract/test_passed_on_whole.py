"""What a client says of its request, or sends of it, is the same at a node that passes it on."""

import select
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.conftest import Tenant, World
from tests.contract.nodes import Node, nodes
from tests.contract.test_passing import QUESTION

PATIENCE = 60.0


@pytest.fixture(scope="module")
def both(shared_world: World) -> Iterator[list[Node]]:
    """The first has nothing, and passes everything on to the second."""
    with nodes(shared_world, "ann", "ben") as found:
        found[0].sends_to(found[1])
        found[1].has()
        yield found


def test_nobody_takes_away_what_a_request_is(tenant: Tenant, both: list[Node]) -> None:
    """By saying that who asks, or how long the body is, were of one hop."""
    given = tenant.headers | {"Connection": "keep-alive, Content-Length, Authorization, Host"}
    for node in both:
        found = node.client.post("/v1/query", json=QUESTION, headers=given)
        assert found.status_code == 200, found.text


def test_a_body_that_is_too_large_for_all(tenant: Tenant, both: list[Node]) -> None:
    """So large that who refuses it hears no more of it: it is not to be sent again."""
    for node in both:
        pieces = (b" " * (1 << 20) for _ in range(60))
        found = node.client.post("/v1/events", content=pieces, headers=tenant.headers)
        assert (found.status_code, found.json()["error"]["code"]) == (413, "body_too_large")


def test_a_head_that_is_just_short_enough(tenant: Tenant, both: list[Node]) -> None:
    """What a node adds to it does not make it too long for the next one."""
    for node in both:
        given = tenant.headers | {"X-Long": "x" * (65_536 - 400)}
        assert node.client.get("/v1/company", headers=given).status_code == 200
        given = tenant.headers | {"X-Long": "x" * 65_536}
        assert node.client.get("/v1/company", headers=given).status_code == 431


def test_who_sends_slowly_hears_the_refusal_of_the_other_node(tenant: Tenant, both: list[Node]) -> None:
    """It refuses by the head, and hears no more of the body some seconds later: what it said is not lost."""
    for node in both:
        node.client.get("/analytics/overview", headers=tenant.headers)  # it knows by now where they belong
        parts = urlsplit(str(node.client.base_url))
        with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as client:
            head = ["POST /v1/nothing HTTP/1.1", "Host: x", "Content-Length: 1000000"]
            head += [f"{name}: {value}" for name, value in tenant.headers.items()]
            client.sendall("\r\n".join([*head, "", ""]).encode())
            until = time.monotonic() + PATIENCE
            answered = select.poll()  # `select` knows descriptors to 1,023
            answered.register(client, select.POLLIN)
            while not answered.poll(50) and time.monotonic() < until:
                client.sendall(b" " * 1_000)
            assert client.recv(100).startswith(b"HTTP/1.1 404 ")
