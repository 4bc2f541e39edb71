"""How much room the tables take."""

from collections import Counter

from botlens.store.connection import ClickHouse


def bytes_on_disk(store: ClickHouse) -> dict[str, int]:
    """Bytes by table, of the parts in use; what merges have replaced and not deleted yet is left out."""
    rows = store.maintain(
        "SELECT table, sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() "
        "GROUP BY table ORDER BY table"
    )
    sizes: Counter[str] = Counter()
    for table, size in rows:  # of each shard
        sizes[table] += int(size)
    return sizes
