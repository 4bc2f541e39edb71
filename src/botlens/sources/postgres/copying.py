"""Many rows at once out of the source: `COPY ... TO STDOUT`, in pieces of whole rows.

The driver's own loop gives one row at a time, and spends more on each than the server does.
"""

from collections.abc import Callable, Iterator
from typing import Final

import psycopg
from psycopg import pq

from botlens.sources.postgres.connection import SourceConnection, has_news

_PIECE: Final = 4 << 20
_LOOK_SECONDS: Final = 1.0


def copied(
    connection: SourceConnection, statement: bytes, is_left_off: Callable[[], bool] = lambda: False
) -> Iterator[bytearray]:
    """What a `COPY ... TO STDOUT` gives, some megabytes at a time, cut between rows.

    Take all of it before anything else is asked of the connection.

    Args:
        connection: to be asked.
        statement: the `COPY`.
        is_left_off: asked every second or so; after that the connection is good for nothing but to be closed.

    Raises:
        psycopg.Error: it cannot be read, or was left off, or the connection is gone.
    """
    wire = connection.pgconn
    wire.send_query(statement)
    _expect(connection, pq.ExecStatus.COPY_OUT)
    piece = bytearray()
    while True:
        length, row = wire.get_copy_data(1)
        if length > 0:
            piece += row
            if len(piece) >= _PIECE:
                yield piece
                piece = bytearray()
        elif length == 0:
            if is_left_off():
                raise psycopg.OperationalError("nobody wants it any more")
            has_news(connection, _LOOK_SECONDS)
            wire.consume_input()
        else:
            break
    if piece:
        yield piece
    _expect(connection, pq.ExecStatus.COMMAND_OK)
    _end(connection)


def _result(connection: SourceConnection) -> "pq.abc.PGresult | None":
    """The next result. Waited for like this, Ctrl+C ends it."""
    wire = connection.pgconn
    while wire.is_busy():
        has_news(connection, _LOOK_SECONDS)
        wire.consume_input()
    return wire.get_result()


def _expect(connection: SourceConnection, status: pq.ExecStatus) -> None:
    result = _result(connection)
    if result is None:
        raise psycopg.OperationalError("the server ended the connection")
    if result.status != status:
        _end(connection)
        raise psycopg.errors.error_from_result(result, encoding="utf-8")


def _end(connection: SourceConnection) -> None:
    """Take what is left of the answer: until then nothing else can be asked."""
    while _result(connection) is not None:
        pass
