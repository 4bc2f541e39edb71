"""Rows of the log as fields of an entity: what a statement would have read of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from botlens.moments import microseconds
from botlens.sources.postgres.changes import RowChange
from botlens.sources.postgres.entities import NO_INSTANT, TIME, Fields, ReadEntity
from botlens.sources.postgres.mapping import FieldSource


def logged_fields(entity: ReadEntity, changes: Sequence[RowChange], zone: ZoneInfo) -> Fields:
    """The fields of an entity that is columns alone."""
    fields: dict[str, pa.Array] = dict(entity.constants(len(changes)))
    for name, source in entity.entity.fields.items():
        if source.column is None:
            continue
        texts = [each.row.get(source.column) for each in changes]
        fields[name] = _times(texts, zone) if name == TIME else pa.array(texts, pa.string())
    return fields


def lacks(entity: ReadEntity, change: RowChange) -> str | None:
    """A column that a change should have and has not: it is gone, or has another name by now."""
    for source in entity.entity.fields.values():
        if _is_lacking(source, change):
            return source.column
    return None


def _is_lacking(source: FieldSource, change: RowChange) -> bool:
    column = source.column
    return column is not None and column not in change.row and column not in change.unchanged


def _times(texts: Sequence[str | None], zone: ZoneInfo) -> pa.Array:
    return pa.array([None if each is None else logged_instant(each, zone) for each in texts], pa.int64())


def logged_instant(text: str, zone: ZoneInfo) -> int:
    """Microseconds since 1970 of a time as PostgreSQL writes it (ISO); `NO_INSTANT` of one that is infinite.

    Without an offset it is of the zone, as PostgreSQL has it: an hour that comes twice is the later one, and
    one that does not come is as if the clocks had not been put forward.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:  # infinity, before Christ, after the year 9999
        return NO_INSTANT
    if found.tzinfo is not None:
        return microseconds(found)
    offsets = [found.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1)]
    return microseconds((found - min(offsets)).replace(tzinfo=UTC))
