"""Statements on the source: rows as tuples, and many rows as Arrow columns of text."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import psycopg
import pyarrow as pa
import pyarrow.csv as pc_csv
from psycopg import sql

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.connection import connect
from botlens.sources.postgres.copying import copied
from botlens.sources.postgres.refusals import reported

_CANCEL_SECONDS: Final = 2.0
_LARGEST_BLOCK: Final = (1 << 31) - 1
_NULLS = [""]  # of CSV: nothing between commas is NULL, and "" is an empty text


class SourceReader:
    """A connection that reads, each statement in its own transaction. For one thread at a time.

    Args:
        address: where.

    Attributes:
        connection: for others who read by it, in the same thread.

    Raises:
        SourceError: it cannot be opened.
    """

    def __init__(self, address: SourceAddress) -> None:
        self.address = address
        self.connection = connect(address)
        self._is_left_off = False

    def leave_off(self) -> None:
        """Have whatever is read in another thread end within a second or so; then close it."""
        self._is_left_off = True
        with suppress(Exception):  # a source that has gone is not waited for
            self.connection.cancel_safe(timeout=_CANCEL_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        with suppress(Exception):
            self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def rows(self, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """What a statement gives.

        Raises:
            SourceError: it cannot be read.
            BridgeNeededError: the connection is gone.
        """
        with reported(self.address):
            return self.connection.execute(statement.encode(), parameters).fetchall()

    def value(self, statement: str, parameters: Sequence[Any] | None = None) -> Any:
        """The first column of the first row; None without rows."""
        found = self.rows(statement, parameters)
        return found[0][0] if found else None

    def types_of(self, statement: str) -> list[int]:
        """The oids of the types of what a statement gives, without its rows."""
        with reported(self.address):
            found = self.connection.execute(f"{statement} LIMIT 0".encode()).description
        return [each.type_code for each in found or ()]

    def table(
        self, statement: str, columns: Mapping[str, pa.DataType], parameters: Sequence[Any] | None = None
    ) -> pa.Table:
        """What a statement gives, as columns of these names and types: texts and whole numbers.

        Raises:
            SourceError, BridgeNeededError: as above.
        """
        pieces = list(self.pieces(statement, columns, parameters))
        return pa.concat_tables(pieces) if pieces else _nothing(columns)

    def pieces(
        self, statement: str, columns: Mapping[str, pa.DataType], parameters: Sequence[Any] | None = None
    ) -> Iterator[pa.Table]:
        """The same, some megabytes at a time. Take all of it before anything else is asked of the source."""
        copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(sql.SQL(statement))
        with reported(self.address):
            written = self._written(copy, parameters)
            for piece in copied(self.connection, written, lambda: self._is_left_off):
                yield _table(piece, columns)

    def _written(self, statement: sql.Composed, parameters: Sequence[Any] | None) -> bytes:
        """A statement with its values: one that copies takes none beside it."""
        if parameters is None:
            return statement.as_bytes(self.connection)
        return psycopg.ClientCursor(self.connection).mogrify(statement, parameters).encode()


def _nothing(columns: Mapping[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array([], kind) for name, kind in columns.items()})


def _table(piece: bytearray, columns: Mapping[str, pa.DataType]) -> pa.Table:
    return pc_csv.read_csv(
        pa.BufferReader(piece),
        # In one block: a row must not be longer than one.
        read_options=pc_csv.ReadOptions(
            column_names=list(columns), use_threads=False, block_size=min(len(piece) + 1, _LARGEST_BLOCK)
        ),
        parse_options=pc_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pc_csv.ConvertOptions(
            column_types=dict(columns),
            null_values=_NULLS,
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
