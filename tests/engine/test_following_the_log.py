"""Following the log of a real PostgreSQL, streamed and by statements: what arrives of each kind of change."""

import contextlib
import tracemalloc

import psycopg
import pytest

from botlens.sources.postgres import transactions
from botlens.sources.postgres.changes import BridgeNeededError, FollowedTable, Follower
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.refusals import SourceError
from tests.engine.origin import LARGE, PATIENCE, Origin, changes, coming, first, told

pytestmark = pytest.mark.usefixtures("unpaced")


def test_rows_come_and_go(origin: Origin, follower: Follower) -> None:
    """New, changed and deleted rows arrive once each, in order, with the commit's place in the WAL."""
    origin.run("INSERT INTO notes VALUES (1, 'one', 0.5), (2, NULL, NULL)")
    origin.run("UPDATE notes SET score = 0.25 WHERE id = 1")
    origin.run("DELETE FROM notes WHERE id = 2")
    found = changes(follower)
    assert told(found) == [
        ("put", "1", {"id": "1", "content": "one", "score": "0.5"}),
        ("put", "2", {"id": "2", "content": None, "score": None}),
        ("put", "1", {"id": "1", "content": "one", "score": "0.25"}),
        ("delete", "2", {"id": "2"}),
    ]
    revisions = [each.revision for each in found]
    assert follower.start < revisions[0] == revisions[1] < revisions[2] < revisions[3]
    assert changes(follower) == []


def test_only_what_was_committed(origin: Origin, follower: Follower) -> None:
    """By the order of commits: what was rolled back, also to a savepoint, never was."""
    with psycopg.connect(origin.url) as slow:
        slow.execute("INSERT INTO notes VALUES (1, 'begun first', 0)")
        origin.run("INSERT INTO notes VALUES (2, 'committed first', 0)")
        slow.execute("SAVEPOINT here")
        slow.execute("INSERT INTO notes VALUES (3, 'taken back', 0)")
        slow.execute("ROLLBACK TO here")
        slow.commit()
        slow.execute("INSERT INTO notes VALUES (4, 'taken back', 0)")
        slow.rollback()
    assert [each.key for each in changes(follower)] == [("2",), ("1",)]


def test_of_a_transaction_the_last_of_each_row(origin: Origin, follower: Follower) -> None:
    """However often it changed a row."""
    origin.run(
        "INSERT INTO notes VALUES (1, 'one', 0), (2, 'two', 0), (3, 'three', 0)",
        "UPDATE notes SET score = score + 1",
        "DELETE FROM notes WHERE id IN (2, 3)",
        "INSERT INTO notes VALUES (3, 'again', 7)",
    )
    assert told(changes(follower)) == [
        ("put", "1", {"id": "1", "content": "one", "score": "1"}),
        ("delete", "2", {"id": "2"}),
        ("put", "3", {"id": "3", "content": "again", "score": "7"}),
    ]


def test_a_large_value_that_did_not_change(origin: Origin, follower: Follower) -> None:
    """It is taken from earlier in the transaction; else the change says that it is missing."""
    origin.run(f"INSERT INTO notes VALUES (1, '{LARGE}', 0)", "UPDATE notes SET score = 1")
    origin.run("UPDATE notes SET score = 2")
    whole, part = changes(follower)
    assert (whole.row["content"], whole.row["score"], whole.unchanged) == (LARGE, "1", frozenset())
    assert (dict(part.row), part.unchanged) == ({"id": "1", "score": "2"}, frozenset({"content"}))


def test_a_key_that_changes(origin: Origin, follower: Follower) -> None:
    """The row of before is gone, then there is another; its large value is that of before, if known."""
    origin.run(f"INSERT INTO notes VALUES (1, '{LARGE}', 0)", "UPDATE notes SET id = 2")
    origin.run("UPDATE notes SET id = 3")
    found = changes(follower)
    assert told(found) == [
        ("delete", "1", {"id": "1"}),
        ("put", "2", {"id": "2", "content": len(LARGE), "score": "0"}),
        ("delete", "2", {"id": "2"}),
        ("put", "3", {"id": "3", "score": "0"}),
    ]
    assert [each.unchanged for each in found] == [frozenset()] * 3 + [frozenset({"content"})]


