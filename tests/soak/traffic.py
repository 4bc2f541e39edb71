"""What people and their programs do to the tables of a platform, all the time and beside each other."""

import random
import time
from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import psycopg

from tests.engine.platform import AT, Platform, new_id
from tests.engine.postgres_server import PostgresServer

CONVERSATIONS = 120
_LARGE = "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 280))"  # beside its row
_ONE = "(SELECT id FROM {} ORDER BY random() LIMIT 1)"
_MESSAGE, _CONVERSATION = _ONE.format("messages"), _ONE.format("conversations")
_VOTE = _ONE.format("message_feedback")
_SAY = f"INSERT INTO messages VALUES (gen_random_uuid(), {_CONVERSATION}"
_SWITCH = "UPDATE {0} SET {1} = CASE {1} WHEN '{2}' THEN '{3}' ELSE '{2}' END WHERE id = {4}"

_INSERT = (
    "WITH c AS (INSERT INTO conversations SELECT gen_random_uuid(), b.id, 's' || {0}, 'en', "
    "%(at)s::timestamptz - {1} * interval '1 h' FROM chatbots b ORDER BY random() LIMIT 1"
    " RETURNING id, created_at)"
    " INSERT INTO messages SELECT gen_random_uuid(), id, CASE mod(r, 2) WHEN 1 THEN 'user' ELSE 'bot' END,"
    " 'Text ' || {0} + r, created_at + r * interval '1 s', CASE mod(r, 2) WHEN 0 THEN r / 10.0 END"
    " FROM c, generate_series(1, {2}) r"
)
_DOES: dict[str, float] = {
    # a conversation, told of as of some time ago, and what is said in it
    _INSERT: 8,
    f"{_SAY}, 'user', 'Text {{0}}', %(at)s, NULL)": 8,
    f"{_SAY}, 'bot', {_LARGE}, %(at)s, 0.1)": 2,
    f"{_SAY}, 'human', NULL, %(at)s, NULL)": 1,
    # edits, backdating
    f"UPDATE messages SET content = 'Text {{0}}' WHERE id = {_MESSAGE}": 6,
    f"UPDATE messages SET created_at = created_at - {{1}} * interval '1 h' WHERE id = {_MESSAGE}": 3,
    "UPDATE messages SET confidence_score = {0} / 10.0 WHERE id = (SELECT id FROM messages WHERE "
    "length(content) > 100 ORDER BY random() LIMIT 1)": 3,
    "UPDATE messages SET confidence_score = mod((confidence_score * 10)::int, 10) / 10.0 "
    "WHERE mod(length(content), 7) = {0}": 1,
    _SWITCH.format("conversations", "language", "de", "en", _CONVERSATION): 3,
    f"UPDATE conversations SET session_id = 's{{0}}' WHERE id = {_CONVERSATION}": 1,
    # words that are not known, for a while
    _SWITCH.format("messages", "role", "robot", "user", _MESSAGE): 2,
    _SWITCH.format("message_feedback", "feedback", "meh", "thumbs_up", _VOTE): 2,
    # votes
    f"INSERT INTO message_feedback (message_id, feedback) VALUES ({_MESSAGE}, "
    "(array['positive', 'negative', 'thumbs_up'])[1 + mod({0}, 3)]) ON CONFLICT DO NOTHING": 8,
    _SWITCH.format("message_feedback", "feedback", "negative", "thumbs_up", _VOTE): 6,
    f"DELETE FROM message_feedback WHERE id = {_VOTE}": 4,
    # what goes, with all that hangs on it
    f"DELETE FROM messages WHERE id = {_MESSAGE}": 3,
    f"DELETE FROM conversations WHERE id = {_CONVERSATION}": 2,
    # what goes elsewhere, or gets another key
    f"UPDATE messages SET conversation_id = {_CONVERSATION} WHERE id = {_MESSAGE}": 2,
    f"UPDATE message_feedback SET message_id = {_MESSAGE} WHERE id = {_VOTE}": 1,
    "UPDATE messages SET id = gen_random_uuid() WHERE id = (SELECT id FROM messages m WHERE NOT EXISTS "
    "(SELECT 1 FROM message_feedback f WHERE f.message_id = m.id) ORDER BY random() LIMIT 1)": 1,
    "UPDATE message_feedback SET id = DEFAULT WHERE id = (SELECT min(id) FROM message_feedback)": 0.5,
    f"UPDATE conversations SET chatbot_id = (SELECT max(id::text)::uuid FROM chatbots) WHERE id = "
    f"{_CONVERSATION}": 1,
}
_SOME = "(SELECT id FROM messages ORDER BY random() LIMIT 30)"
_MOVES: dict[str, float] = {
    # Companies give chatbots to each other, and conversations, also back.
    f"UPDATE chatbots SET company_id = {_ONE.format('companies')} WHERE id = {_ONE.format('chatbots')}": 0.5,
    "UPDATE conversations c SET chatbot_id = (SELECT id FROM chatbots b WHERE b.id <> c.chatbot_id ORDER BY "
    f"random() LIMIT 1) WHERE id = {_CONVERSATION}": 4,
    f"UPDATE messages SET conversation_id = {_CONVERSATION} WHERE id IN {_SOME}": 3,
    f"UPDATE message_feedback SET message_id = {_MESSAGE} WHERE id = {_VOTE}": 4,
}
"""What a storm of several companies does besides: whatever can be elsewhere by now is."""
_HARMLESS = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UniqueViolation,
    psycopg.errors.ForeignKeyViolation,
    psycopg.errors.NotNullViolation,
)


