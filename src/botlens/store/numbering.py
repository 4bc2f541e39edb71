"""The highest number that the store holds: arrivals of events and versions of facts go on above it."""

from botlens.store.connection import ClickHouse
from botlens.store.schema import EVENTS, FACTS


def highest_number(store: ClickHouse) -> int:
    """The highest arrival or version in the store; 0 if it is empty. Upkeep over all companies."""
    ((arrival,),) = store.maintain(f"SELECT max(arrival) FROM {EVENTS}")
    ((version,),) = store.maintain(f"SELECT max(version) FROM {FACTS}")
    return max(int(arrival), int(version))
