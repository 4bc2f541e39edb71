"""Why a ClickHouse server cannot be used, in a sentence for whoever starts the process: what to do."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

_NO_DATABASE = 81
_REFUSED_USER = (192, 193, 194, 516)
_NOT_ALLOWED = 497
_UNKNOWN_SETTING = 115
_FIXED_SETTING = (164, 452)
OF_ONE_PROCESS = "BOTLENS_CLICKHOUSE_URL"
"""The environment variable that names the server of a process of its own."""

_LONGEST = 300


def is_refusal(error: Exception) -> bool:
    """Whether a server has answered, and said that something must be changed there or here."""
    refusals = (_NO_DATABASE, *_REFUSED_USER, _NOT_ALLOWED, _UNKNOWN_SETTING, *_FIXED_SETTING)
    return any(getattr(each, "code", None) in refusals for each in _chain(error))


def why_not_opened(url: str, on_all: str, error: Exception, setting: str = OF_ONE_PROCESS) -> str:
    """The sentence; no password is in it.

    Args:
        url: of the server, as `ClickHouse` takes it.
        on_all: what stands in a statement that is for all servers of its cluster.
        error: what came of the attempt.
        setting: the environment variable that names the URL.
    """
    parts = urlsplit(url)
    server = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    database = unquote(parts.path[1:].partition("/")[0]) or "default"
    user = unquote(parts.username or "default")
    chain = list(_chain(error))
    code = next((has for each in chain if isinstance(has := getattr(each, "code", None), int)), None)
    said = first_line_of(error)
    return (
        _by_code(code, server, database, user, on_all, said, setting)
        or next(
            (why for each in chain if (why := _by_error(each, server, parts.hostname, said, setting))), None
        )
        or f"The ClickHouse server {server} cannot be used: check {setting}. It says: {said}"
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it came of."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        reason = getattr(found, "reason", None)
        if isinstance(reason, BaseException):
            yield from (each for each in _chain(reason) if id(each) not in seen)
        found = found.__cause__ or found.__context__


def _by_code(
    code: int | None, server: str, database: str, user: str, on_all: str, said: str, setting: str
) -> str | None:
    """What the server itself says, by the number of its error."""
    where = f"the ClickHouse server {server}"
    if code == _NO_DATABASE:
        make = f"CREATE DATABASE {database}{on_all}"
        return f"There is no database {database} on {where}. Make it there, once: {make}"
    if code in _REFUSED_USER:
        return (
            f"The user {user} is not let in by {where}: check user and password in {setting} (in a password, "
            "@ is written as %40, / as %2F, : as %3A)."
        )
    if code == _NOT_ALLOWED:
        return f"The user {user} lacks a right on {where}; grant it there. It says: {said}"
    if code == _UNKNOWN_SETTING:
        return f"What runs at {server} is too old: it does not know a setting. It says: {said}"
    if code in _FIXED_SETTING or (said.startswith("Setting ") and said.endswith("readonly")):
        return (
            f"The user {user} of {where} may not change a setting that botlens needs; give it a profile "
            f"without `readonly` and constraints. It says: {said}"
        )
    return None


def _by_error(error: BaseException, server: str, host: str | None, said: str, setting: str) -> str | None:
    """What is known of an error that comes from here or from the network; `said` is the first word on it."""
    match error:
        case socket.gaierror():
            return f"There is no host {host}, or its name cannot be looked up now: check {setting}."
        case ConnectionRefusedError():
            return (
                f"Nothing listens at {server}: does the ClickHouse server run, and is that its port for HTTP "
                f"(8123; with TLS 8443)? Check {setting}."
            )
        case ssl.SSLCertVerificationError():
            return (
                f"The certificate of {server} cannot be trusted: {error.verify_message}. Name who signed it "
                f"at the end of {setting}: ?ca_cert=/path/to/ca.pem"
            )
        case ssl.SSLError():
            return f"No TLS is spoken at {server}: begin {setting} with http://, or name its TLS port (8443)."
        case ConnectionResetError() | http.client.BadStatusLine():  # as a port for TLS does
            return (
                f"What listens at {server} ends the connection, or speaks no HTTP: if it is the port for TLS "
                f"(8443), begin {setting} with https://, else name the one for HTTP (8123)."
            )
        case TimeoutError():
            return f"Nothing answers at {server}: is a firewall between? Check {setting}."
        case TypeError() | ValueError():
            return f"{setting} cannot be right, perhaps in an option at its end: {said}"
    if "Unexpected response to server version query" in str(error):
        return f"What answers at {server} is no ClickHouse server: check host and port in {setting}."
    return None


def first_line_of(error: BaseException) -> str:
    """What an error says first; its kind, if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:_LONGEST]
