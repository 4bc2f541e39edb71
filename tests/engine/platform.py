"""A platform like the one that botlens comes from: its tables in a PostgreSQL, and what they come to here."""

import itertools
import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import psycopg

from botlens.answers.scope import Scope
from botlens.engine import Engine
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.jobs.job import Progress, StoppedError
from botlens.sources.postgres.accounts import SourceAccounts
from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.differences import Differences
from botlens.sources.postgres.following import FollowedSource
from botlens.sources.postgres.mapping import TableMapping
from botlens.sources.postgres.mapping_text import SUPABASE, read_mapping
from botlens.sources.postgres.status import SyncStatus
from botlens.sources.postgres.taken_over import TakenOverAccounts
from botlens.sources.postgres.verified import VerifyReport
from botlens.sources.postgres.ways import SourceWays
from botlens.tenants.accounts import Accounts
from tests.engine.origin import PATIENCE
from tests.oracle import seed as oracle

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
AT = "2026-03-17T10:00:00Z"

_TABLES = """
CREATE TABLE companies (id uuid PRIMARY KEY, owner_id uuid);
CREATE TABLE subscriptions (id serial PRIMARY KEY, user_id uuid, plan text, status text);
CREATE TABLE chatbots (id uuid PRIMARY KEY, company_id uuid REFERENCES companies ON DELETE CASCADE, name text,
  is_published boolean DEFAULT true, average_rating float);
CREATE TABLE conversations (id uuid PRIMARY KEY, chatbot_id uuid REFERENCES chatbots ON DELETE CASCADE,
  session_id text, language text, created_at timestamptz);
CREATE TABLE messages (id uuid PRIMARY KEY, conversation_id uuid REFERENCES conversations ON DELETE CASCADE,
  role text, content text, created_at timestamptz, confidence_score float);
CREATE TABLE message_feedback (id serial PRIMARY KEY, message_id uuid REFERENCES messages ON DELETE CASCADE,
  chatbot_id uuid, feedback text, created_at timestamptz DEFAULT '2026-03-17T11:00:00Z');
CREATE INDEX ON messages (conversation_id); CREATE INDEX ON message_feedback (message_id);
CREATE PUBLICATION botlens FOR TABLE companies, subscriptions, chatbots, conversations, messages,
  message_feedback;
"""
_ROLES = {"tool": "system", "bot": "assistant", "human": "user"}
_VOTES = {"thumbs_up": "positive", "thumbs_down": "negative"}


def new_id() -> str:
    return str(uuid.uuid4())