def test_the_whole_row_where_it_identifies_itself(origin: Origin, follower: Follower) -> None:
    """With REPLICA IDENTITY FULL nothing is missing, and the key is still the primary key."""
    origin.run(f"INSERT INTO notes VALUES (1, '{LARGE}', 0)")
    origin.run("ALTER TABLE notes REPLICA IDENTITY FULL")
    origin.run("UPDATE notes SET score = 1")
    origin.run("DELETE FROM notes")
    assert told(changes(follower))[1:] == [
        ("put", "1", {"id": "1", "content": len(LARGE), "score": "1"}),
        ("delete", "1", {"id": "1", "content": len(LARGE), "score": "1"}),
    ]


def test_a_table_without_a_key(origin: Origin, way: str) -> None:
    """Each insert is a row of its own, which nothing identifies."""
    origin.run("CREATE TABLE votes (message int, vote text)")
    origin.run("CREATE PUBLICATION botlens_inserts FOR TABLE votes WITH (publish = 'insert')")
    votes = FollowedTable(TableName("public", "votes"), ("message", "vote"))
    names = ("botlens", "botlens_inserts", "one that there is not")
    with contextlib.closing(origin.follow(way, votes, publications=names)) as follower:
        origin.run("INSERT INTO votes VALUES (1, 'up'), (1, 'up')")
        assert told(changes(follower)) == [("put", {"message": "1", "vote": "up"})] * 2


def test_a_table_that_is_emptied(origin: Origin, follower: Follower) -> None:
    """What the transaction did to it before does not matter any more; what it does afterwards does."""
    origin.run(
        "INSERT INTO notes VALUES (1, 'one', 0)", "TRUNCATE notes", "INSERT INTO notes VALUES (2, 'two', 0)"
    )
    assert [(each.kind, each.key) for each in changes(follower)] == [("truncate", ()), ("put", ("2",))]


def test_columns_that_come_change_and_go(origin: Origin, follower: Follower) -> None:
    """Rows are as the table was when they were written, also within a transaction; nothing stops."""
    origin.run("INSERT INTO notes VALUES (1, 'one', 0.5)")
    origin.run(
        "ALTER TABLE notes ADD language text DEFAULT 'en'", "INSERT INTO notes VALUES (2, 'two', 0, 'de')"
    )
    origin.run("ALTER TABLE notes ALTER score TYPE text USING 'about ' || score")
    origin.run(
        "INSERT INTO notes VALUES (3, 'three', 'high', 'fr')",
        "ALTER TABLE notes RENAME content TO body",
        "INSERT INTO notes VALUES (4, 'four', 'low', 'fr')",
    )
    origin.run("ALTER TABLE notes DROP score", "UPDATE notes SET body = 'eins' WHERE id = 1")
    last = {each.key: dict(each.row) for each in changes(follower)}
    assert last == {
        ("1",): {"id": "1"},
        ("2",): {"id": "2", "content": "two", "score": "0"},
        ("3",): {"id": "3", "content": "three", "score": "high"},
        ("4",): {"id": "4", "score": "low"},
    }


def test_names_of_all_kinds(origin: Origin, way: str) -> None:
    """Quoted, with dots, quotes, spaces and commas in them: tables, columns and publications."""
    name = TableName('the "chat".v1', "Mess'ages, all")
    origin.run(
        'CREATE SCHEMA "the ""chat"".v1"',
        f'CREATE TABLE {name.sql} ("the id" uuid, part int, "Con%tent" text, PRIMARY KEY (part, "the id"))',
        f'CREATE PUBLICATION "bot, ""lens""" FOR TABLE {name.sql}',
    )
    table = FollowedTable(name, ("Con%tent",))
    with contextlib.closing(origin.follow(way, table, publications=['bot, "lens"'])) as follower:
        origin.run(f"INSERT INTO {name.sql} VALUES ('00000000-0000-0000-0000-00000000000a', 7, 'x')")
        (found,) = changes(follower)
    key = ("00000000-0000-0000-0000-00000000000a", "7")
    assert (found.table, found.key, found.row) == (
        name,
        key,
        {"the id": key[0], "part": "7", "Con%tent": "x"},
    )


