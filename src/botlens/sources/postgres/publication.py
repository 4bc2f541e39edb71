"""What a source publishes in its log, and whether that is still what it was."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from botlens.sources.postgres.changes import BridgeNeededError
from botlens.sources.postgres.connection import SourceConnection
from botlens.sources.postgres.mapping import TableName

PUBLICATION: Final = "botlens"
INSERTS: Final = "botlens_inserts"
"""Of tables whose rows nothing identifies: with their updates published, the owner's own would fail."""
PUBLICATIONS: Final = (PUBLICATION, INSERTS)

LOOK_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table of a publication.

    Attributes:
        publication: which.
        name: of the table.
        kinds: what is published, of insert, update, delete and truncate.
        columns: those that are.
        where: which rows, as SQL; None: all.
        through_root: of one in partitions, whether its own name is said.
    """

    publication: str
    name: TableName
    kinds: frozenset[str]
    columns: frozenset[str]
    where: str | None
    through_root: bool


@dataclass(frozen=True, slots=True)
class Publications:
    """Publications as they are.

    Attributes:
        names: those that there are, of those that were asked for.
        tables: what each of them publishes.
        state: a text that is another one as soon as anything of them is, or was: made anew, flags, tables
            and their names, filters.
    """

    names: tuple[str, ...]
    tables: tuple[PublishedTable, ...]
    state: str

    def of(self, table: TableName) -> tuple[PublishedTable, ...]:
        """A table, once for each publication that it is in."""
        return tuple(each for each in self.tables if each.name == table)


# Whatever these catalogues say of a publication, in this or a later version of PostgreSQL.
_STATE: Final = """
SELECT p.pubname::text, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
       (SELECT jsonb_agg(jsonb_build_array(t.schemaname, t.tablename, t.attnames, t.rowfilter))
        FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname),
       concat_ws(' ', p.oid, p.xmin, to_jsonb(p),
         (SELECT jsonb_agg(to_jsonb(r) ORDER BY r.oid) FROM pg_catalog.pg_publication_rel r
          WHERE r.prpubid = p.oid),
         (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.oid) FROM pg_catalog.pg_publication_namespace s
          WHERE s.pnpubid = p.oid),
         (SELECT array_agg(t.relid ORDER BY t.relid) FROM pg_get_publication_tables(p.pubname) t),
         (SELECT array_agg(concat(t.schemaname, '.', t.tablename) ORDER BY t.schemaname, t.tablename)
          FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname))
FROM pg_catalog.pg_publication p WHERE p.pubname = ANY (%s) ORDER BY p.pubname
"""
_KINDS: Final = ("insert", "update", "delete", "truncate")


def read_publications(connection: SourceConnection, names: Sequence[str]) -> Publications:
    """What some publications are now.

    Raises:
        psycopg.Error: it cannot be read.
    """
    found = connection.execute(_STATE, (list(names),)).fetchall()
    tables = []
    for publication, *flags, through_root, published, _ in found:
        kinds = frozenset(kind for kind, flag in zip(_KINDS, flags, strict=True) if flag)
        for schema, table, columns, where in published or ():
            name = TableName(schema, table)
            tables.append(
                PublishedTable(publication, name, kinds, frozenset(columns or ()), where, through_root)
            )
    state = "\n".join(state for *_, state in found)
    return Publications(tuple(name for name, *_ in found), tuple(tables), state)


class PublicationWatch:
    """Looks every minute whether publications are still the ones that they were.

    One that was made anew, or a table that was taken out and put back, is not noticed by the log: what
    changed in between is missing from it, without an error.

    Args:
        names: of the publications.
        connect: gives the connection to look with.
        every: seconds.
    """

    def __init__(
        self, names: Sequence[str], connect: Callable[[], SourceConnection], every: float = LOOK_SECONDS
    ) -> None:
        self._names = tuple(names)
        self._connect = connect
        self._every = every
        self._state = self._now()
        self._looked = time.monotonic()

    def look(self) -> None:
        """Looks, if it is time to.

        Raises:
            BridgeNeededError: they are others.
            psycopg.Error: they cannot be read.
        """
        if time.monotonic() - self._looked >= self._every:
            self.look_now()

    def look_now(self) -> None:
        """Looks: when this returns they have been the same all the time.

        Raises:
            BridgeNeededError, psycopg.Error: as `look`.
        """
        self._looked = time.monotonic()
        if self._now() != self._state:
            message = (
                f"The publication {', '.join(self._names)} was changed: changes may be missing from the log."
            )
            raise BridgeNeededError(message, code="publication_changed")

    def _now(self) -> str:
        return read_publications(self._connect(), self._names).state
