"""The mapping laid over the tables that there are: what can be read, and what cannot and why."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from botlens.sources.postgres.changes import FollowedTable
from botlens.sources.postgres.described import TableDescription, describe_tables
from botlens.sources.postgres.entities import TIME, ReadEntity, read_entity
from botlens.sources.postgres.mapping import Entity, FieldSource, TableMapping, TableName, quoted
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.refusals import reported


@dataclass(slots=True)
class PreparedSource:
    """What of a mapping can be read.

    Attributes:
        mapping: as it was written.
        entities: those whose tables have what is needed.
        stopped: the tables that have not, each with a sentence.
    """

    mapping: TableMapping
    entities: list[ReadEntity] = field(default_factory=list)
    stopped: dict[TableName, str] = field(default_factory=dict)

    @property
    def followed(self) -> list[FollowedTable]:
        """The tables of which changes are wanted."""
        columns: dict[TableName, dict[str, None]] = {}
        for each in self.entities:
            columns.setdefault(each.table.name, {}).update(dict.fromkeys((*each.key, *each.entity.columns)))
        return [FollowedTable(name, tuple(wanted)) for name, wanted in columns.items()]

    def has_all(self, kind: str) -> bool:
        """Whether all entities of a kind can be read."""
        return sum(each.kind == kind for each in self.entities) == sum(1 for _ in self.mapping.of(kind))


def mapping_digest(mapping: TableMapping) -> str:
    """Another one when anything of a mapping is."""
    return hashlib.sha256(repr(mapping).encode()).hexdigest()[:32]


def prepare_source(reader: SourceReader, mapping: TableMapping) -> PreparedSource:
    """Lay a mapping over the tables as they are.

    Raises:
        SourceError: the source cannot be read, or an expression cannot be run.
    """
    found = PreparedSource(mapping)
    with reported(reader.address):
        tables = describe_tables(reader.connection, (each.table for each in mapping.events))
    kinds = Counter(each.kind for each in mapping.events)
    numbers: Counter[str] = Counter()
    for number, entity in enumerate(mapping.events):
        numbers[entity.kind] += 1
        name = entity.kind if kinds[entity.kind] == 1 else f"{entity.kind} {numbers[entity.kind]}"
        table = tables.get(entity.table)
        there = _fitted(entity, table, mapping.events)
        if table is None or isinstance(there, str):
            found.stopped[entity.table] = str(there)
            continue
        found.entities.append(read_entity(reader, number, name, there, table, mapping.zone.key))
    return found


def _fitted(entity: Entity, table: TableDescription | None, others: Sequence[Entity]) -> Entity | str:
    """An entity as its table has it, or why it cannot be read."""
    if table is None:
        return f"There is no table {entity.table}: create it, or correct the mapping."
    there = entity.found_in(table.columns)
    missing = [each for each in there.columns if each not in table.columns]
    if missing:
        return (
            f"{entity.table} has no column `{missing[0]}`, which the mapping names of a {entity.kind}: it "
            "is not followed until it has, or the mapping names another."
        )
    if entity.kind == "feedback" and TIME not in there.fields:
        return _timed(there, others)
    return there


def _timed(entity: Entity, others: Sequence[Entity]) -> Entity:
    """Votes whose table knows no times have that of their message."""
    message = entity.fields["message"].column
    for other in others:
        name, time = other.fields["id"].column if "id" in other.fields else None, other.fields.get(TIME)
        if other.kind == "message" and message and name and time is not None and time.column:
            own = f"{quoted(entity.table.name)}.{quoted(message)}"
            sql = f"SELECT m.{quoted(time.column)} FROM {other.table.sql} m WHERE m.{quoted(name)} = {own}"
            return replace(entity, fields={**entity.fields, TIME: FieldSource(sql=sql)})
    return entity
