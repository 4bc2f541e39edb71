"""What every way to follow a PostgreSQL gives: changes of rows, in batches that are acknowledged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from botlens.errors import BotlensError
from botlens.sources.postgres.mapping import TableName


class BridgeNeededError(BotlensError):
    """What is followed cannot be followed on: everything since the mark must be read again.

    The slot is lost or was let go, the publication is another one, the connection is gone. The code and the
    message say which; nothing of ours is left on the source.
    """

    status = 503
    code = "bridge_needed"


@dataclass(frozen=True, slots=True)
class FollowedTable:
    """A table of which changes are wanted.

    Attributes:
        name: as in the catalogue.
        columns: those of which values are wanted; what identifies a row comes in any case.
    """

    name: TableName
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row, as one transaction left it.

    Attributes:
        table: where it is.
        kind: it is as `row` says, it is gone, or all rows of the table are gone.
        key: values of what identifies a row (the replica identity: mostly the primary key), in the order of
            the table's columns; empty if nothing does, and of `truncate`. A row whose key was changed is a
            `delete` of the old key, then a `put`.
        row: the wanted columns and those of the key, as PostgreSQL writes them in text (UTC, ISO, `t` and
            `f`); None is NULL. A wanted column that the table does not have (any more) is missing. Of
            `delete` the columns of the key, of `truncate` nothing.
        unchanged: wanted columns that are missing since their large values did not change, so that the server
            did not send them: read the row again by its key; if it is gone, its `delete` follows.
        revision: where in the WAL the transaction was committed, 64 bits; of a sweep, where the WAL was
            before its snapshot.
    """

    table: TableName
    kind: Literal["put", "delete", "truncate"]
    key: tuple[str, ...]
    row: Mapping[str, str | None]
    unchanged: frozenset[str]
    revision: int


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """Changes of some transactions, in the order of their commits; of one transaction each key once.

    A transaction of many changes comes in several batches; only the last of them allows to acknowledge it.

    Attributes:
        changes: a few thousand at most.
        upto: what may be acknowledged once this batch and all before it are kept.
        ends: whether the last transaction of it is complete.
    """

    changes: Sequence[RowChange]
    upto: int
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a follower is behind, and how long it can be.

    Attributes:
        behind: bytes of the WAL that are not acknowledged yet.
        room: bytes of the WAL that may still be written until the slot is lost; None: no limit, or no slot.
        limit: what `room` is of a slot that is not behind; None as there.
        status: `wal_status` of the slot: `reserved`, `extended`, `unreserved`, `lost`; None without a slot.
    """

    behind: int
    room: int | None = None
    limit: int | None = None
    status: str | None = None

    @property
    def is_running_out(self) -> bool:
        """Whether less than half of the room is left: time to let go of the slot, and to bridge later."""
        if self.status in ("unreserved", "lost"):
            return True
        return self.room is not None and self.limit is not None and self.room * 2 < self.limit


class Follower(Protocol):
    """A source that is followed. One thread at a time uses it."""

    @property
    def start(self) -> int:
        """The revision that everything has which could be read when this began: no change after it is missed,
        and each has a higher one. It is where the slot starts; of sweeps, where the WAL was before the first
        snapshot. All that was committed before it can be seen by whoever reads now.
        """

    @property
    def caught_up_at(self) -> float:
        """A moment (monotonic, seconds): all that the source had by then could be read when this began, or
        was given and acknowledged; but for what is gone, which sweeps do not see. It rises while `batches`
        is iterated.
        """

    @property
    def pause_seconds(self) -> float:
        """How long it rests between two looks at the source."""

    @property
    def mark(self) -> int:
        """A transaction id (xid8): whatever those below it changed could be read when this began, or was
        given and acknowledged. It rises; kept, it lets the next bridge read only what came since.
        """

    def batches(self, wait: float) -> Iterator[ChangeBatch]:
        """What has changed since, as it comes; ends after `wait` seconds without news.

        To be called again and again: what it does while nothing changes also keeps the source from piling up
        WAL for us. What was given is not given again, acknowledged or not.

        Raises:
            BridgeNeededError: there is no going on.
        """

    def acknowledge(self, upto: int) -> None:
        """All batches up to that with this `upto` are kept for good."""

    def lag(self) -> Lag:
        """How far behind it is now, as the source says.

        Raises:
            BridgeNeededError: see there.
        """

    def close(self) -> None:
        """Ends it; nothing of it stays on the source."""
