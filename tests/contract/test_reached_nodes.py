"""The doctor asks nodes where they say that the others reach them."""

import socket

from botlens.cli.doctor.reach import reach_findings
from botlens.cluster.slots import NodeName
from tests.conftest import World
from tests.contract.nodes import nodes


def test_a_node_that_cannot_be_reached_where_it_says(shared_world: World) -> None:
    """Nobody listens there, or something else does: what others pass on to it would be 503."""
    with (
        nodes(shared_world, "cat") as (cat,),
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        said = {
            "ann": "http://127.0.0.1:1",
            "ben": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "cat": cat.url,
            "dan": f"{cat.url}/elsewhere",
        }
        found = list(reach_findings([NodeName(name, name, url) for name, url in said.items()]))
    assert [each.what.split()[1] for each in found] == ["ann", "ben", "dan"]
    assert all("BOTLENS_NODE_URL" in each.mend for each in found)
