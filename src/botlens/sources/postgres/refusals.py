"""Why a PostgreSQL cannot be read, in sentences that say what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import errors

from botlens.database.refused import NO_DATABASE, NOT_LET_IN, UNKNOWN_ROLE
from botlens.errors import BotlensError
from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import BridgeNeededError


class SourceError(BotlensError):
    """A source cannot be read, or not as it was to be read. The code says why."""

    status = 503
    code = "source_unavailable"


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why a connection was not opened, by what was said: the driver gives no code of it."""

    pattern: str
    code: str
    mend: str

    def fits(self, said: str) -> bool:
        return re.search(self.pattern, said, re.IGNORECASE) is not None


_ROLE: Final = (
    "{where} does not know the role `{role}`: check the URL. At a pooler of Supabase it is ROLE.PROJECT, "
    "such as botlens.abcdefghijklmnop."
)
_OF_CONNECTIONS: Final = ("08", "57P")
"""How the SQLSTATE begins of connections that were lost, or that the server ended."""

# In the order in which they are looked at.
_REASONS: Final = (
    _Reason(UNKNOWN_ROLE, code="unknown_source_role", mend=_ROLE),
    _Reason(
        NOT_LET_IN,
        code="wrong_source_password",
        mend="{where} does not know the role `{role}` by this password, or not at all: check both, or set "
        "another password with ALTER ROLE. In a URL, write @ as %40, / as %2F and % as %25.",
    ),
    _Reason(
        NO_DATABASE,
        code="unknown_source_database",
        mend="There is no database {where}: check the end of the URL. At Supabase it is `postgres`.",
    ),
    _Reason(
        r"server does not support SSL",
        code="source_without_tls",
        mend="{where} does not speak TLS, and what is read would cross the network in the clear: switch it "
        "on there (ssl = on), or, if that network is yours alone, add ?sslmode=disable to the URL.",
    ),
    _Reason(
        r"must be superuser or replication role|permission denied to start wal sender",
        code="source_right_missing",
        mend="The role `{role}` may not read the log of changes: ALTER ROLE {role} REPLICATION.",
    ),
    _Reason(
        r"too many (clients|connections)|max ?clients|remaining connection slots",
        code="source_unavailable",
        mend="{where} has no connection free: close some there, or raise its limit.",
    ),
    _Reason(
        r"too many open files",
        code="machine_refuses",
        mend="This process may open no more files, so no connection to {where} either: raise its limit "
        "(ulimit -n, or LimitNOFILE= of its unit).",
    ),
)


def refusal_of(error: psycopg.Error, address: SourceAddress) -> SourceError:
    """What to say of a connection that was not opened."""
    said = address.without_password(" ".join(str(error).split()))
    names = {"where": str(address), "role": address.role or "(none)"}
    for each in _REASONS:
        if each.fits(said):
            return SourceError(each.mend.format(**names), code=each.code, field="url")
    if address.is_only_ipv6 and "FATAL" not in said:
        message = (
            f"{address} has an address of IPv6 only, and cannot be reached from here: use the session "
            "pooler, "
            "port 5432 (Supabase: Connect, Session pooler; the role is ROLE.PROJECT)."
        )
        return SourceError(message, code="source_only_ipv6", field="url")
    if "FATAL" in said or "ERROR" in said:
        message = f"{address} refuses the connection: {said}"
        return SourceError(message, code="source_unavailable", field="url")
    message = (
        f"{address} cannot be reached: check host and port, that it runs, and that its network lets this "
        "machine in "
        f"({said})."
    )
    return SourceError(message, code="source_unreachable", field="url")


@contextmanager
def reported(address: SourceAddress) -> Iterator[None]:
    """Errors of the driver while something is read, as errors that say what to do.

    Raises:
        BridgeNeededError: the connection is gone, or the slot.
        SourceError: anything else.
    """
    try:
        yield
    except psycopg.Error as error:
        raise _broken(error, address) from None


def _broken(error: psycopg.Error, address: SourceAddress) -> BotlensError:
    said = address.without_password(str(error).strip())
    match error:
        case errors.ObjectNotInPrerequisiteState() if "replication slot" in said:
            message = f"The slot at {address} is lost: it was too far behind ({said})."
            return BridgeNeededError(message, code="slot_lost")
        case errors.UndefinedObject() if "publication" in said:
            message = f"The publication at {address} is gone ({said})."
            return BridgeNeededError(message, code="publication_changed")
        case errors.InsufficientPrivilege() if "row-level security" in said:
            message = (
                f"Row level security hides rows of {address} from the role `{address.role}` ({said}): "
                f"ALTER ROLE {address.role} BYPASSRLS."
            )
            return SourceError(message, code="source_right_missing")
        case errors.InsufficientPrivilege():
            message = (
                f"The role `{address.role}` may not do that at {address} ({said}): see `botlens doctor`."
            )
            return SourceError(message, code="source_right_missing")
        case errors.ConfigurationLimitExceeded() | errors.TooManyConnections():
            message = f"{address} has no slot, stream or connection free ({said}): see `botlens doctor`."
            return SourceError(message)
        case errors.CharacterNotInRepertoire():
            message = (
                f"{address} has a text that is not UTF-8 ({said}), since its database does not look at them "
                "(server_encoding is SQL_ASCII): mend the row there."
            )
            return SourceError(message, code="wrong_source_encoding")
        case psycopg.OperationalError() if _goes_on(error):
            message = f"{address} refused what was asked of it: {said}. The connection stands."
            return SourceError(message)
        case psycopg.OperationalError():
            return BridgeNeededError(f"The connection to {address} is gone ({said}).", code="connection_lost")
        case _:
            return SourceError(f"{address} cannot be read: {said}.")


def _goes_on(error: psycopg.Error) -> bool:
    """Whether the server said why, and its session did not end with that: too long, too much, no slot."""
    ends = error.diag.severity_nonlocalized in (None, "FATAL", "PANIC")
    return error.sqlstate is not None and not ends and not error.sqlstate.startswith(_OF_CONNECTIONS)
