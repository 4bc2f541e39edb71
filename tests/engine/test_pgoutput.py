"""What a real PostgreSQL says of changes, and what is read of it: each kind of message."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from botlens.sources.postgres.pgoutput import (
    UNCHANGED,
    BeginMessage,
    CommitMessage,
    DeleteMessage,
    InsertMessage,
    RelationMessage,
    ReplicationMessage,
    TruncateMessage,
    UnknownMessageError,
    UpdateMessage,
    read,
)

LARGE = "a large value, which is kept beside its row " * 300


class Follower:
    """A database with a table `notes`, and what its slot has to say."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.run("CREATE TABLE notes (id int PRIMARY KEY, content text, score float)")
        self.run("ALTER TABLE notes ALTER content SET STORAGE EXTERNAL")
        self.run("CREATE PUBLICATION followed FOR TABLE notes")
        self.run("SELECT pg_create_logical_replication_slot('follower', 'pgoutput', true)")

    def run(self, *statements: str) -> None:
        """In one transaction."""
        with self.connection.transaction():
            for statement in statements:
                self.connection.execute(statement)

    def said(self) -> list[ReplicationMessage | None]:
        """What it said since it was asked last."""
        found = self.connection.execute(
            "SELECT data FROM pg_logical_slot_get_binary_changes('follower', NULL, NULL,"
            " 'proto_version', '1', 'publication_names', 'followed')"
        )
        return [read(data) for (data,) in found]

    def changes(self) -> list[ReplicationMessage | None]:
        """The same without what stands around them."""
        return [
            each
            for each in self.said()
            if not isinstance(each, BeginMessage | CommitMessage | RelationMessage)
        ]


@pytest.fixture
def follower(new_postgres: Callable[[], str]) -> Iterator[Follower]:
    found = Follower(new_postgres())
    yield found
    found.connection.close()


def test_a_transaction(follower: Follower) -> None:
    """Its commit comes first, with its place and time; the table is told before its first row."""
    follower.run("INSERT INTO notes VALUES (1, 'one', 0.5), (2, NULL, NULL)")
    begin, table, one, two, commit = follower.said()
    assert isinstance(begin, BeginMessage)
    assert isinstance(table, RelationMessage)
    assert isinstance(commit, CommitMessage)
    assert begin.lsn == commit.lsn < commit.end
    (seconds,) = follower.connection.execute("SELECT extract(epoch from now())::float").fetchone() or (0.0,)
    assert abs(begin.at / 1_000_000 - seconds) < 3_600
    assert (table.schema, table.name, table.identity) == ("public", "notes", "d")
    assert [(each.name, each.is_key) for each in table.columns] == [
        ("id", True),
        ("content", False),
        ("score", False),
    ]
    assert (one, two) == (
        InsertMessage(table.oid, ("1", "one", "0.5")),
        InsertMessage(table.oid, ("2", None, None)),
    )


def test_a_large_value_that_did_not_change_is_not_said_again(follower: Follower) -> None:
    """It is not NULL: whoever follows has it, or reads the row."""
    follower.run(f"INSERT INTO notes VALUES (1, '{LARGE}', 0.5)")
    follower.run("UPDATE notes SET score = 0.6", f"UPDATE notes SET content = '{LARGE}!'")
    inserted, scored, changed = follower.changes()
    assert isinstance(inserted, InsertMessage)
    assert inserted.row == ("1", LARGE, "0.5")
    assert scored == UpdateMessage(inserted.oid, None, ("1", UNCHANGED, "0.6"))
    assert changed == UpdateMessage(inserted.oid, None, ("1", f"{LARGE}!", "0.6"))


def test_a_key_that_changes_and_a_row_that_goes(follower: Follower) -> None:
    """What identified the row is said, and nothing else of it."""
    follower.run("INSERT INTO notes VALUES (1, 'one', 0.5)")
    follower.run("UPDATE notes SET id = 7")
    follower.run("DELETE FROM notes")
    inserted, moved, gone = follower.changes()
    assert isinstance(inserted, InsertMessage)
    assert moved == UpdateMessage(inserted.oid, ("1", None, None), ("7", "one", "0.5"))
    assert gone == DeleteMessage(inserted.oid, ("7", None, None))


def test_the_whole_row_where_it_identifies_itself(follower: Follower) -> None:
    """With REPLICA IDENTITY FULL."""
    follower.run("ALTER TABLE notes REPLICA IDENTITY FULL", "INSERT INTO notes VALUES (1, 'one', 0.5)")
    follower.run("UPDATE notes SET score = NULL")
    follower.run("DELETE FROM notes")
    inserted, changed, gone = follower.changes()
    assert isinstance(inserted, InsertMessage)
    assert changed == UpdateMessage(inserted.oid, ("1", "one", "0.5"), ("1", "one", None))
    assert gone == DeleteMessage(inserted.oid, ("1", "one", None))


def test_a_table_that_is_emptied(follower: Follower) -> None:
    """One message, whatever it had."""
    follower.run("INSERT INTO notes VALUES (1, 'one', 0.5), (2, 'two', 0.5)", "TRUNCATE notes")
    inserted, _, emptied = follower.changes()
    assert isinstance(inserted, InsertMessage)
    assert emptied == TruncateMessage((inserted.oid,))


def test_a_table_that_is_altered_is_told_anew(follower: Follower) -> None:
    """With its columns as they are from then on."""
    follower.run("INSERT INTO notes VALUES (1, 'one', 0.5)")
    follower.run(
        "ALTER TABLE notes RENAME content TO body", "ALTER TABLE notes ADD language text DEFAULT 'en'"
    )
    follower.run("ALTER TABLE notes DROP score", "INSERT INTO notes VALUES (2, 'two', 'de')")
    tables = [each for each in follower.said() if isinstance(each, RelationMessage)]
    assert [[column.name for column in each.columns] for each in tables] == [
        ["id", "content", "score"],
        ["id", "body", "language"],
    ]


def test_what_says_nothing_of_rows(follower: Follower) -> None:
    """Types of one's own, and messages that an application puts into the log."""
    follower.run("CREATE TYPE mood AS ENUM ('good', 'bad')", "ALTER TABLE notes ADD mood mood")
    follower.run("INSERT INTO notes VALUES (1, 'one', 0.5, 'good')")
    changes = follower.changes()
    assert changes[:-1] == [None]
    assert isinstance(changes[-1], InsertMessage)
    assert changes[-1].row == ("1", "one", "0.5", "good")
    assert read(b"M" + bytes(30)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Z",
        b"S" + bytes(20),
        b"I" + bytes(4) + b"N" + b"\0\1x",
        b"I" + bytes(4) + b"N" + b"\0\1t\0\0\0\5one",
        b"B" + bytes(4),
        b"R" + bytes(4) + b"public",
    ],
)
def test_what_is_not_of_this_protocol(data: bytes) -> None:
    """It is refused, never guessed at."""
    with pytest.raises(UnknownMessageError):
        read(data)
