"""The highest number that the store holds: arrivals of events and versions of facts go on above it.

Saved numbers say what they hold by such a number, too, which nothing else may have had.
"""

from botlens.store.connection import ClickHouse
from botlens.store.saved_tables import SAVED_NUMBERS
from botlens.store.schema import EVENTS


def highest_number(store: ClickHouse) -> int:
    """The highest arrival or version in the store; 0 if it is empty. Upkeep over all companies."""
    columns = [
        ("arrival", EVENTS),
        ("base", SAVED_NUMBERS.name),
        *(("version", name) for name in store.facts.all),
    ]
    found = (store.maintain(f"SELECT max({column}) FROM {name}") for column, name in columns)
    return max(int(highest) for ((highest,),) in found)
