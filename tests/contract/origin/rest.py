"""A stand-in for PostgREST: rows by equal values, never more than 1,000 of them, ids that must be UUIDs."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

Row = dict[str, Any]

MOST_ROWS = 1_000


class RestError(Exception):
    """The database does not answer, or does not take a value."""


class Rest:
    """Tables as lists of rows, in the order in which they were written."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self.tables = tables
        self.is_down = False

    def select(self, table: str, **equal: object) -> list[Row]:
        """The rows of which columns are equal to values, or among them where they are a collection."""
        if self.is_down:
            raise RestError("connection refused")
        for column, value in equal.items():
            self._check(column, value)
        found = [
            row
            for row in self.tables[table]
            if all(_meets(row[name], value) for name, value in equal.items())
        ]
        return found[:MOST_ROWS]

    def _check(self, column: str, value: object) -> None:
        values = value if isinstance(value, list) else [value]
        if not column.endswith("id") or column == "session_id":
            return
        for each in values:
            try:
                UUID(str(each))
            except ValueError:
                raise RestError(f"invalid input syntax for type uuid: {each!r}") from None


def _meets(found: object, wanted: object) -> bool:
    return (
        found in wanted if isinstance(wanted, Collection) and not isinstance(wanted, str) else found == wanted
    )
