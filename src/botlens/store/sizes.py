"""How much room the tables take."""

from botlens.store.connection import ClickHouse


def bytes_on_disk(store: ClickHouse) -> dict[str, int]:
    """Bytes by table, of the parts in use; what merges have replaced and not deleted yet is left out."""
    rows = store.maintain(
        "SELECT table, sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() "
        "GROUP BY table ORDER BY table"
    )
    return {row[0]: int(row[1]) for row in rows}
