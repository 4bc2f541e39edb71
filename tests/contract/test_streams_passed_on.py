"""Streams that are open at another node take nothing from what else is passed on."""

from collections.abc import Iterator

import pytest

from botlens.api.passing import hop
from tests.conftest import Tenant, World
from tests.contract.nodes import Node, nodes


@pytest.fixture
def pair(shared_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Node]]:
    """Of which the first keeps one connection at a time to the second, which has every company."""
    monkeypatch.setattr(hop, "_MOST", 1)
    with nodes(shared_world, "ann", "ben") as found:
        found[0].sends_to(found[1])
        found[1].has()
        yield found


def test_questions_find_a_way_beside_streams(tenant: Tenant, pair: list[Node]) -> None:
    """As many pages as there are may look on at a node that has none of their companies."""
    ann, _ = pair
    with (
        ann.client.stream("GET", "/v1/live", headers=tenant.headers) as first,
        ann.client.stream("GET", "/v1/live", headers=tenant.headers) as second,
    ):
        assert (first.status_code, second.status_code) == (200, 200)
        found = ann.client.get("/analytics/overview", headers=tenant.headers)
        assert found.status_code == 200, found.text
