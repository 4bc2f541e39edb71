"""Connections to ClickHouse: the engine inside this process by default, a server by URL.

Whatever a person sent travels as a bound parameter or as inserted data, never as text of a statement.
"""

import ctypes
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from threading import BoundedSemaphore
from typing import Any
from xml.sax.saxutils import escape

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from botlens.errors import InvalidError, OverloadedError
from botlens.store import guard
from botlens.store.schema import TABLES, Table

_C_LIBRARY = ctypes.CDLL(None)
_CONNECTIONS = 6
_MEBIBYTE = 1 << 20

_SETTINGS = {
    # All parts of a statement read one state of a table (see `querying`).
    "enable_shared_storage_snapshot_in_query": 1,
    # Otherwise a statement gets one thread for each 4 GiB of free memory, and several for many rows only.
    "max_threads_min_free_memory_per_thread": 0,
    "merge_tree_min_rows_for_concurrent_read": 32_768,
    "merge_tree_min_bytes_for_concurrent_read": 1 << 20,
}

_CONFIG = """<clickhouse>
  <logger><console>false</console><level>none</level></logger>
  <max_server_memory_usage>{memory}</max_server_memory_usage>
  <mark_cache_size>{marks}</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_common_pool_size>1</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <user_files_path>{folder}/no-user-files</user_files_path>
</clickhouse>
"""


_TOO_MUCH = ("TIMEOUT_EXCEEDED", "MEMORY_LIMIT_EXCEEDED", "TOO_SLOW")


class TooSlowError(InvalidError):
    """A question that takes more time or memory than one may."""

    code = "query_too_large"

    def __init__(self) -> None:
        super().__init__(
            "This question takes more time or memory than one may: ask for a shorter period, fewer chatbots "
            "or fewer values of a dimension."
        )


class StoreError(OverloadedError):
    """The event store cannot be opened or does not answer.

    What the engine said is the error's cause: for the log and for whoever operates it, and for no tenant.
    """

    code = "store_unavailable"


