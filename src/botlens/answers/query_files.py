"""The rows of an answer to a query as a file: a column a name, a line a row, as they are in the answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from botlens.answers.file_names import file_name
from botlens.answers.formats import (
    FLAG,
    FORMATS,
    FRACTION,
    NUMBER,
    TEXT,
    ExportColumn,
    ExportFormat,
    ExportRow,
)
from botlens.errors import InvalidError
from botlens.metrics.catalogue.declaration import Kind, Metric
from botlens.metrics.values import Type
from botlens.query.given import flag
from botlens.query.plan import QueryPlan
from botlens.query.shapes import Basis, QueryAnswer, RowObject
from botlens.zones import zone_of

JSON = "json"
OF_FILES: Final = ("format", "bom")
"""The keys of a request that say what its answer comes as."""

_FORMATS: Final = ("csv", "parquet")
_NOT_IN_FILES: Final = ("totals", "wording")
_BOM: Final = "\ufeff".encode()
_MOST_NAMED: Final = 3
_COMPARED: Final = "compare_"
_TYPES: Final[Mapping[Type, pa.DataType]] = MappingProxyType(
    {Type.NUMBER: NUMBER, Type.DECIMAL: FRACTION, Type.FLAG: FLAG}
)


@dataclass(frozen=True, slots=True)
class QueryFile:
    """A file, whole."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FileWish:
    """What an answer shall come as.

    Attributes:
        format: of the file; None: none, but JSON.
        bom: whether CSV begins with a byte order mark, by which spreadsheets know that it is UTF-8.
    """

    format: ExportFormat | None
    bom: bool

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> "FileWish":
        """From a request; of its other keys only those are looked at that no file can hold.

        Raises:
            InvalidError: there is no such format, or something does not go with it.
        """
        given, bom = body.get("format") or JSON, flag(body.get("bom"), "bom")
        if given != JSON and given not in _FORMATS:
            raise InvalidError(
                f"`format` is {JSON}, {' or '.join(_FORMATS)}.", code="invalid_parameter", field="format"
            )
        if bom and given != "csv":
            raise InvalidError("`bom` goes with `format` csv.", code="impossible_pairing", field="bom")
        if given == JSON:
            return cls(None, bom)
        for key in _NOT_IN_FILES:
            if body.get(key):
                raise InvalidError(
                    f"A file holds the rows alone: leave `{key}` out, or ask for JSON.",
                    code="impossible_pairing",
                    field=key,
                )
        return cls(FORMATS[given], bom)


def made_file(wished: ExportFormat, answer: QueryAnswer, plan: QueryPlan, *, bom: bool) -> QueryFile:
    """The file of an answer.

    Args:
        wished: its format.
        answer: to the request of the plan.
        plan: says the names and types of columns.
        bom: see `FileWish`.
    """
    columns = [*_columns(plan, answer), *_compared(plan, answer)]
    encoder = wished.encoder([column for column, _ in columns])
    rows: list[ExportRow] = list(zip(*(values for _, values in columns), strict=True))
    content = (_BOM if bom else b"") + encoder.begin() + encoder.rows(rows) + encoder.end()
    return QueryFile(_name(wished, answer, plan), wished.media_type, content)


_Filled = tuple[ExportColumn, Sequence[Any]]
"""A column and its values."""


def _columns(plan: QueryPlan, answer: QueryAnswer) -> Iterator[_Filled]:
    rows, labels = answer["rows"], answer["meta"].get("labels", {})
    for each in plan.dimensions:
        name = each.dimension.name
        yield ExportColumn(name, _TYPES.get(each.dimension.type, TEXT)), [row[name] for row in rows]
        if name in labels:
            yield ExportColumn(f"{name}_label", TEXT), [labels[name].get(_key(row[name])) for row in rows]
    yield from _metrics(plan, rows, answer["meta"]["n"])


def _compared(plan: QueryPlan, answer: QueryAnswer) -> Iterator[_Filled]:
    """The counterparts: their dates, since all else that they are named by is the same, and their metrics."""
    if "compare" not in answer:
        return
    rows = answer["compare"]["rows"]
    for place in plan.axes.dates:
        name = plan.dimensions[place].dimension.name
        yield ExportColumn(f"{_COMPARED}{name}", TEXT), [row[name] for row in rows]
    yield from _metrics(plan, rows, answer["compare"]["n"], _COMPARED)


def _metrics(
    plan: QueryPlan, rows: Sequence[RowObject], bases: Mapping[str, Sequence[Basis]], prefix: str = ""
) -> Iterator[_Filled]:
    for each in plan.metrics:
        name = each.metric.name
        column = ExportColumn(f"{prefix}{name}", _TYPES.get(each.metric.type, TEXT))
        yield column, [row[name] for row in rows]
        if name in bases:
            yield from _stands_on(each.metric, f"{prefix}{name}", bases[name])


def _stands_on(metric: Metric, name: str, bases: Sequence[Any]) -> Iterator[_Filled]:
    """What the values of a metric stand on, a column each."""
    if metric.kind.orders:
        yield ExportColumn(f"{name}_n", NUMBER), [each["n"] for each in bases]
        return
    exact = FRACTION if metric.kind is Kind.RATIO else NUMBER
    yield ExportColumn(f"{name}_numerator", exact), [each["numerator"] for each in bases]
    yield ExportColumn(f"{name}_denominator", NUMBER), [each["denominator"] for each in bases]
    if metric.kind is Kind.RATE:
        for place, end in enumerate(("low", "high")):
            ends = [each["interval"] and each["interval"][place] for each in bases]
            yield ExportColumn(f"{name}_{end}", FRACTION), ends


def _key(value: Any) -> str:
    return "" if value is None else str(value)


def _name(wished: ExportFormat, answer: QueryAnswer, plan: QueryPlan) -> str:
    what = [each.metric.name for each in plan.metrics[:_MOST_NAMED]]
    if plan.dimensions:
        what += ["by", *(each.dimension.name for each in plan.dimensions)]
    window = answer["meta"]["window"]
    edges = (window["from"], window["to"])
    start, end = (None if given is None else datetime.fromisoformat(given) for given in edges)
    zone = zone_of(answer["meta"]["timezone"])
    assert zone is not None, "the answer was made in it"  # noqa: S101
    return file_name(what, plan.request.choice.chatbots or (), (start, end), zone, wished.suffix)
