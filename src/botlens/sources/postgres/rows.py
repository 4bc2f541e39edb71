"""What is read and written of a source that is followed, in a session of the accounts database."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from botlens.sources.postgres.tables import FollowedSourceRow, SetAsideRow

_THE_SOURCE = 1
_AT_ONCE = 500  # bound values are limited


def source_row(session: Session) -> FollowedSourceRow | None:
    """How far the source has been brought in."""
    return session.get(FollowedSourceRow, _THE_SOURCE)


def put_source(session: Session, values: Mapping[str, Any]) -> None:
    """Write the row of the source, but for what is confirmed."""
    row = source_row(session)
    if row is None:
        session.add(FollowedSourceRow(id=_THE_SOURCE, confirmed=False, **values))
        return
    for name, value in values.items():
        setattr(row, name, value)


def put_seen(session: Session, seen: str) -> None:
    """Write what is said of the source, if it has a row."""
    row = source_row(session)
    if row is not None:
        row.seen = seen


def confirm_source(session: Session, *, confirmed: bool) -> bool:
    """Note whether somebody has confirmed what is held; False if there is no source."""
    row = source_row(session)
    if row is not None:
        row.confirmed = confirmed
    return row is not None


def put_set_aside(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows that were set aside; one that is there is replaced."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(SetAsideRow)
    changed = {name: statement.excluded[name] for name in _CHANGED}
    statement = statement.on_conflict_do_update(index_elements=["entity", "key"], set_=changed)
    for part in _parts(rows):
        session.execute(statement, part)


_CHANGED = ("reason", "word", "company_id", "chatbot_id", "waits_for")


def forget_set_aside(session: Session, entity: str, keys: Iterable[str]) -> None:
    """Rows are no longer set aside."""
    for part in _parts(keys):
        session.execute(delete(SetAsideRow).where(SetAsideRow.entity == entity, SetAsideRow.key.in_(part)))


def forget_all_set_aside(session: Session, entity: str | None = None) -> None:
    """No row, or none of an entity, is set aside."""
    statement = delete(SetAsideRow)
    session.execute(statement if entity is None else statement.where(SetAsideRow.entity == entity))


def set_aside_of(session: Session, entity: str) -> list[tuple[str, str, str | None]]:
    """(key, reason, chatbot) of the rows of an entity that were set aside; of one that is not known, too."""
    named = case((SetAsideRow.reason == "unknown_chatbot", SetAsideRow.word))
    columns = (SetAsideRow.key, SetAsideRow.reason, func.coalesce(SetAsideRow.chatbot_id, named))
    found = session.execute(select(*columns).where(SetAsideRow.entity == entity))
    return [(key, reason, chatbot) for key, reason, chatbot in found]


def waited_for(session: Session) -> set[str]:
    """All that rows wait for."""
    waits = SetAsideRow.waits_for
    return {each for each in session.scalars(select(waits).where(waits.is_not(None)).distinct()) if each}


def waiting_for(session: Session, names: Sequence[str]) -> list[tuple[str, str]]:
    """(entity, key) of the rows that wait for one of these."""
    found: list[tuple[str, str]] = []
    for part in _parts(names):
        rows = session.execute(
            select(SetAsideRow.entity, SetAsideRow.key).where(SetAsideRow.waits_for.in_(part))
        )
        found += [(entity, key) for entity, key in rows]
    return found


def set_aside_counts(session: Session) -> list[tuple[str, str, str | None, str | None, int]]:
    """(reason, word, company, chatbot, how many), the most first."""
    number = func.count()
    by = (SetAsideRow.reason, SetAsideRow.word, SetAsideRow.company_id, SetAsideRow.chatbot_id)
    found = session.execute(select(*by, number).group_by(*by).order_by(number.desc(), *by))
    return [(reason, word, company, chatbot, count) for reason, word, company, chatbot, count in found]


def _parts(items: Iterable[Any]) -> Iterable[list[Any]]:
    remaining = iter(items)
    while part := list(islice(remaining, _AT_ONCE)):
        yield part
