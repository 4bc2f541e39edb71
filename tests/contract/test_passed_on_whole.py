"""What a client says of its request, or sends of it, is the same at a node that passes it on."""

from collections.abc import Iterator

import pytest

from tests.conftest import Tenant, World
from tests.contract.nodes import Node, nodes
from tests.contract.test_passing import QUESTION


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
