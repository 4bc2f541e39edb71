"""Columns of a statement by name, on their way there and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SelectedColumn:
    """A column that a statement selects: its name in the result, and its SQL."""

    name: str
    sql: str

    @property
    def selected(self) -> str:
        """As it stands in a list of what is selected."""
        return self.sql if self.sql == self.name else f"{self.sql} AS {self.name}"


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave.

    Attributes:
        size: how many rows.
        columns: by name, one value a row.
    """

    size: int
    columns: Mapping[str, Sequence[Any]]

    @classmethod
    def of(cls, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> "Result":
        """Of rows whose values have these names, in this order."""
        columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(names)
        return cls(len(rows), dict(zip(names, columns, strict=True)))

    def __getitem__(self, column: SelectedColumn) -> Sequence[Any]:
        """The values of a column."""
        return self.columns[column.name]
