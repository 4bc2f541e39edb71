"""Following by the replication protocol: the server sends what was committed, as soon as it was."""

import struct
import time
from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg import pq, sql

from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import FollowedTable
from botlens.sources.postgres.connection import has_news
from botlens.sources.postgres.log_follower import LogFollower
from botlens.sources.postgres.pgoutput import PROTOCOL, UnknownMessageError
from botlens.sources.postgres.publication import LOOK_SECONDS
from botlens.sources.postgres.temporary_slot import Waiting

# "Streaming Replication Protocol" of PostgreSQL's documentation.
_DATA: Final = struct.Struct(">cqqq")
_KEEPALIVE: Final = struct.Struct(">cqq?")
_STATUS: Final = struct.Struct(">cqqqq?")

_STATUS_SECONDS: Final = 5.0


class StreamedLog(LogFollower):
    """The log, streamed. It needs a direct connection, and the right REPLICATION. See `LogFollower`."""

    def __init__(
        self,
        address: SourceAddress,
        tables: Sequence[FollowedTable],
        publications: Sequence[str],
        waiting: Waiting,
        *,
        look_every: float = LOOK_SECONDS,
    ) -> None:
        super().__init__(address, tables, publications, waiting, replication=True, look_every=look_every)
        self._is_streaming = False
        self._said = time.monotonic()

    def acknowledge(self, upto: int) -> None:
        """See `Follower`. The server is told at once."""
        super().acknowledge(upto)
        self._pass_by_others()
        if self._is_streaming:
            self._say_how_far()

    def _begin(self) -> None:
        """From here on the server sends. Not before: it would take one that does not listen for dead."""
        names = ",".join('"' + each.replace('"', '""') + '"' for each in self._publications)
        statement = sql.SQL(
            "START_REPLICATION SLOT {} LOGICAL 0/0 (proto_version {}, publication_names {})"
        ).format(sql.Identifier(self._name), PROTOCOL, names)
        result = self._connection.pgconn.exec_(statement.as_bytes(self._connection))
        if result.status != pq.ExecStatus.COPY_BOTH:
            raise psycopg.errors.error_from_result(result, encoding="utf-8")
        self._is_streaming = True

    def _receive(self) -> bool:
        if not self._is_streaming:
            self._begin()
        wire = self._connection.pgconn
        length, data = wire.get_copy_data(1)
        if length == 0:
            wire.consume_input()
            length, data = wire.get_copy_data(1)
        if time.monotonic() - self._said >= _STATUS_SECONDS:
            self._say_how_far()
        if length == 0:
            return False
        if length < 0:
            self._ended()
        self._take(bytes(data))
        return True

    def _take(self, data: bytes) -> None:
        if data[:1] == b"w":
            self._transactions.take(data[_DATA.size :])
        elif data[:1] == b"k":
            _, end, _, wants_answer = _KEEPALIVE.unpack_from(data)
            self._seen_upto = max(self._seen_upto, end)
            self._pass_by_others()
            if wants_answer:
                self._say_how_far()
        else:
            raise UnknownMessageError(f"PostgreSQL streams a message of the unknown kind {data[:1]!r}.")

    def _pass_by_others(self) -> None:
        """If all that came is kept, nothing of ours lies before the place that the server has come to.

        Without this, the writes of others would hold the slot back. The server says a place once, so one that
        it said while something was not kept yet is thought of when that is.
        """
        if self._all_is_kept():
            self._given = self._acknowledged = max(self._acknowledged, self._seen_upto)

    def _rest(self, seconds: float) -> None:
        has_news(self._connection, seconds)

    def _say_how_far(self) -> None:
        """Tells the server what it need not keep any more."""
        self._said = time.monotonic()
        upto = self._acknowledged
        wire = self._connection.pgconn
        wire.put_copy_data(_STATUS.pack(b"r", max(self._seen_upto, upto), upto, upto, 0, False))
        wire.flush()

    def _ended(self) -> None:
        """The server ended the stream, and says why.

        Raises:
            psycopg.Error: in any case.
        """
        result = self._connection.pgconn.get_result()
        if result is not None and result.status == pq.ExecStatus.FATAL_ERROR:
            raise psycopg.errors.error_from_result(result, encoding="utf-8")
        raise psycopg.OperationalError("the server ended the stream")