class ClickHouse:
    """A small pool of connections: whoever needs one borrows it, since each serves one call at a time.

    Args:
        url: `chdb:///folder` for the engine inside this process; for a server
            `http(s)://user:password@host:port/database` (also `clickhouse://`).
        memory_mib: the most that the embedded engine may use.
    """

    def __init__(self, url: str, *, memory_mib: int = 2_048) -> None:
        self._url = url
        self._folder = Path(url.removeprefix("chdb://")) if url.startswith("chdb://") else None
        self._memory_mib = memory_mib
        self._idle: LifoQueue[Client] = LifoQueue()
        self._slots = BoundedSemaphore(_CONNECTIONS)
        self._closed = False
        self._purges = self._folder is not None
        self._options = self._prepare() if self._folder else {}
        with self._client():
            pass

    @property
    def connections(self) -> int:
        """How many calls are served at once."""
        return _CONNECTIONS

    @property
    def is_shared(self) -> bool:
        """Whether other processes can write to it: a server. The embedded engine locks its folder."""
        return self._folder is None

    def close(self) -> None:
        """Close every connection; the embedded engine stops with the last one."""
        self._closed = True
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def create_tables(self) -> None:
        """Make the tables that are not there yet, and let older ones take what is new."""
        for table in TABLES:
            self.maintain(table.create())
            stored = self.maintain(
                "SELECT name, type FROM system.columns WHERE database = currentDatabase() "
                "AND table = {table:String}",
                {"table": table.name},
            )
            for statement in table.widen({row[0]: row[1] for row in stored}):
                self.maintain(statement)

    def rows(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> Sequence[Sequence[Any]]:
        """The rows of a read that is bound to one company.

        Raises:
            StoreError: the store does not answer.
            TooSlowError: it takes longer than `seconds`, or more memory than the store may use.
        """
        guard.check(statement, parameters)
        with self._client() as client:
            return client.query(statement, dict(parameters), settings=_limits(seconds)).result_rows

    def blocks(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """The same as a stream of blocks of rows, in constant memory."""
        guard.check(statement, parameters)
        with (
            self._client() as client,
            client.query_row_block_stream(statement, dict(parameters), settings=_limits(seconds)) as stream,
        ):
            yield from stream

    def maintain(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Any]]:
        """Run a statement of botlens' own upkeep (schema, sizes), which belongs to no company.

        The statement is a literal of this room; nothing that a caller sent may reach it as text.
        """
        with self._client() as client:
            if statement.lstrip().upper().startswith("SELECT"):
                return client.query(statement, parameters=dict(parameters or {})).result_rows
            client.command(statement, parameters=dict(parameters or {}))
            return []

    def insert(self, table: Table, parts: Iterable[pa.Table]) -> None:
        """Insert rows at once; returns when they are on disk.

        Args:
            table: where.
            parts: some rows each, in the layout of `Table.arrow`, made while they are written. A null stands
                for the default of its column, where that takes no null.
        """
        schema = table.arrow()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema) as writer:
            for part in parts:
                writer.write_table(part)
        with self._client() as client:
            client.raw_insert(
                table.name,
                column_names=schema.names,
                insert_block=sink.getvalue(),
                fmt="ArrowStream",
                settings={"input_format_null_as_default": 1},
            )

    def give_back_memory(self) -> None:
        """Give memory that large inserts and merges needed for a moment back to the system: milliseconds."""
        pa.default_memory_pool().release_unused()
        _trim_heap()
        if self._purges:
            try:
                self.maintain("SYSTEM JEMALLOC PURGE")
            except StoreError:  # built with another allocator, as on macOS
                self._purges = False

    @contextmanager
    def _client(self) -> Iterator[Client]:
        with self._slots:
            client = self._take()
            try:
                yield client
            except ClickHouseError as error:
                if any(code in str(error) for code in _TOO_MUCH):
                    raise TooSlowError from error
                raise StoreError(
                    "The event store does not answer; the server's log says why. Try again."
                ) from error
            finally:
                if self._closed:
                    client.close()
                else:
                    self._idle.put(client)

    def _take(self) -> Client:
        if self._closed:
            raise OverloadedError("The server is stopping; try again in a moment.", code="stopping")
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._connect()

    def _connect(self) -> Client:
        try:
            if self._folder is not None:
                return clickhouse_connect.get_client(
                    interface="chdb",
                    path=str(self._folder),
                    chdb_options=self._options,
                    settings=_SETTINGS,
                )
            return clickhouse_connect.get_client(dsn=self._url, autogenerate_session_id=False)
        except Exception as error:
            if self._folder is None:
                raise StoreError(
                    "The ClickHouse server cannot be reached: check BOTLENS_CLICKHOUSE_URL "
                    f"({type(error).__name__})."
                ) from error
            raise StoreError(
                "The event store cannot be opened. It belongs to one process: is another botlens running on "
                "its folder?"
            ) from error

    def _prepare(self) -> dict[str, str]:
        """Write the engine's configuration, so that no `config.xml` of the working directory is read."""
        folder = self._folder
        if folder is None:
            return {}
        folder.mkdir(parents=True, exist_ok=True)
        config = folder.parent / "clickhouse.xml"
        shutil.rmtree(folder / "tmp", ignore_errors=True)
        config.write_text(
            _CONFIG.format(
                memory=self._memory_mib * _MEBIBYTE, marks=64 * _MEBIBYTE, folder=escape(str(folder))
            )
        )
        return {"config-file": str(config)}


def _trim_heap() -> None:
    """Have glibc give back what it keeps; other C libraries cannot be asked."""
    if hasattr(_C_LIBRARY, "malloc_trim"):
        _C_LIBRARY.malloc_trim(0)


def _limits(seconds: float | None) -> dict[str, Any] | None:
    return {"max_execution_time": seconds, "timeout_overflow_mode": "throw"} if seconds else None
