"""Tables as bytes: CSV, JSON lines and Parquet, part by part, each part as soon as it is there."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from botlens.moments import iso

TEXT: Final = pa.string()
TEXTS: Final = pa.list_(pa.string())
NUMBER: Final = pa.int64()
FRACTION: Final = pa.float64()
FLAG: Final = pa.bool_()
MOMENT: Final = pa.timestamp("us", tz="UTC")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ESCAPED = (*_FORMULA, "'")
_ROWS_IN_GROUP = 50_000
_BYTES_IN_GROUP = 16 << 20

ExportRow = Sequence[Any]
"""Values in the order of the columns; moments are microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of an export."""

    name: str
    type: pa.DataType


class Encoder(Protocol):
    """Makes the bytes of one file; an empty part is one that is still being gathered."""

    def begin(self) -> bytes:
        """What comes before the rows."""

    def rows(self, rows: Sequence[ExportRow]) -> bytes:
        """Some rows."""

    def end(self) -> bytes:
        """What comes after the rows; a file without it is not whole."""


class CsvEncoder:
    """RFC 4180 in UTF-8, with a header; null is an empty cell, a list is JSON.

    A text that begins like a formula gets a ' in front, so that no spreadsheet runs what a stranger typed
    into a chat; so does one that begins with a ', so that taking one ' away gives back every text.
    """

    def __init__(self, columns: Sequence[ExportColumn]) -> None:
        self._columns = columns
        self._cells = [_CELLS.get(column.type, _plain) for column in columns]

    def begin(self) -> bytes:
        """The header."""
        return self._lines([[column.name for column in self._columns]])

    def rows(self, rows: Sequence[ExportRow]) -> bytes:
        """One line a row."""
        return self._lines(
            ["" if value is None else cell(value) for cell, value in zip(self._cells, row, strict=True)]
            for row in rows
        )

    def end(self) -> bytes:
        """Nothing: the end of CSV is that of the file."""
        return b""

    @staticmethod
    def _lines(rows: Iterable[Sequence[str]]) -> bytes:
        sink = io.StringIO(newline="")
        csv.writer(sink, lineterminator="\r\n").writerows(rows)
        return sink.getvalue().encode()


class JsonLinesEncoder:
    """One JSON object a line."""

    def __init__(self, columns: Sequence[ExportColumn]) -> None:
        self._names = [column.name for column in columns]
        self._moments = [place for place, column in enumerate(columns) if column.type == MOMENT]
        self._encoder = msgspec.json.Encoder()

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def rows(self, rows: Sequence[ExportRow]) -> bytes:
        """One line a row."""
        return self._encoder.encode_lines([self._object(row) for row in rows])

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def _object(self, row: ExportRow) -> dict[str, Any]:
        values = list(row)
        for place in self._moments:
            values[place] = iso(values[place])
        return dict(zip(self._names, values, strict=True))


class ParquetEncoder:
    """Parquet, written row group by row group; without its end no reader takes the file."""

    def __init__(self, columns: Sequence[ExportColumn]) -> None:
        self._schema = pa.schema([(column.name, column.type) for column in columns])
        self._sink = _Taken()
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._gathered: list[pa.RecordBatch] = []

    def begin(self) -> bytes:
        """The magic number."""
        return self._sink.take()

    def rows(self, rows: Sequence[ExportRow]) -> bytes:
        """Gathers rows, and writes them when they are enough for a group."""
        columns = zip(*rows, strict=True) if rows else [()] * len(self._schema)
        arrays = [
            pa.array(values, type=field.type) for values, field in zip(columns, self._schema, strict=True)
        ]
        self._gathered.append(pa.record_batch(arrays, schema=self._schema))
        full = (
            sum(batch.num_rows for batch in self._gathered) >= _ROWS_IN_GROUP
            or sum(batch.nbytes for batch in self._gathered) >= _BYTES_IN_GROUP
        )
        return self._write() if full else b""

    def end(self) -> bytes:
        """The last group and the footer."""
        last = self._write()
        self._writer.close()
        return last + self._sink.take()

    def _write(self) -> bytes:
        table = pa.Table.from_batches(self._gathered, schema=self._schema)
        self._gathered = []
        if table.num_rows:
            self._writer.write_table(table, row_group_size=table.num_rows)
        return self._sink.take()


class _Taken(io.RawIOBase):
    """A file that forgets what was taken from it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _plain(value: Any) -> str:
    return str(value)


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_ESCAPED) else value


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _texts(value: Sequence[str]) -> str:
    return msgspec.json.encode(value).decode()


_CELLS: Mapping[pa.DataType, Callable[[Any], str]] = MappingProxyType(
    {TEXT: _text, TEXTS: _texts, FLAG: _flag, MOMENT: iso}
)


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A kind of file."""

    suffix: str
    media_type: str
    encoder: Callable[[Sequence[ExportColumn]], Encoder]


FORMATS: Final[Mapping[str, ExportFormat]] = MappingProxyType(
    {
        "csv": ExportFormat("csv", "text/csv; charset=utf-8; header=present", CsvEncoder),
        "jsonl": ExportFormat("jsonl", "application/x-ndjson", JsonLinesEncoder),
        "parquet": ExportFormat("parquet", "application/vnd.apache.parquet", ParquetEncoder),
    }
)