class Platform:
    """Its database, with one company on the plan pro and one chatbot."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(_TABLES)
        self.owner, self.company, self.bot = new_id(), new_id(), new_id()
        self.run("INSERT INTO companies VALUES (%s, %s)", self.company, self.owner)
        self.run("INSERT INTO subscriptions (user_id, plan, status) VALUES (%s, 'pro', 'active')", self.owner)
        self.new_bot(self.bot)
        self._seconds = itertools.count()

    def run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values)

    def value(self, statement: str, *values: Any) -> Any:
        row = self.connection.execute(statement, values).fetchone()
        return None if row is None else row[0]

    def alone(self, statement: str) -> None:
        """Over a connection of its own."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def nobody_sees_commits(self) -> Iterator[None]:
        """Commits of other connections wait for a replica that there is not, as long as the block lasts."""
        self.run("SET synchronous_commit = local")
        self.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        self.run("SELECT pg_reload_conf()")
        try:
            self._wait_until_commits_wait()
            yield
        finally:
            self.run("ALTER SYSTEM RESET synchronous_standby_names")
            self.run("SELECT pg_reload_conf()")

    def _wait_until_commits_wait(self) -> None:
        """They do once the checkpointer knows of it, which may be later than who asks for the setting."""
        waits = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        until = time.monotonic() + PATIENCE
        with ThreadPoolExecutor(1) as pool:
            while True:
                tried = pool.submit(self.alone, "SELECT pg_logical_emit_message(true, 'tried', '')")
                while (pid := self.value(waits)) is None and not tried.done():
                    time.sleep(0.01)
                if pid is not None:
                    self.run("SELECT pg_cancel_backend(%s)", pid)  # it is committed here, and waits no more
                    tried.result(PATIENCE)
                    return
                assert time.monotonic() < until, "commits wait for nobody"

    def new_bot(self, bot: str | None = None) -> str:
        bot = bot or new_id()
        self.run("INSERT INTO chatbots (id, company_id, name) VALUES (%s, %s, 'Bot')", bot, self.company)
        return bot

    def conversation(self, *texts: str, bot: str | None = None, session: str = "s") -> tuple[str, list[str]]:
        """A new conversation in which the user and the bot say something in turn; the ids."""
        conversation = new_id()
        self.run(
            "INSERT INTO conversations VALUES (%s, %s, %s, 'en', %s)",
            *(conversation, bot or self.bot, session, AT),
        )
        roles = itertools.cycle(("user", "assistant"))
        return conversation, [self.message(conversation, text, next(roles)) for text in texts]

    def message(
        self, conversation: str, text: str | None, role: str = "user", score: float | None = 0.1
    ) -> str:
        message, second = new_id(), next(self._seconds)
        self.run(
            "INSERT INTO messages VALUES (%s, %s, %s, %s, %s::timestamptz + %s * interval '1 s', %s)",
            *(message, conversation, role, text, AT, second, None if role == "user" else score),
        )
        return message

    def move(self, conversation: str, bot: str) -> None:
        """To another chatbot."""
        self.run("UPDATE conversations SET chatbot_id = %s WHERE id = %s", bot, conversation)

    def vote(self, message: str, vote: str = "positive") -> int:
        statement = (
            "INSERT INTO message_feedback (message_id, chatbot_id, feedback) VALUES (%s, %s, %s) RETURNING id"
        )
        return int(self.value(statement, message, self.bot, vote))

    def many(self, count: int) -> None:
        """So many conversations, each with a question, an answer and a vote."""
        self.run(
            "INSERT INTO conversations SELECT gen_random_uuid(), %s, 's' || n, 'en', %s::timestamptz + n * "
            "interval '1 s' FROM generate_series(1, %s) n",
            *(self.bot, AT, count),
        )
        self.run(
            "INSERT INTO messages SELECT gen_random_uuid(), id, CASE r WHEN 1 THEN 'human' ELSE 'bot' END, "
            "CASE r WHEN 1 THEN 'Question ' ELSE 'Answer ' END || substr(session_id, 2), created_at + r * "
            "interval '1 s', CASE r WHEN 2 THEN 0.1 END FROM conversations, generate_series(1, 2) r"
        )
        self.run(
            "INSERT INTO message_feedback (message_id, chatbot_id, feedback) "
            "SELECT id, %s, 'thumbs_up' FROM messages WHERE role = 'bot'",
            self.bot,
        )

    def storm(self, random: Random, seconds: float) -> None:
        """Traffic for some seconds: all that people and their programs do, some of it open for long."""
        until = time.monotonic() + seconds
        self.run("SET lock_timeout = '100ms'")  # what is open for long may have the row
        with psycopg.connect(self.url) as late:
            while time.monotonic() < until:
                with suppress(psycopg.errors.LockNotAvailable):
                    self._happens(random)
                if random.random() < 0.1:
                    late.commit()
                late.execute(
                    "UPDATE messages SET content = content || '!', created_at = created_at - interval '1 m' "
                    "WHERE id = (SELECT id FROM messages ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED)"
                )
            late.commit()

    def _happens(self, random: Random) -> None:
        one = "(SELECT id FROM {} ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED)"
        text, number = f"Question {random.randint(1, 9)}", random.random()
        if number < 0.3:
            self.conversation(text, "So", session=f"s{random.randint(1, 9)}")
            return
        with self.connection.transaction(force_rollback=random.random() < 0.15):
            if number < 0.45:
                with self.connection.transaction(force_rollback=random.random() < 0.5):
                    self.run(f"UPDATE messages SET content = %s WHERE id = {one.format('messages')}", text)
                self.run(f"UPDATE conversations SET language = 'de' WHERE id = {one.format('conversations')}")
            elif number < 0.65:
                message = self.value(
                    "SELECT id FROM messages m WHERE NOT EXISTS (SELECT 1 FROM message_feedback f WHERE "
                    "f.message_id = m.id) ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED"
                )
                if message is not None:
                    self.vote(str(message), random.choice(("positive", "negative", "thumbs_up")))
            elif number < 0.75:
                toggled = "CASE feedback WHEN 'negative' THEN 'positive' ELSE 'negative' END"
                chosen = one.format("message_feedback")
                self.run(f"UPDATE message_feedback SET feedback = {toggled} WHERE id = {chosen}")
            elif number < 0.85:
                self.run(f"DELETE FROM message_feedback WHERE id = {one.format('message_feedback')}")
            elif number < 0.93:
                self.run(f"DELETE FROM messages WHERE id = {one.format('messages')}")
            else:
                self.run(f"DELETE FROM conversations WHERE id = {one.format('conversations')}")

    # What the rows come to, by the rules that are promised, in the most obvious way

    def events(self) -> list[dict]:
        """The events that the rows say."""
        found: list[dict] = []
        of: dict[str, tuple[str, str]] = {}
        for row in self.connection.execute(
            "SELECT id::text, chatbot_id::text, session_id, language, created_at FROM conversations"
        ):
            found.append(
                {
                    "type": "conversation",
                    "id": row[0],
                    "chatbot_id": row[1],
                    "session_id": row[2],
                    "language": row[3],
                    "created_at": row[4].isoformat(),
                }
            )
            of[row[0]] = (row[1], row[0])
        messages: dict[str, tuple[str, str]] = {}
        for row in self.connection.execute(
            "SELECT id::text, conversation_id::text, role, content, created_at, confidence_score "
            "FROM messages"
        ):
            role = _ROLES.get(row[2], row[2])
            if role not in ("user", "assistant", "agent", "system"):
                continue
            messages[row[0]] = of[row[1]]
            found.append(
                {
                    "type": "message",
                    "id": row[0],
                    "chatbot_id": of[row[1]][0],
                    "conversation_id": row[1],
                    "role": role,
                    "content": (row[3] or "")[:100_000],
                    "created_at": row[4].isoformat(),
                    "confidence_score": row[5],
                }
            )
        for row in self.connection.execute(
            "SELECT message_id::text, feedback, created_at FROM message_feedback"
        ):
            value = _VOTES.get(row[1], row[1])
            if value in ("positive", "negative") and row[0] in messages:
                bot, conversation = messages[row[0]]
                found.append(
                    {
                        "type": "feedback",
                        "message_id": row[0],
                        "chatbot_id": bot,
                        "conversation_id": conversation,
                        "value": value,
                        "created_at": row[2].isoformat(),
                    }
                )
        return [{name: value for name, value in event.items() if value is not None} for event in found]

    def chatbots(self) -> list[dict]:
        rows = self.connection.execute(
            "SELECT id::text, name, is_published, average_rating FROM chatbots ORDER BY 1"
        )
        return [
            {
                "chatbot_id": bot,
                "name": name,
                "is_published": published,
                "confidence_threshold": 0.2,
                "average_rating": rating,
                "timezone": None,
            }
            for bot, name, published, rating in rows
        ]

    def slots(self) -> int:
        """How many slots there are in this database; those that are ending are waited for."""
        statement = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
        until = time.monotonic() + PATIENCE
        while self.value(statement) and time.monotonic() < until:
            time.sleep(0.05)
        return int(self.value(statement))


