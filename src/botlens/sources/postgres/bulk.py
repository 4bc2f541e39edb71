"""Whole tables, read in ranges of blocks, each by a short statement: nothing is held open on the source."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.mapping import TableName, quoted
from botlens.sources.postgres.positions import flushed_position
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.reading_ahead import ahead
from botlens.sources.postgres.refusals import reported
from botlens.sources.postgres.state import Range

_ROWS_WANTED: Final = 50_000
_BYTES_WANTED: Final = 32 << 20
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
        position: where the WAL was before they were read, as far as no crash takes it away.
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


@dataclass(frozen=True, slots=True)
class BulkRange:
    """What was read of one range.

    Attributes:
        pieces: its rows, of each entity.
        file: what they lie in.
        until: the block where it ends.
        is_last: whether there was nothing behind it.
    """

    pieces: list[BulkPiece]
    file: int
    until: int
    is_last: bool


class BulkReading:
    """Reads all rows of a part of a table, from where it was left.

    Args:
        reader: of the source. Nobody else may use it meanwhile, nor anybody after a range that was not kept.
        part: which.
        entities: what its rows are.
        range: how far it was read; changed as it goes on.
        paced: called between two ranges; what it raises ends the reading.
    """

    def __init__(
        self,
        reader: SourceReader,
        part: TablePart,
        entities: list[ReadEntity],
        range: Range,  # noqa: A002 - what it is
        paced: Callable[[], object],
    ) -> None:
        self._reader = reader
        self._part = part
        self._entities = entities
        self.range = range
        self._paced = paced
        self._blocks = _FIRST_BLOCKS

    def kept(self, found: BulkRange) -> None:
        """What was given is kept: it need not be read again."""
        self.range.file, self.range.block, self.range.done = found.file, found.until, found.is_last

    def ranges(self) -> Generator[BulkRange, None, None]:
        """The rows, range by range; say `kept` of each before the next. Close it before its end is reached.

        While one is looked at the next is read, and no more than that.
        """
        if self.range.done:
            return
        with closing(ahead(self._all(), self._reader.leave_off)) as ranges:
            for found in ranges:
                self._paced()
                yield found

    def _all(self) -> Iterator[BulkRange]:
        found = self._read(self.range.file, self.range.block)
        yield found
        while not found.is_last:
            found = self._read(found.file, found.until)
            yield found

    def _read(self, file: int, block: int) -> BulkRange:
        """The range that begins at a block.

        A table whose rows were all written anew meanwhile (VACUUM FULL, CLUSTER) is begun again: they may lie
        in blocks by now that were read before.
        """
        while True:
            now, size = file_of(self._reader, self._part)
            if now != file:
                file, block = now, 0
            until = block + self._blocks if self._part.in_blocks else size
            pieces = [self._piece(each, block, until) for each in self._entities]
            if file_of(self._reader, self._part)[0] == file:
                self._adapt(pieces)
                return BulkRange(pieces, file, until, until >= size)

    def _piece(self, entity: ReadEntity, block: int, until: int) -> BulkPiece:
        with reported(self._reader.address):
            position = flushed_position(self._reader.connection)
        name = self._part.name.sql
        if not self._part.in_blocks:
            return BulkPiece(entity, entity.read(self._reader, table=name), position)
        own = f"{quoted(entity.table.name.name)}.ctid"
        condition = f"{own} >= '({block},0)'::tid AND {own} < '({until},0)'::tid"
        return BulkPiece(entity, entity.read(self._reader, condition, table=name), position)

    def _adapt(self, pieces: list[BulkPiece]) -> None:
        """Read more or fewer blocks from now on: so many rows and bytes are in memory, some times over."""
        rows = max((len(each.table) for each in pieces), default=0)
        size = sum(each.table.nbytes for each in pieces)
        if rows > 2 * _ROWS_WANTED or size > 2 * _BYTES_WANTED:
            self._blocks = max(16, self._blocks // 2)
        elif rows < _ROWS_WANTED // 2 and size < _BYTES_WANTED // 2:
            self._blocks = min(_MOST_BLOCKS, self._blocks * 2)
