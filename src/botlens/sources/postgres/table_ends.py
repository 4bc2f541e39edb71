"""Where tables end: most rows that are new lie there."""

from typing import Any, Final

import psycopg

from botlens.sources.postgres.described import TableDescription

_EXTENDED_AT_ONCE: Final = 64
"""PostgreSQL makes a table longer by so many blocks at most, and fills them in no promised order."""

_BLOCKS: Final = "SELECT pg_relation_size(%s::oid) / current_setting('block_size')::bigint"


class TableEnds:
    """How long tables were when they were last looked at.

    Args:
        connection: to the source.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._blocks: dict[int, int] = {}

    def of(self, table: TableDescription) -> int | None:
        """From which block on rows may be new since the last look; None if there is no telling.

        A table in partitions has no blocks of its own, and its partitions need rights of their own.
        """
        if table.kind != "r":
            return None
        (now,) = self._connection.execute(_BLOCKS, [table.oid]).fetchone() or (0,)
        before, self._blocks[table.oid] = self._blocks.get(table.oid, 0), int(now or 0)
        return max(0, min(before, self._blocks[table.oid]) - _EXTENDED_AT_ONCE)
