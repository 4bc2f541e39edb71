"""Whole tables, read in ranges of blocks, each by a short statement: nothing is held open on the source."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.mapping import TableName, quoted
from botlens.sources.postgres.positions import read_moment
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.refusals import reported
from botlens.sources.postgres.state import Range

_ROWS_WANTED: Final = 50_000
_MOST_BLOCKS: Final = 16_384
_FIRST_BLOCKS: Final = 512
_BLOCK: Final = 8_192

# A table in partitions has no rows of its own; what is no table at all (a view) is read at once.
_PARTS: Final = """
SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text
FROM pg_partition_tree(to_regclass(%s)) t
JOIN pg_catalog.pg_class c ON c.oid = t.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE t.isleaf ORDER BY 1"""
_ITSELF: Final = """
SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass(%s)"""
_FILE: Final = "SELECT pg_relation_filenode(%s::oid::regclass)::bigint, pg_relation_size(%s::oid::regclass)"


@dataclass(frozen=True, slots=True)
class TablePart:
    """What holds rows of a table: itself, or a partition. Not `in_blocks` is read at once."""

    oid: int
    name: TableName
    in_blocks: bool

    @property
    def known_as(self) -> str:
        """By what its range is remembered."""
        return str(self.name)


@dataclass(frozen=True, slots=True)
class BulkPiece:
    """Rows of one range.

    Attributes:
        entity: what they are.
        table: the rows.
        position: where the WAL was before they were read.
    """

    entity: ReadEntity
    table: pa.Table
    position: int


def table_parts(reader: SourceReader, table: TableName) -> list[TablePart]:
    """What holds the rows of a table."""
    found = reader.rows(_PARTS, [table.sql]) or reader.rows(_ITSELF, [table.sql])
    return [TablePart(oid, TableName(schema, name), kind in ("r", "m")) for oid, schema, name, kind in found]


def file_of(reader: SourceReader, part: TablePart) -> tuple[int, int]:
    """What the rows of a part lie in, and how many blocks that has."""
    file, size = reader.rows(_FILE, [part.oid, part.oid])[0]
    return int(file or 0), -(-int(size or 0) // _BLOCK)


class BulkReading:
    """Reads all rows of a part of a table, from where it was left.

    Args:
        reader: of the source.
        part: which.
        entities: what its rows are.
        range: how far it was read; changed as it goes on.
        paced: told how many seconds a range took, between two of them.
    """

    def __init__(
        self,
        reader: SourceReader,
        part: TablePart,
        entities: list[ReadEntity],
        range: Range,  # noqa: A002 - what it is
        paced: Callable[[float], object],
    ) -> None:
        self._reader = reader
        self._part = part
        self._entities = entities
        self.range = range
        self._paced = paced
        self._blocks = _FIRST_BLOCKS
        self._until = self._size = 0

    def kept(self) -> None:
        """What was given last is kept: it need not be read again."""
        self.range.block = self._until
        self.range.done = self._until >= self._size

    def pieces(self) -> Iterator[list[BulkPiece]]:
        """The rows, range by range; say `kept` of each before the next.

        A table whose rows were all written anew meanwhile (VACUUM FULL, CLUSTER) is begun again: they may lie
        in blocks by now that were read before.
        """
        while not self.range.done:
            began = time.monotonic()
            file, size = file_of(self._reader, self._part)
            if file != self.range.file:
                self.range.file, self.range.block = file, 0
            until = self.range.block + self._blocks if self._part.in_blocks else size
            pieces = [self._piece(each, until) for each in self._entities]
            if file_of(self._reader, self._part)[0] != file:
                continue
            self._until, self._size = until, size
            yield pieces
            self._adapt(max((len(each.table) for each in pieces), default=0))
            self._paced(time.monotonic() - began)

    def _piece(self, entity: ReadEntity, until: int) -> BulkPiece:
        with reported(self._reader.address):
            position = read_moment(self._reader.connection).position
        name = self._part.name.sql
        if not self._part.in_blocks:
            return BulkPiece(entity, entity.read(self._reader, table=name), position)
        own = f"{quoted(entity.table.name.name)}.ctid"
        condition = f"{own} >= '({self.range.block},0)'::tid AND {own} < '({until},0)'::tid"
        return BulkPiece(entity, entity.read(self._reader, condition, table=name), position)

    def _adapt(self, rows: int) -> None:
        if rows > 2 * _ROWS_WANTED:
            self._blocks = max(16, self._blocks // 2)
        elif rows < _ROWS_WANTED // 2:
            self._blocks = min(_MOST_BLOCKS, self._blocks * 2)
