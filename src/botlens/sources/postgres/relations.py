"""Tables as the log describes them, and rows of the log as what is wanted of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from botlens.sources.postgres.changes import FollowedTable
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.pgoutput import UNCHANGED, RelationMessage, TupleValue

_FULL: Final = "f"


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """What is wanted of a row of the log: see `RowChange`."""

    key: tuple[str, ...]
    values: dict[str, str | None]
    unchanged: frozenset[str]


class LoggedTable:
    """A table as the log describes it.

    Args:
        relation: what it says.
        wanted: the columns of which values are wanted.
        key: what identifies its rows, for where the log only says that all columns do.
    """

    def __init__(self, relation: RelationMessage, wanted: frozenset[str], key: tuple[str, ...]) -> None:
        self.name = TableName(relation.schema, relation.name)
        self._is_full = relation.identity == _FULL
        names = [each.name for each in relation.columns]
        keys = key if self._is_full else tuple(each.name for each in relation.columns if each.is_key)
        self._keys = [place for place, name in enumerate(names) if name in keys]
        self._key_names = [names[place] for place in self._keys]
        self._wanted = [(place, name) for place, name in enumerate(names) if name in wanted or name in keys]

    def key(self, row: tuple[TupleValue, ...]) -> tuple[str, ...]:
        """What identifies a row, of which at least that is known."""
        return tuple(str(row[place]) for place in self._keys)

    def whole(
        self, before: tuple[TupleValue, ...] | None, row: tuple[TupleValue, ...]
    ) -> tuple[TupleValue, ...]:
        """A row after an update, with what did not change of what is known of before."""
        if before is None:
            return row
        return tuple(
            old if new is UNCHANGED and (self._is_full or place in self._keys) else new
            for place, (old, new) in enumerate(zip(before, row, strict=True))
        )

    def row(self, row: tuple[TupleValue, ...]) -> LoggedRow:
        """A row as it is now."""
        values: dict[str, str | None] = {}
        unchanged = []
        for place, name in self._wanted:
            value = row[place]
            if isinstance(value, str | None):
                values[name] = value
            else:
                unchanged.append(name)
        return LoggedRow(self.key(row), values, frozenset(unchanged))

    def gone(self, before: tuple[TupleValue, ...]) -> LoggedRow:
        """A row that is no more: of most tables only what identified it is known."""
        if self._is_full:
            return self.row(before)
        key = self.key(before)
        return LoggedRow(key, dict(zip(self._key_names, key, strict=True)), frozenset())


class LoggedTables:
    """The tables that are followed, by the numbers that the log names them by.

    Args:
        tables: those that are.
        keys: what identifies their rows, from the catalogue.
    """

    def __init__(self, tables: Iterable[FollowedTable], keys: Mapping[TableName, tuple[str, ...]]) -> None:
        self._wanted = {each.name: frozenset(each.columns) for each in tables}
        self._keys = keys
        self._found: dict[int, LoggedTable] = {}

    def learn(self, relation: RelationMessage) -> None:
        """A table is, from now on, as the log says."""
        name = TableName(relation.schema, relation.name)
        wanted = self._wanted.get(name)
        if wanted is None:
            self._found.pop(relation.oid, None)
            return
        self._found[relation.oid] = LoggedTable(relation, wanted, self._keys.get(name, ()))

    def get(self, oid: int) -> LoggedTable | None:
        """A table; None if it is not followed."""
        return self._found.get(oid)
