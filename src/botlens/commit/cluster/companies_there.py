"""Which companies have anything on a shard where their slots are not: looked for once a shard and round."""

from botlens.cluster.slot_moves import SlotRemains
from botlens.cluster.slots import slot_of
from botlens.store.carrying import companies_of
from botlens.store.connection import ClickHouse


class CompaniesThere:
    """What is found in one round, however many slots have left a shard: to look reads all of it."""

    def __init__(self) -> None:
        self._found: dict[int, dict[int, list[str]]] = {}

    def of_slot(self, store: ClickHouse, remains: SlotRemains) -> list[str]:
        """The companies of a slot that have anything on the shard where it was.

        Args:
            store: that shard.
            remains: which slot, and where.
        """
        if remains.shard not in self._found:
            found = self._found[remains.shard] = {}
            for each in sorted(companies_of(store)):
                found.setdefault(slot_of(each), []).append(each)
        return self._found[remains.shard].get(remains.slot, [])