def test_a_large_transaction(origin: Origin, follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes in parts, of which the last alone lets it go; its texts are never all in memory."""
    monkeypatch.setattr(transactions, "BATCH_CHANGES", 1_000)
    origin.run(
        "INSERT INTO notes SELECT n, repeat(md5(n::text), 480), 0 FROM generate_series(1, 5000) n",
        "UPDATE notes SET score = 1 WHERE id % 2 = 0",
    )
    tracemalloc.start()
    scores: dict[str, str | None] = {}
    places, revisions = [], set()
    for batch in coming(follower):
        assert len(batch.changes) <= 1_000
        places.append(batch.upto)
        revisions |= {each.revision for each in batch.changes}
        for each in batch.changes:
            assert each.key[0] not in scores
            scores[each.key[0]] = each.row["score"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert scores == {str(n): "1" if n % 2 == 0 else "0" for n in range(1, 5_001)}
    assert len(revisions) == 1
    assert len(places) >= 4
    assert set(places[:-1]) == {follower.start + 1}
    assert places[-1] > next(iter(revisions))
    assert peak < 50_000_000  # the texts are 77 MB


def test_many_large_rows(origin: Origin, follower: Follower) -> None:
    """Of small transactions, too, no more is held than there is memory for; all of them come, in order."""
    for number in range(60):
        origin.run(f"INSERT INTO notes SELECT {number}, repeat('x', 1000000), 0")
    sizes, keys = [], []
    for batch in coming(follower):
        keys += [each.key[0] for each in batch.changes]
        sizes.append(sum(len(each.row["content"] or "") for each in batch.changes))
    assert keys == [str(number) for number in range(60)]
    assert max(sizes) <= 20_000_000


def test_a_part_of_a_batch_that_nobody_waits_for(origin: Origin, follower: Follower) -> None:
    """Who stops in the middle goes on there."""
    origin.run("INSERT INTO notes SELECT n, 'x', 0 FROM generate_series(1, 12000) n")
    begun = first(follower)
    rest = changes(follower)
    assert [each.key[0] for each in [*begun.changes, *rest]] == [str(n) for n in range(1, 12_001)]


def test_a_publication_that_is_made_anew(origin: Origin, way: str) -> None:
    """What was changed in between would be missing, and nothing would say so: the bridge is needed."""
    with contextlib.closing(origin.follow(way, look_every=0.1)) as follower:
        origin.run("INSERT INTO notes VALUES (1, 'one', 0)")
        assert len(changes(follower)) == 1
        origin.run("DROP PUBLICATION botlens")
        origin.run("CREATE PUBLICATION botlens FOR TABLE notes")
        with pytest.raises(BridgeNeededError) as raised:
            changes(follower, PATIENCE)
        assert raised.value.code == "publication_changed"


@pytest.mark.parametrize(
    "altered",
    [
        ("ALTER PUBLICATION botlens DROP TABLE notes", "ALTER PUBLICATION botlens ADD TABLE notes"),
        ("ALTER PUBLICATION botlens SET (publish = 'insert')",),
        ("ALTER PUBLICATION botlens SET TABLE notes WHERE (score > 0)",),
        ("CREATE PUBLICATION botlens_inserts FOR TABLE notes",),
        (
            "ALTER PUBLICATION botlens SET (publish = 'insert')",
            "ALTER PUBLICATION botlens SET (publish = 'insert, update, delete, truncate')",
        ),
        ("ALTER TABLE notes RENAME TO old_notes",),
    ],
)
def test_a_publication_that_is_altered(origin: Origin, way: str, altered: tuple[str, ...]) -> None:
    """Tables, flags and filters are looked at."""
    names = ("botlens", "botlens_inserts")
    with contextlib.closing(origin.follow(way, look_every=0.1, publications=names)) as follower:
        for statement in altered:
            origin.run(statement)
        with pytest.raises(BridgeNeededError, match="was changed"):
            changes(follower, PATIENCE)


def test_no_publication(origin: Origin, way: str) -> None:
    """There is nothing to follow, and no slot is made."""
    with pytest.raises(SourceError, match="botlens_of_another") as raised:
        origin.follow(way, publications=["botlens_of_another"])
    assert raised.value.code == "no_publication"
    assert origin.slots() == 0
