"""The doctor's look at the addresses by which nodes reach each other, from where it runs."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx2

from botlens.cli.doctor.findings import Finding, note
from botlens.cluster.slots import NodeName

_SECONDS = 2.0
_MEND = (
    "The other nodes must reach it there, or what they pass on is 503: see its BOTLENS_NODE_URL and --host, "
    "and the firewalls. If this machine alone does not reach it, all is well."
)


def reach_findings(nodes: Sequence[NodeName]) -> Iterator[Finding]:
    """The nodes that do not answer at the address that they tell the others."""
    if not nodes:
        return
    with ThreadPoolExecutor(len(nodes), "botlens-look") as pool:
        problems = list(pool.map(_problem, nodes))
    for node, problem in zip(nodes, problems, strict=True):
        if problem is not None:
            yield note(f"Node {node.name} does not answer at {node.url} from here ({problem}).", _MEND)


def _problem(node: NodeName) -> str | None:
    try:
        found = httpx2.get(f"{node.url}/healthz", timeout=_SECONDS)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return type(error).__name__
    return None if found.status_code == httpx2.codes.OK else f"status {found.status_code}"
