"""What a table is: its columns, its key, and the statements that make and widen it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from botlens.store.topology import Topology


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its ClickHouse type (with codec), and the Arrow type that it is inserted as."""

    name: str
    sql: str
    arrow: pa.DataType

    @property
    def type(self) -> str:
        """The type alone, as the store describes it."""
        return self.sql.partition(" CODEC(")[0]

    def read(self) -> str:
        """SQL of its value as fields hold it: moments in microseconds since 1970, enumerations as numbers."""
        if pa.types.is_timestamp(self.arrow):
            return f"toUnixTimestamp64Micro({self.name})"
        return f"toInt8({self.name})" if self.sql.startswith("Enum") else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """A ReplacingMergeTree: rows with one `key` replace each other, the highest `version` stays.

    The `computed` columns (by name, their SQL) are not inserted: the store makes them of the others. Where a
    table stands beside another of the same kind, it has a name of its own.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    version: str
    granularity: int
    comment: str
    computed: Mapping[str, str] = field(default_factory=dict)

    def create(self, topology: Topology, name: str | None = None, comment: str | None = None) -> str:
        """The statement that makes the table, every insert and merge of it surviving a loss of power.

        Args:
            topology: where it will lie.
            name: the table's, if it is not the declared one.
            comment: the same of its comment.
        """
        inserted = {column.name: column.sql for column in self.columns}
        columns = ",\n  ".join(f"{each} {sql}" for each, sql in (inserted | dict(self.computed)).items())
        return (
            f"CREATE TABLE IF NOT EXISTS {name or self.name}{topology.on_all} (\n  {columns}\n)\n"
            f"ENGINE = {topology.engine(self.version)}\nORDER BY ({', '.join(self.key)})\n"
            f"SETTINGS index_granularity = {self.granularity}, fsync_after_insert = 1, "
            "fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, "
            f"min_compressed_bytes_to_fsync_after_merge = 1\nCOMMENT '{comment or self.comment}'"
        )

    def widen(self, topology: Topology, stored: Mapping[str, str], name: str | None = None) -> list[str]:
        """The statements that let an older table take what is new: columns, values of enumerations.

        Each may be run twice. Rows of before have the default of a new column's type, which is what records
        without the field have. What is computed is there at once; the store writes it down in the background.
        A new column that the key ends with comes together with that: a key takes no column that has rows.

        Args:
            topology: where the table lies.
            stored: the types of the columns as they are, by name.
            name: the table's, if it is not the declared one.
        """
        table = name or self.name
        enumerations = [
            topology.alter(table, f"MODIFY COLUMN {column.name} {column.sql}")
            for column in self.columns
            if column.sql.startswith("Enum") and stored.get(column.name, column.type) != column.type
        ]
        declared = {column.name: column.sql for column in self.columns} | dict(self.computed)
        missing = {each: sql for each, sql in declared.items() if each not in stored}
        return [
            *enumerations,
            *(
                topology.alter(table, f"ADD COLUMN IF NOT EXISTS {each} {sql}{self._with_key(each)}")
                for each, sql in missing.items()
            ),
            *(
                topology.alter(table, f"MATERIALIZE COLUMN {each}")
                for each in missing
                if each in self.computed
            ),
        ]

    def _with_key(self, column: str) -> str:
        """What a statement that adds a column has to say of the key: nothing unless the key ends with it."""
        return f", MODIFY ORDER BY ({', '.join(self.key)})" if column == self.key[-1] else ""

    def holds(self, stored: Mapping[str, str]) -> bool:
        """Whether a table with these columns (types by name) has all that is declared."""
        return all(stored.get(column.name) == column.type for column in self.columns) and all(
            each in stored for each in self.computed
        )

    def arrow(self) -> pa.Schema:
        """The layout of what is inserted."""
        return pa.schema([(column.name, column.arrow) for column in self.columns])
