"""How a process takes part in a cluster."""

import secrets
from dataclasses import dataclass, field

from botlens.cluster.slots import NodeName


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """What its settings say.

    Attributes:
        shards: the URLs of the event stores, in the order in which they were named first.
        url: where the other nodes reach this one, without a slash at the end.
        name: of the node, for operators.
        lease_seconds: how long a lease lasts: as long as that nobody has the companies of a node that died.
        instance: of this process.
    """

    shards: tuple[str, ...]
    url: str
    name: str
    lease_seconds: float
    instance: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def node(self) -> NodeName:
        """This process among others."""
        return NodeName(self.instance, self.name, self.url)
