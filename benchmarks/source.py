"""A platform's own tables, as they are followed: filled, written to, and what following costs the server."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread

import psycopg

from benchmarks.dataset import Dataset
from benchmarks.postgres import conversation_rows, copy_rows, feedback_rows, message_rows

SETTINGS = ("wal_level=logical", "max_wal_senders=10", "max_replication_slots=10")
_PER_CONVERSATION = 7.5
_PER_TRANSACTION = 20
_LOOK_SECONDS = 0.05
_TICKS = 100  # a second, in /proc

_TABLES = """
CREATE TABLE companies (id text PRIMARY KEY, owner_id text);
CREATE TABLE subscriptions (id serial PRIMARY KEY, user_id text, plan text, status text);
CREATE TABLE chatbots (id text PRIMARY KEY, company_id text, name text, is_published boolean,
  average_rating double precision);
CREATE TABLE conversations (id uuid PRIMARY KEY, chatbot_id text, session_id text, language text,
  created_at timestamptz, rating smallint);
CREATE TABLE messages (id uuid PRIMARY KEY, conversation_id uuid, role text, content text,
  confidence_score double precision, created_at timestamptz);
CREATE TABLE message_feedback (id uuid PRIMARY KEY, chatbot_id text, message_id uuid, feedback text,
  created_at timestamptz);
CREATE PUBLICATION botlens FOR TABLE conversations, messages, message_feedback;
"""
_INDEXES = "CREATE INDEX ON messages (conversation_id); CREATE INDEX ON message_feedback (message_id)"


def fill_source(url: str, dataset: Dataset) -> int:
    """Make the tables of the measured company; how many messages there are, some more than asked for."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES)
        company = dataset.measured[0].company_id
        connection.execute("INSERT INTO companies VALUES (%s, 'owner')", [company])
        connection.execute(
            "INSERT INTO subscriptions (user_id, plan, status) VALUES ('owner', 'enterprise', 'active')"
        )
        known = sum(each.conversations for each in dataset.measured)
        wanted = dataset.profile.synced_messages / _PER_CONVERSATION
        for chatbot in dataset.measured:
            named = [chatbot.id, company, chatbot.name]
            connection.execute("INSERT INTO chatbots VALUES (%s, %s, %s, true, NULL)", named)
            share = max(1, round(wanted * chatbot.conversations / known))
            for piece in dataset.pieces_of(chatbot, share):
                copy_rows(connection, "conversations", conversation_rows(piece))
                copy_rows(connection, "messages", message_rows(piece))
                votes = feedback_rows(piece).rename_columns({"value": "feedback"})
                copy_rows(connection, "message_feedback", votes)
        connection.execute(_INDEXES)
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    return messages_of(url)


def messages_of(url: str) -> int:
    """How many messages the source has."""
    with psycopg.connect(url) as connection:
        return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])


def write(url: str, chatbot_id: str, rate: int, seconds: float) -> list[tuple[float, int]]:
    """Messages of new conversations, so many a second, in transactions of 20.

    Returns:
        When each transaction had been committed (`time.monotonic`), and how many messages there were by then.
    """
    committed = []
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.monotonic()
        for number in count(1):
            due = began + number * _PER_TRANSACTION / rate
            if due > began + seconds:
                return committed
            time.sleep(max(0.0, due - time.monotonic()))
            connection.execute(
                "WITH new AS (INSERT INTO conversations (id, chatbot_id, session_id, language, created_at) "
                "VALUES (gen_random_uuid(), %s, 'writer', 'en', now()) RETURNING id) "
                "INSERT INTO messages (id, conversation_id, role, content, created_at) "
                "SELECT gen_random_uuid(), new.id, CASE n %% 2 WHEN 1 THEN 'user' ELSE 'assistant' END, "
                "'What is said here is number ' || n, now() + n * interval '1 ms' "
                "FROM new, generate_series(1, %s) n",
                [chatbot_id, _PER_TRANSACTION],
            )
            committed.append((time.monotonic(), number * _PER_TRANSACTION))
    raise AssertionError("it is counted without an end")


class SourceCost:
    """CPU seconds that the server's processes have spent for botlens: see `watched_source`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._at_first: dict[int, float] = {}
        self._now: dict[int, float] = {}

    @property
    def seconds(self) -> float:
        """Since the beginning; what ended less than a look ago is missing."""
        return sum(self._now[pid] - first for pid, first in self._at_first.items())

    def look(self, connection: psycopg.Connection, *, begins: bool = False) -> None:
        """Note what the processes of connections of botlens have spent by now."""
        statement = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'botlens%'"
        for (pid,) in connection.execute(statement):
            spent = _cpu_seconds(pid)
            if spent is not None:
                self._at_first.setdefault(pid, spent if begins else 0.0)
                self._now[pid] = spent


@contextmanager
def watched_source(url: str) -> Iterator[SourceCost]:
    """Looks at what botlens costs the server, as long as the block lasts."""
    cost, ended = SourceCost(url), Event()
    with psycopg.connect(url, autocommit=True, application_name="benchmark") as connection:
        cost.look(connection, begins=True)

        def look() -> None:
            while not ended.wait(_LOOK_SECONDS):
                cost.look(connection)

        thread = Thread(target=look, daemon=True)
        thread.start()
        try:
            yield cost
        finally:
            ended.set()
            thread.join()
            cost.look(connection)


def _cpu_seconds(pid: int) -> float | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return None
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
