"""The highest numbers that the store holds: arrivals of events and versions of facts go on above them.

Saved numbers say what they hold by such a number, too, which nothing else may have had.
"""

from collections import Counter

from botlens.store.connection import ClickHouse
from botlens.store.saved_tables import SAVED_NUMBERS
from botlens.store.schema import EVENTS


def highest_number(store: ClickHouse) -> int:
    """The highest arrival or version in the store; 0 if it is empty. Upkeep over all companies."""
    found = (store.maintain(f"SELECT max({column}) FROM {name}") for column, name in _numbers(store))
    return max(int(highest) for ((highest,),) in found)


def highest_numbers(store: ClickHouse) -> dict[str, int]:
    """The same of each company that has anything. Upkeep over all companies."""
    found: Counter[str] = Counter()
    for column, name in _numbers(store):
        for company_id, highest in store.maintain(
            f"SELECT company_id, max({column}) FROM {name} GROUP BY company_id"
        ):
            found[company_id] = max(found[company_id], int(highest))
    return found


def _numbers(store: ClickHouse) -> list[tuple[str, str]]:
    """(column, table) of all there are."""
    facts = (("version", name) for name in store.facts.all)
    return [("arrival", EVENTS), ("base", SAVED_NUMBERS.name), *facts]
