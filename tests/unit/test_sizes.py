"""How much room the tables take."""

from typing import Any, cast

from botlens.store.connection import ClickHouse
from botlens.store.sizes import bytes_on_disk


class TwoShards:
    """Each says what its tables take, one after the other."""

    def maintain(self, _: str) -> list[tuple[Any, ...]]:
        return [("facts", 1), ("raw_events", 3), ("raw_events", 4)]


def test_tables_of_several_shards_are_added_up() -> None:
    """What is said of all is not what the last of them has."""
    assert bytes_on_disk(cast("ClickHouse", TwoShards())) == {"facts": 1, "raw_events": 7}
