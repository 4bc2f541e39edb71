"""A PostgreSQL with tables of people, and what follows it."""

import time
from collections.abc import Callable, Iterator, Sequence

import psycopg

from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.changes import ChangeBatch, FollowedTable, Follower, RowChange
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.slot import PolledLog
from botlens.sources.postgres.stream import StreamedLog
from botlens.sources.postgres.sweep import Sweep

NOTES = TableName("public", "notes")
LARGE = "a large value, which is kept beside its row " * 300
PATIENCE = 120.0  # seconds; of what is right at once, on a machine that has nothing else to do
_LOOK_SECONDS = 0.02
LOG_FOLLOWERS = {"stream": StreamedLog, "slot": PolledLog}


class Origin:
    """A database with a table `notes(id, content, score)`, which it publishes as `botlens`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True)
        self.run("CREATE TABLE notes (id int PRIMARY KEY, content text, score float)")
        self.run("ALTER TABLE notes ALTER content SET STORAGE EXTERNAL")
        self.run("CREATE PUBLICATION botlens FOR TABLE notes")

    def run(self, *statements: str) -> None:
        """In one transaction."""
        with self.connection.transaction():
            for statement in statements:
                self.connection.execute(statement)

    def value(self, statement: str) -> object:
        """What a statement gives."""
        (found,) = self.connection.execute(statement).fetchone() or (None,)
        return found

    def slots(self) -> int:
        """How many slots there are in this database; those that are ending are waited for."""
        statement = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
        until = time.monotonic() + PATIENCE
        while self.value(statement) and time.monotonic() < until:
            time.sleep(0.05)
        return int(str(self.value(statement)))

    def follow(
        self,
        way: str,
        *tables: FollowedTable,
        publications: Sequence[str] = ("botlens",),
        waiting: Callable[[str], object] = print,
        look_every: float = 60.0,
    ) -> Follower:
        """Follows `notes`, or other tables."""
        followed = tables or (FollowedTable(NOTES, ("id", "content", "score")),)
        address = parse_address(self.url)
        if way == "sweep":
            return Sweep(address, followed)
        return LOG_FOLLOWERS[way](address, followed, publications, waiting, look_every=look_every)


def coming(follower: Follower, silence: float | None = None) -> Iterator[ChangeBatch]:
    """What it has to say of all that is committed by now; each is acknowledged when the next is asked for.

    With `silence`: what it says until it has said nothing for so many seconds.
    """
    now = time.monotonic()
    while True:
        for batch in follower.batches(_LOOK_SECONDS if silence is None else silence):
            yield batch
            follower.acknowledge(batch.upto)
        if silence is not None or follower.caught_up_at >= now:
            return
        assert time.monotonic() < now + PATIENCE, "it does not catch up"


def batches(follower: Follower, silence: float | None = None) -> list[ChangeBatch]:
    """All of that."""
    return list(coming(follower, silence))


def first(follower: Follower) -> ChangeBatch:
    """The next batch that says something, not acknowledged."""
    return next(each for each in follower.batches(PATIENCE) if each.changes)


def changes(follower: Follower, silence: float | None = None) -> list[RowChange]:
    """The same as changes."""
    return [change for batch in batches(follower, silence) for change in batch.changes]


def told(found: Sequence[RowChange]) -> list[tuple[object, ...]]:
    """Kind, key and row of each; texts of many characters by their length."""
    return [
        (each.kind, *each.key, {name: short(value) for name, value in each.row.items()}) for each in found
    ]


def short(value: str | None) -> str | int | None:
    return len(value) if value is not None and len(value) > 100 else value
