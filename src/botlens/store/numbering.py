"""The highest number that the store holds: arrivals of events and versions of facts go on above it."""

from botlens.store.connection import ClickHouse
from botlens.store.schema import EVENTS


def highest_number(store: ClickHouse) -> int:
    """The highest arrival or version in the store; 0 if it is empty. Upkeep over all companies."""
    columns = [("arrival", EVENTS), *(("version", name) for name in store.facts.all)]
    found = (store.maintain(f"SELECT max({column}) FROM {name}") for column, name in columns)
    return max(int(highest) for ((highest,),) in found)
