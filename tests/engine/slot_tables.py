"""Slots in a real PostgreSQL, and two nodes that would have them."""

from botlens.cluster.slots import Claim, NodeName, SlotTable

ANN, BEN = (NodeName(f"{name}-1", name, f"http://{name}") for name in ("ann", "ben"))
SECONDS = 0.4
"""Of a lease."""


def take(slots: SlotTable, node: NodeName, *numbers: int) -> list[Claim]:
    """Claim slots as they are at this moment."""
    return slots.claim(node, [each for each in slots.states() if each.slot in numbers])