def new_platform(server: PostgresServer, others: int = 1) -> Platform:
    """Its tables, with a company of two chatbots, so many others with one each, and some conversations."""
    platform = Platform(server.url())
    platform.run("ALTER TABLE message_feedback ADD UNIQUE (message_id)")
    platform.run("ALTER TABLE message_feedback ALTER message_id SET NOT NULL")
    platform.new_bot()
    for other in [new_id() for _ in range(others)]:
        platform.run("INSERT INTO companies VALUES (%s, %s)", other, owner := new_id())
        platform.run("INSERT INTO subscriptions (user_id, plan, status) VALUES (%s, 'pro', 'active')", owner)
        platform.run("INSERT INTO chatbots (id, company_id, name) VALUES (%s, %s, 'Bot')", new_id(), other)
    chance = random.Random(0)
    for _ in range(CONVERSATIONS):
        platform.connection.execute(*_statement(chance, {_INSERT: 1}))
    return platform


def _statement(chance: random.Random, does: Mapping[str, float]) -> tuple[str, Any]:
    (chosen,) = chance.choices(list(does), list(does.values()))
    words = (chance.randrange(10), chance.randint(1, 200), chance.randint(1, 5))
    return chosen.format(*words), {"at": AT}


class Traffic:
    """Traffic until it is stopped; it goes on when the server is back.

    Args:
        url: of the platform.
        seed: what happens.
        longest: seconds for which a transaction is open at most.
        moves: whether chatbots, conversations and many messages at once are moved.
    """

    def __init__(self, url: str, seed: str, longest: float, *, moves: bool = False) -> None:
        self._does = {**_DOES, **_MOVES} if moves else _DOES
        self._url, self._longest = url, longest
        self._stopped = Event()
        self.transactions = 0
        writers = {"one": self._one, "another": self._one, "late": self._late, "later": self._late}
        self._threads = [
            Thread(target=self._again, args=(write, random.Random(f"{seed}-{name}")), daemon=True)
            for name, write in writers.items()
        ]
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """No more of it; what is open is committed."""
        self._stopped.set()
        for each in self._threads:
            each.join(30)
            assert not each.is_alive()

    def _again(self, write: Any, chance: random.Random) -> None:
        while not self._stopped.is_set():
            with suppress(psycopg.OperationalError), psycopg.connect(self._url) as connection:
                connection.execute("SET lock_timeout = '200ms'; SET deadlock_timeout = '100ms'")
                connection.commit()
                while not self._stopped.is_set():
                    with suppress(*_HARMLESS):
                        write(connection, chance)
                        self.transactions += 1
                    connection.rollback()
            self._stopped.wait(0.1)

    def _one(self, connection: psycopg.Connection, chance: random.Random) -> None:
        """A short transaction, of which a part, or all, may be taken back."""
        for _ in range(chance.randint(1, 4)):
            connection.execute(*_statement(chance, self._does))
        if chance.random() < 0.2:
            with connection.transaction(force_rollback=chance.random() < 0.7):
                connection.execute(*_statement(chance, self._does))
        if chance.random() < 0.9:
            connection.commit()
        self._stopped.wait(chance.uniform(0, 0.08))

    def _late(self, connection: psycopg.Connection, chance: random.Random) -> None:
        """A transaction that is open for long, and is committed after many that began later."""
        self._stopped.wait(chance.uniform(0.2, self._longest))
        until = time.monotonic() + self._longest * chance.random() ** 2
        while time.monotonic() < until and not self._stopped.is_set():
            with suppress(*_HARMLESS), connection.transaction(force_rollback=chance.random() < 0.2):
                connection.execute(*_statement(chance, self._does))
            self._stopped.wait(chance.uniform(0, self._longest / 3))
        if chance.random() < 0.85:
            connection.commit()


def write_much(url: str, conversations: int) -> None:
    """One transaction that changes every message, after it has added many."""
    while True:
        with suppress(psycopg.errors.DeadlockDetected):
            _write_much(url, conversations)
            return


def _write_much(url: str, conversations: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO conversations SELECT gen_random_uuid(), (SELECT min(id::text)::uuid FROM chatbots), "
            "'m' || n, 'en', %s::timestamptz - n * interval '1 s' FROM generate_series(1, %s) n",
            (AT, conversations),
        )
        connection.execute(
            "INSERT INTO messages SELECT gen_random_uuid(), id, 'user', 'Much ' || r, created_at, NULL "
            "FROM conversations, generate_series(1, 3) r WHERE session_id LIKE 'm%'"
        )
        connection.execute("UPDATE messages SET content = content || '?'")
        connection.execute("DELETE FROM messages WHERE content LIKE 'Much 3%'")