class Follows:
    """A platform that is followed here."""

    def __init__(
        self, platform: Platform, engine: Engine, folder: Path, way: str, mapping: TableMapping | None = None
    ) -> None:
        self.platform, self.engine, self.way = platform, engine, way
        self.mapping = mapping or read_mapping(SUPABASE)
        self.state = Accounts.open(f"sqlite:///{folder}/state.db")
        self.status = SyncStatus(lambda: NOW)
        self.source = self._new()

    def _new(self) -> FollowedSource:
        address = parse_address(self.platform.url)
        accounts = SourceAccounts(self.engine.accounts, self.platform.company, self.mapping)
        return FollowedSource(
            address,
            self.mapping,
            TakenOverAccounts(accounts),
            self.engine.open_commits,
            self.state.database,
            SourceWays(address, self.way),
            self.status,
        )

    def once(self) -> Differences:
        """Bridge, as after a restart."""
        self.source = self._new()
        return self.source.once(Progress(Event()))

    @contextmanager
    def running(self) -> Iterator["Follows"]:
        """Followed in a thread, as long as the block lasts."""
        self.source = self._new()
        stopping, failed = Event(), []

        def follow() -> None:
            try:
                self.source.follow(Progress(stopping))
            except StoppedError:
                pass
            except BaseException as error:
                failed.append(error)
                raise

        self.status.at("", 0, None)  # what was followed before is over
        thread = Thread(target=follow)
        thread.start()
        try:
            self.wait(lambda: self.status.phase == "follow" or bool(failed))
            yield self
        finally:
            stopping.set()
            thread.join(PATIENCE)
        assert not failed, failed

    @staticmethod
    def wait(condition: Any, seconds: float = PATIENCE) -> None:
        deadline = Event()
        for _ in range(int(seconds * 20)):
            if condition():
                return
            deadline.wait(0.05)
        raise AssertionError("it did not come")

    def verify(self) -> VerifyReport:
        """`botlens sync --verify`."""
        self.source = self._new()
        return self.source.verify(Progress(Event()))

    def send(self, *events: dict[str, Any], conversation: str) -> None:
        """Events that did not come from the source."""
        body = [{"chatbot_id": self.platform.bot, "conversation_id": conversation, **each} for each in events]
        decoded = decode_json(json.dumps({"events": body}).encode())
        assert not decoded.rejected
        self.engine.commits.submit(self.platform.company, list(map(record_of, decoded.events))).result()

    def delete(self, conversation: str) -> None:
        """As `DELETE /v1/conversations/ID` does."""
        self.engine.answers.conversations.delete(self.scope(), conversation)

    def scope(self) -> Scope:
        """Of the company, now."""
        company = self.engine.accounts.company(self.platform.company)
        assert company is not None
        return self.engine.answers.scope(company, NOW)

    def votes(self) -> tuple[int, int]:
        """Positive and negative ones, of the first chatbot."""
        (bot,) = [each for each in self.here()["chatbots"] if each["chatbot_id"] == self.platform.bot]
        return bot["feedback_positive"], bot["feedback_negative"]

    def aside(self) -> dict[tuple[str, str, str | None], int]:
        """How many rows are set aside, by reason, word and chatbot."""
        counts = self.source.store.counts()
        return {(each.reason, each.word, each.chatbot_id): each.rows for each in counts}

    def here(self) -> dict[str, Any]:
        """The overview."""
        return self.engine.answers.seed.overview(self.scope())

    def numbers(self) -> tuple[dict, dict]:
        """The overview here, and what it should be."""
        here = self.here()
        there = oracle.overview(
            self.platform.events(), self.platform.chatbots(), now=NOW, zone="UTC", plan="pro", limit=10_000
        )
        return here, there

    def agrees(self) -> bool:
        here, there = self.numbers()
        return here == there

    def check(self) -> None:
        """Every number is the oracle's over the rows, soon."""
        try:
            self.wait(self.agrees)
        except AssertionError:
            here, there = self.numbers()
            assert here == there
        found = self.engine.answers.verification.verify(self.scope())
        assert found["equal"], found
