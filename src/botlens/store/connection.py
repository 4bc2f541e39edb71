"""Connections to ClickHouse: the engine inside this process by default, a server by URL.

Whatever a person sent travels as a bound parameter or as inserted data, never as text of a statement. What
the store says of an error is for the log (it is the cause of ours), never for whoever asked.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Self

import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from botlens.errors import BotlensError, OverloadedError
from botlens.store import guard
from botlens.store.clients import Clients, EngineClients, ServerClients
from botlens.store.facts_tables import FactsTables
from botlens.store.failures import (
    OtherStoreError,
    StoreError,
    StoreRefusedError,
    TooSlowError,
    is_answer,
    is_silence,
    is_too_much,
)
from botlens.store.heap import give_back_heap
from botlens.store.pool import (
    BusyError,
    ClosedError,
    Connection,
    Lane,
    Pool,
    SilentError,
    StuckError,
    Watch,
)
from botlens.store.saved_bases import SavedBases
from botlens.store.table import Table
from botlens.store.unanswered import UnansweredInserts
from botlens.store.unreachable import OF_ONE_PROCESS, is_refusal

CALL_SECONDS = 30.0
"""How much longer a call may take than its statement."""

_BRIEF_SECONDS = 1.0
"""How much longer a call may take whose caller has little time, see `within`."""

_WITHOUT_LIMIT = 10
"""How many times as long a call may take whose statement has no limit of its own."""


Admission = Callable[[], AbstractContextManager[None]]
"""What an insert happens within."""

Rest = Callable[[], float | None]
"""How many seconds are left for a statement that begins now; None is no limit."""


IsOwn = Callable[[Client], bool]
"""Asks a server whether it has the database that is meant."""


def _any_will_do(client: Client) -> bool:
    client.command("SELECT 1")
    return True


class ClickHouse:
    """The store. Readers share some connections, and what changes it has others: see `Lane`.

    Args:
        url: `chdb:///folder` for the engine inside this process; for a server
            `http(s)://user:password@host:port/database` (also `clickhouse://`).
        cluster: of which cluster that server is one; the tables are replicated there.
        memory_mib: the most that the embedded engine may use.
        call_seconds: how much longer than its own limit a statement may take to come back; ten times as long
            if it has none. After that the call is given up, and so is its connection.
        watch: gets how many calls were given up and hang.
        at_once: whether to connect now; else `connect` does, or the first call.
        setting: the environment variable that names the URL: for sentences.

    Attributes:
        topology: where the tables lie.
        facts: which tables of facts there are: see `upgrades.open_tables`.
        saved: which numbers are saved: see `saved_numbers`.
        unanswered: inserts that may be done yet: see `erasing_again`.

    Raises:
        StoreError: it cannot be opened; for whoever starts the process it says why.
        InvalidError: see `embedded.require_limit`, and `Topology`.
    """

    def __init__(
        self,
        url: str,
        *,
        cluster: str | None = None,
        memory_mib: int = 2_048,
        call_seconds: float = CALL_SECONDS,
        watch: Watch = lambda _: None,
        at_once: bool = True,
        setting: str = OF_ONE_PROCESS,
    ) -> None:
        self._clients: Clients
        if url.startswith("chdb://"):
            self._clients = EngineClients(Path(url.removeprefix("chdb://")), memory_mib, cluster)
        else:
            self._clients = ServerClients(url, cluster, setting)
        self.topology = self._clients.topology
        self._call_seconds = call_seconds
        self._purges = not self.is_shared
        self._lane = Lane.READ
        self._admission: Admission = nullcontext
        self._rest: Rest = _no_limit
        self.facts = FactsTables()
        self.saved = SavedBases()
        self.unanswered = UnansweredInserts(is_unknown=self.topology.is_shared)
        self._pool = Pool(self._clients.connect, watch, self._clients.limit)
        if at_once:
            try:
                self.connect()
            except BaseException:
                self._pool.close(0)
                raise

    def connect(self) -> None:
        """Connect for the first time; once that was done, nothing happens.

        Raises:
            StoreError: it cannot be done; for whoever starts the process it says why.
        """
        try:
            self._pool.open(self._patience(None))
        except Exception as error:
            kind = StoreRefusedError if self.is_shared and is_refusal(error) else StoreError
            raise kind(self._clients.why_not(error)) from (None if self.is_shared else error)

    @property
    def reserved(self) -> Self:
        """The same store, whose reads do not wait for those of callers: for what a commit must know."""
        same = copy.copy(self)
        same._lane = Lane.WRITE  # noqa: SLF001 - of our own class
        return same

    def admitted(self, admission: Admission) -> Self:
        """The same store, each insert into which happens within this; what it raises refuses the insert."""
        same = copy.copy(self)
        same._admission = admission  # noqa: SLF001 - of our own class
        return same

    def within(self, rest: Rest) -> Self:
        """The same store, where what upkeep reads or inserts is ended once no time is left.

        Raises:
            TooSlowError: by what is read, and by what waits for its connection in vain. A server that does
                not answer is given up a second later.
            StoreError: by an insert, which may be done or not.
        """
        same = copy.copy(self)
        same._rest = rest  # noqa: SLF001 - of our own class
        return same

    @property
    def readers(self) -> int:
        """How many reads are served at once: as many as questions may run. What writes has room besides."""
        return Lane.READ.value

    def has_room(self) -> bool:
        """Whether another read would be served at once."""
        return self._pool.has_room(self._lane)

    @property
    def is_silent(self) -> bool:
        """Whether a server did not answer when it was last looked for, see `ping`."""
        return self._pool.is_silent

    def ping(self, seconds: float, is_own: IsOwn | None = None) -> None:
        """See whether a server answers within so many seconds, and is the one that is meant.

        While it does not nobody waits for it: whoever asks or has asked gets an error at once, until it is
        seen to answer again. So who looks once must go on looking.

        Args:
            seconds: how long it may take.
            is_own: looks whether what answers has the database that is meant; None is any.

        Raises:
            OtherStoreError: it is another one.
            StoreError: it does not answer.
        """
        begun = monotonic()
        try:
            with self._borrowed(Lane.LOOK) as connection:
                is_it = connection.call(is_own or _any_will_do, seconds)
        except StoreError as error:
            # A server that is busy answers others, and one that refuses has answered. What came back just as
            # this began may have stood in its socket for long: while this process stood still.
            if is_silence(error.__cause__) and self._pool.answered_at < (begun + monotonic()) / 2:
                self._pool.silence()
            raise
        if not is_it:
            self._pool.silence()
            raise OtherStoreError
        self._pool.answers()

    @property
    def hanging(self) -> int:
        """How many calls were given up and have not come back."""
        return self._pool.hanging

    @property
    def is_shared(self) -> bool:
        """Whether other processes can write to it: a server. The embedded engine locks its folder."""
        return self.topology.is_shared

    def close(self) -> None:
        """Close every connection; the embedded engine stops with the last one."""
        self._pool.close(self._call_seconds)

    def rows(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> Sequence[Sequence[Any]]:
        """The rows of a read that is bound to one company.

        Raises:
            StoreError: the store does not answer.
            TooSlowError: it takes longer than `seconds`, or more memory than the store may use.
        """
        guard.check(statement, parameters)
        with self._borrowed(self._lane) as connection:
            return connection.call(
                lambda client: (
                    client.query(statement, dict(parameters), settings=_limits(seconds)).result_rows
                ),
                self._patience(seconds),
            )

    def columns(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> pa.Table:
        """The same as columns, for what is looked at as such. Texts are strings, as `rows` has them."""
        guard.check(statement, parameters)
        settings = {**(_limits(seconds) or {}), "output_format_arrow_string_as_string": 1}
        with self._borrowed(self._lane) as connection:
            return connection.call(
                lambda client: client.query_arrow(statement, dict(parameters), settings=settings),
                self._patience(seconds),
            )

    def blocks(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """The same as a stream of blocks of rows, in constant memory."""
        guard.check(statement, parameters)
        patience = self._patience(seconds)
        with self._borrowed(self._lane) as connection:
            stream: Any = connection.call(
                lambda client: client.query_row_block_stream(
                    statement, dict(parameters), settings=_limits(seconds)
                ),
                patience,
            )
            connection.call(lambda _: stream.__enter__(), patience)
            try:
                while (block := connection.call(lambda _: next(stream, None), patience)) is not None:
                    yield block
            finally:
                if connection.sound:
                    # One that was left alone is ended by whichever thread collects garbage: it must not wait.
                    brief = min(patience, _BRIEF_SECONDS)
                    with suppress(StuckError):
                        connection.call(lambda _: stream.__exit__(None, None, None), brief)

    def maintain(
        self, statement: str, parameters: Mapping[str, Any] | None = None, *, seconds: float | None = None
    ) -> Sequence[Sequence[Any]]:
        """Run a statement of botlens' own upkeep (schema, sizes), which belongs to no company.

        The statement is a literal of this room; nothing that a caller sent may reach it as text. `seconds` is
        how long it may take, where that is known.
        """
        reads = statement.lstrip().upper().startswith("SELECT")
        bound = dict(parameters or {})

        def run(client: Client, rest: float | None) -> Sequence[Sequence[Any]]:
            if reads:
                return client.query(statement, parameters=bound, settings=_limits(rest)).result_rows
            client.command(statement, parameters=bound)
            return []

        with self._borrowed(self._lane if reads else Lane.WRITE) as connection:
            rest = self._rest()  # by now: it may have been waited for
            return connection.call(lambda client: run(client, rest), self._patience_of(rest, seconds))

    def make(self, table: Table, name: str | None = None, comment: str | None = None) -> None:
        """Make a table that is not there, by its own name and comment or another.

        Nothing is asked for where it is there: in a cluster, all servers would be.
        """
        if not self.has(name or table.name):
            self.maintain(table.create(self.topology, name, comment))

    def has(self, table: str) -> bool:
        """Whether there is a table of a name."""
        there = (
            "SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = {name:String} LIMIT 1"
        )
        return bool(self.maintain(there, {"name": table}))

    def arrow(self, statement: str, parameters: Mapping[str, Any]) -> pa.Table:
        """What a read of botlens' own upkeep gives, as one table; see `maintain`."""
        bound = dict(parameters)
        with self._borrowed(self._lane) as connection:
            rest = self._rest()
            return connection.call(
                lambda client: client.query_arrow(statement, parameters=bound, settings=_limits(rest)),
                self._patience_of(rest),
            )

    def insert(self, table: Table, parts: Iterable[pa.Table], name: str | None = None) -> None:
        """Insert rows at once; returns when they are on disk. It may take `call_seconds`.

        Args:
            table: where.
            parts: some rows each, in the layout of `Table.arrow`, made while they are written. A null stands
                for the default of its column, where that takes no null.
            name: the table's, if it is not the declared one.
        """
        schema = table.arrow()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema) as writer:
            for part in parts:
                writer.write_table(part)
        block = sink.getvalue()
        with self._admission(), self._noting(), self._borrowed(Lane.WRITE) as connection:
            rest = self._rest()
            connection.call(
                lambda client: client.raw_insert(
                    name or table.name,
                    column_names=schema.names,
                    insert_block=block,
                    fmt="ArrowStream",
                    settings={"input_format_null_as_default": 1},
                ),
                # Flushes, and readers who need what is flushed, wait behind it.
                self._call_seconds if rest is None else self._patience_of(rest),
            )

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Note an insert of which nobody knows whether it is done yet."""
        try:
            yield
        except StoreError as error:
            cause = error.__cause__
            is_unanswered = not isinstance(cause, SilentError) and not is_answer(cause)
            if isinstance(cause, StuckError) or (self.is_shared and is_unanswered):
                self.unanswered.note()
            raise

    def give_back_memory(self) -> None:
        """Give memory that large inserts and merges needed for a moment back to the system: milliseconds."""
        give_back_heap()
        if self._purges:
            try:
                self.maintain("SYSTEM JEMALLOC PURGE")
            except StoreError:  # built with another allocator, as on macOS
                self._purges = False

    @contextmanager
    def _borrowed(self, lane: Lane) -> Iterator[Connection]:
        """A connection for the block, whose errors become ours."""
        try:
            with self._pool.borrowed(lane, self._rest()) as connection:
                self._clients.before_a_call()
                try:
                    yield connection
                except ClickHouseError as error:
                    if not is_too_much(error):  # it may be broken, or may not be
                        connection.sound = False
                    raise
                except Exception:
                    connection.sound = False
                    raise
        except BotlensError:
            raise
        except ClosedError:
            raise OverloadedError("The server is stopping; try again in a moment.", code="stopping") from None
        except Exception as error:  # whatever a driver, a socket or a full disk may raise
            raise self._as_ours(error, lane) from error

    def _as_ours(self, error: Exception, lane: Lane) -> BotlensError:
        if self._rest() is not None and (
            isinstance(error, BusyError) or (isinstance(error, StuckError) and lane is Lane.READ)
        ):
            return TooSlowError()
        if isinstance(error, BusyError):
            return OverloadedError("Too much is being asked at once; ask again in a moment.")
        if isinstance(error, ClickHouseError) and lane is Lane.READ and is_too_much(error):
            return TooSlowError()
        return StoreError()

    def _patience(self, seconds: float | None) -> float:
        """How long a call may take whose statement may take `seconds`."""
        return seconds + self._call_seconds if seconds else _WITHOUT_LIMIT * self._call_seconds

    def _patience_of(self, rest: float | None, seconds: float | None = None) -> float:
        """The same of what upkeep does, of which `rest` may be left."""
        return self._patience(seconds) if rest is None else rest + min(_BRIEF_SECONDS, self._call_seconds)


def _no_limit() -> None:
    """A statement may take as long as any."""


def _limits(seconds: float | None) -> dict[str, Any] | None:
    return {"max_execution_time": seconds, "timeout_overflow_mode": "throw"} if seconds else None
