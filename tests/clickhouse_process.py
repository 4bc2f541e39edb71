"""The process of `clickhouse_server.py`: one embedded engine behind the HTTP protocol of a ClickHouse server.

python -m tests.clickhouse_process FOLDER PORT [--password P] [--certificate FILE] [--cluster NAME]

It prints its port once it listens, and ends when its standard input does: nobody is there any more who needs
it. Each request has a connection of its own to the engine, so that no setting outlives it. What a request for
`/faults` sets, see `Fault`.
"""

import argparse
import base64
import email
import email.policy
import json
import os
import random
import re
import socket
import ssl
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb

_OF_THE_PROTOCOL = frozenset(
    (
        *("buffer_size", "client_protocol_version", "compress", "database", "decompress", "default_format"),
        *("cancel_http_readonly_queries_on_client_close", "enable_http_compression"),
        *("http_headers_progress_interval_ms", "query", "query_id", "quota_key", "role"),
        *("send_progress_in_http_headers", "session_check", "session_id", "session_timeout"),
        *("wait_end_of_query",),
    )
)
"""Parameters of an address that are no settings."""

_INSERT = re.compile(
    r"\s*INSERT\s+INTO\s+(?P<table>[\w.`]+)\s*(?P<columns>\([^)]*\))?\s*FORMAT\s+(?P<format>\w+)\s?",
    re.IGNORECASE,
)
_FORMAT = re.compile(r"\s+FORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_CODE = re.compile(r"Code: (\d+)")


class EngineError(Exception):
    """What a ClickHouse server answers with an error: (code, what it says)."""

    def __init__(self, code: int, said: str, status: int = 500) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {said}")
        self.code, self.status = code, status


@dataclass
class Fault:
    """What goes wrong from now on, with statements that begin so.

    Attributes:
        does: `delay`: waits `seconds` first; `refuse`: answers with an error and does nothing; `untold`: does
            it, and answers with an error; `cut`: does it, and closes the connection without an answer;
            `lose`: does nothing, and answers as if it had.
        statements: a regular expression.
        seconds: see `delay`.
        code: of the error.
        times: how often; None is always.
        share: of the statements, by chance: 1.0 is each.
        seed: of that chance.
        hits: how often it went wrong so far.
    """

    does: str
    statements: str = r"\s*INSERT\b"
    seconds: float = 0.0
    code: int = 210
    times: int | None = None
    share: float = 1.0
    seed: int = 0
    hits: int = 0
    chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def strikes(self, statement: str) -> bool:
        """Whether it does with this statement; counted."""
        if self.times is not None and self.hits >= self.times:
            return False
        if not re.match(self.statements, statement, re.IGNORECASE):
            return False
        if self.share < 1 and self.chance.random() >= self.share:
            return False
        self.hits += 1
        return True

    def told(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "chance"}


class Cluster:
    """A cluster as far as statements go: of one replica, and with no Keeper.

    What makes or changes a table must be said to all of the cluster, and tables must be replicated; that is
    taken off, as the embedded engine has neither. Rows are changed on the shard that is spoken to.
    """

    _REPLICATED = re.compile(
        r"Replicated(\w*MergeTree)\('/clickhouse/tables/\{shard\}/\{database\}/\{table\}', '\{replica\}', "
    )
    _OF_ALL = re.compile(
        r"\s*(CREATE|DROP|ALTER)\b(?!\s+TABLE\s+\S+(\s+ON\s+CLUSTER\s+\S+)?\s+DELETE\b)", re.IGNORECASE
    )

    def __init__(self, name: str) -> None:
        self._on_all = f" ON CLUSTER '{name}'"

    def localised(self, statement: str) -> str:
        """The statement for the one engine.

        Raises:
            EngineError: a cluster would end up with tables that are not the same everywhere.
        """
        if not self._OF_ALL.match(statement):
            if self._on_all in statement:
                raise EngineError(36, f"made up: rows are changed on one shard: {statement[:200]}")
            return statement
        if self._on_all not in statement:
            raise EngineError(36, f"made up: not said to all of the cluster: {statement[:200]}")
        if re.match(r"\s*CREATE\s+TABLE", statement, re.IGNORECASE) and not self._REPLICATED.search(
            statement
        ):
            raise EngineError(36, f"made up: a table that is not replicated: {statement[:200]}")
        return self._REPLICATED.sub(r"\1(", statement.replace(self._on_all, "", 1))


class Server(ThreadingHTTPServer):
    """The engine, and what requests need besides."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: str, port: int, password: str, cluster: Cluster | None) -> None:
        self.folder, self.password, self.cluster = folder, password, cluster
        self.first = chdb.connect(folder)  # the engine ends with its last connection
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, *_: Any) -> None:
        """A client that is gone is nothing to speak of; what goes wrong with a statement is its answer."""

    def struck(self, statement: str) -> list[Fault]:
        with self.lock:
            return [each for each in self.faults if each.strikes(statement)]

    def run(self, statement: str, data: bytes, asked: dict[str, str]) -> tuple[bytes, str]:
        """What a statement gives, and in which format.

        Raises:
            RuntimeError: the engine says what is wrong.
        """
        if self.cluster:
            statement = self.cluster.localised(statement)
        parameters = {name[6:]: value for name, value in asked.items() if name.startswith("param_")}
        connection = chdb.connect(self.folder)
        try:
            if database := asked.get("database"):
                connection.query(f"USE `{database}`")
            if settings := _settings(asked):
                connection.query(f"SET {settings}")
            if inserted := _INSERT.match(statement):
                self._insert(connection, inserted, statement[inserted.end() :].encode() + data)
                return b"", ""
            found = _FORMAT.search(statement)
            output = found[1] if found else asked.get("default_format", "TabSeparated")
            result = connection.query(_FORMAT.sub("", statement), output, params=parameters)
            return result.bytes() or b"", output
        finally:
            connection.close()

    def _insert(self, connection: Any, into: re.Match[str], data: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self.folder + ".inserted") as file:
            file.write(data)
            file.flush()
            connection.query(
                f"INSERT INTO {into['table']} {into['columns'] or ''} FROM INFILE '{file.name}' "
                f"FORMAT {into['format']}"
            )


def _settings(asked: dict[str, str]) -> str:
    said = {
        name: value.replace("\\", "\\\\").replace("'", "\\'")
        for name, value in asked.items()
        if name not in _OF_THE_PROTOCOL and not name.startswith("param_")
    }
    return ", ".join(f"{name} = '{value}'" for name, value in said.items())


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Server

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""

    def do_GET(self) -> None:
        if self.path == "/ping":
            self._answer(200, b"Ok.\n")
        elif self.path == "/faults":
            with self.server.lock:
                self._answer(200, json.dumps([each.told() for each in self.server.faults]).encode())
        else:
            self.do_POST()

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/faults":
            with self.server.lock:
                self.server.faults = [Fault(**each) for each in json.loads(body)]
            self._answer(200, b"")
            return
        try:
            self._check_password()
            self._serve(*self._asked(body))
        except EngineError as error:
            self._fail(error.status, error.code, str(error))
        except Exception as error:
            found = _CODE.search(str(error))
            self._fail(500, int(found[1]) if found else 1002, str(error))

    def _serve(self, statement: str, data: bytes, asked: dict[str, str]) -> None:
        struck = self.server.struck(statement)
        for each in struck:
            if each.does == "delay":
                time.sleep(each.seconds)
            elif each.does == "refuse":
                raise EngineError(each.code, "made up: refused")
        lost = any(each.does == "lose" for each in struck)
        result, output = (b"", "") if lost else self.server.run(statement, data, asked)
        for each in struck:
            if each.does == "untold":
                raise EngineError(each.code, "made up: applied, and not told")
            if each.does == "cut":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
        said = {"X-ClickHouse-Format": output} if output else {}
        self._answer(200, result, **said, **{"X-ClickHouse-Summary": "{}", "X-ClickHouse-Timezone": "UTC"})

    def _check_password(self) -> None:
        kind, _, said = self.headers.get("Authorization", "").partition(" ")
        who = base64.b64decode(said).decode() if kind == "Basic" else "default:"
        user, _, password = who.partition(":")
        if password != self.server.password:
            raise EngineError(516, f"{user}: Authentication failed: password is incorrect", 403)

    def _asked(self, body: bytes) -> tuple[str, bytes, dict[str, str]]:
        """The statement, the data that it inserts, and the parameters of a request."""
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/form-data"):  # so come parameters that are too long for an address
            message = email.message_from_bytes(
                f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=email.policy.HTTP
            )
            for part in message.iter_parts():
                name = part.get_param("name", header="content-disposition")
                asked[str(name)] = part.get_payload(decode=True).decode()
            body = b""
        if "query" in asked:
            return asked["query"], body, asked
        if not _INSERT.match(body[:4096].decode(errors="replace")):
            return body.decode(), b"", asked
        statement, _, data = body.partition(b"\n")
        return statement.decode(), data, asked

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _fail(self, status: int, code: int, said: str) -> None:
        self._answer(status, said.encode(), **{"X-ClickHouse-Exception-Code": str(code)})


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("port", type=int)
    parser.add_argument("--password", default="")
    parser.add_argument("--certificate")
    parser.add_argument("--cluster")
    given = parser.parse_args()
    os.makedirs(given.folder + ".inserted", exist_ok=True)  # noqa: PTH103
    server = Server(
        given.folder, given.port, given.password, Cluster(given.cluster) if given.cluster else None
    )
    if given.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    print(server.server_address[1], flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main()
