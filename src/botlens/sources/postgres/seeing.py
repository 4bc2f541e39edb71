"""Changes of rows as rows of entities with what they say; what did not travel is read again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pyarrow as pa

from botlens.sources.postgres.changes import RowChange
from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.keys import key_text
from botlens.sources.postgres.logged import lacks, logged_fields
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.sheets import Sheet


@dataclass(slots=True)
class SeenRow:
    """A row as a transaction left it: on a sheet, or gone (also: no longer what `where` wants)."""

    entity: ReadEntity
    key: str
    revision: int
    sheet: Sheet | None = None
    place: int = 0


@dataclass(slots=True)
class Seen:
    """What some changes come to.

    Attributes:
        rows: in the order of revisions.
        sheets: what is on them.
        emptied: tables that were emptied at once.
        lacking: tables in which a needed column is missing, and which.
    """

    rows: list[SeenRow] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    emptied: set[TableName] = field(default_factory=set)
    lacking: dict[TableName, str] = field(default_factory=dict)


def see_table(entity: ReadEntity, table: pa.Table, revision: int) -> Seen:
    """Rows that were read."""
    sheet = Sheet.of_table(entity, table, revision)
    rows = [SeenRow(entity, key, revision, sheet, place) for place, key in enumerate(sheet.keys)]
    return Seen(rows, [sheet])


def see_changes(
    changes: Sequence[RowChange],
    entities: Iterable[ReadEntity],
    reader: SourceReader,
    zone: ZoneInfo,
    base: int,
) -> Seen:
    """What changes of the log come to.

    Args:
        changes: in the order of commits.
        entities: those of which changes are wanted.
        reader: for what did not travel.
        zone: of times without one.
        base: what is added to the revisions.
    """
    seen = Seen()
    by_table: dict[TableName, list[RowChange]] = {}
    for each in changes:
        by_table.setdefault(each.table, []).append(each)
    for entity in entities:
        if own := by_table.get(entity.table.name):
            _see_entity(entity, own, seen, reader, zone, base)
    seen.rows.sort(key=lambda each: each.revision)
    return seen


def _see_entity(
    entity: ReadEntity,
    changes: Sequence[RowChange],
    seen: Seen,
    reader: SourceReader,
    zone: ZoneInfo,
    base: int,
) -> None:
    plain: list[tuple[RowChange, SeenRow]] = []
    again: dict[str, list[SeenRow]] = {}
    for change in changes:
        if change.kind == "truncate":
            seen.emptied.add(change.table)
            continue
        row = SeenRow(entity, _key(entity, change), change.revision + base)
        seen.rows.append(row)
        if change.kind == "delete":
            continue
        if (column := lacks(entity, change)) is not None:
            seen.lacking[change.table] = column
            seen.rows.pop()
        elif entity.entity.is_read_again or change.unchanged:
            again.setdefault(row.key, []).append(row)
        else:
            plain.append((change, row))
    if plain:
        fields = logged_fields(entity, [change for change, _ in plain], zone)
        rows = [row for _, row in plain]
        sheet = Sheet.of(entity, [row.key for row in rows], fields, [row.revision for row in rows])
        for place, row in enumerate(rows):
            row.sheet, row.place = sheet, place
        seen.sheets.append(sheet)
    if again:
        _read_again(entity, again, seen, reader)


def _read_again(
    entity: ReadEntity, again: dict[str, list[SeenRow]], seen: Seen, reader: SourceReader
) -> None:
    """Rows as they are by now: what they became since comes again, with a higher revision."""
    for table in entity.read_keys(reader, list(again)):
        sheet = Sheet.of_table(entity, table, 0)
        for place, key in enumerate(sheet.keys):
            for row in again.get(key, ()):
                row.sheet, row.place = sheet, place
                sheet.revisions[place] = row.revision
        seen.sheets.append(sheet)


def _key(entity: ReadEntity, change: RowChange) -> str:
    if all(change.row.get(each) is not None for each in entity.key):
        return key_text([change.row[each] or "" for each in entity.key])
    return key_text(change.key)
