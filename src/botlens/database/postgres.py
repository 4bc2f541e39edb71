"""How a PostgreSQL is connected to."""

from importlib.util import find_spec
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.pool import NullPool

from botlens.errors import InvalidError

POSTGRES_SCHEMA: Final = "botlens"
"""On PostgreSQL the tables live in their own schema: beside an application that has its own `companies`, and
out of `public`, which Supabase serves to the world."""

_PATIENCE: Final = {"connect_timeout": 10, "tcp_user_timeout": 30_000} | {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""A machine that went away without a word would be waited for for a quarter of an hour, or for ever."""
_SOON: Final = _PATIENCE | {"connect_timeout": 5}
_READ_ONLY: Final = "25006"
_MOST_SECONDS_IN_LINE: Final = 5.0
"""For a connection, while others have all that there may be."""


def postgres(url: URL) -> Engine:
    """Connections that are made as they are needed, for who waits as long as it takes, or looks for itself.

    Raises:
        InvalidError: the driver is missing.
    """
    return _engine(url, _PATIENCE, poolclass=NullPool)


def heard_postgres(url: URL, *, kept: bool) -> Engine:
    """Connections for requests: given up when the server says nothing for some seconds (see `silence`).

    Args:
        url: where it is.
        kept: whether they are kept for whoever needs one next.

    Raises:
        InvalidError: the driver is missing.
    """
    pool: dict[str, Any] = {"pool_timeout": _MOST_SECONDS_IN_LINE} if kept else {"poolclass": NullPool}
    engine = _engine(url, _SOON, **pool)
    from botlens.database.silence import HeardConnection  # the driver may not be there

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> HeardConnection:
        return HeardConnection.connect(*given, **named)

    return engine


def _engine(url: URL, patience: dict[str, int], **more: Any) -> Engine:
    if find_spec("psycopg") is None:
        message = "PostgreSQL needs psycopg: pip install 'botlens[postgres]', or, in a clone, make postgres."
        raise InvalidError(message, field="accounts_url")
    # No prepared statements: poolers that give each transaction another connection (Supabase's, PgBouncer)
    # lose them.
    arguments: dict[str, Any] = {"prepare_threshold": None}
    wanted = patience | ({"target_session_attrs": "read-write"} if "," in _hosts_of(url) else {})
    arguments |= {name: value for name, value in wanted.items() if name not in url.query}
    try:
        engine = create_engine(
            url,
            connect_args=arguments,
            pool_pre_ping=True,
            execution_options={"schema_translate_map": {None: POSTGRES_SCHEMA}},
            **more,
        )
    except ImportError as error:
        message = (
            f"The driver psycopg cannot be loaded ({error}): "
            "pip install 'botlens[postgres]', or, in a clone, make postgres."
        )
        raise InvalidError(message, field="accounts_url") from error
    event.listen(engine, "handle_error", _let_go_of_a_standby)
    return engine


def _hosts_of(url: URL) -> str:
    """Those that the URL names: of several one is a standby, which knows what was a while ago."""
    named = url.query.get("host", "")
    return ",".join(filter(None, (url.host, named if isinstance(named, str) else ",".join(named))))


def _let_go_of_a_standby(context: ExceptionContext) -> None:
    """A server that became read-only is not asked again over the same connection: there may be another."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True
