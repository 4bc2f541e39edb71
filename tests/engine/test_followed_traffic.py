"""Whatever is done to a table: what a follower says of it, applied in its order, gives the table."""

import contextlib
import random
import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from botlens.sources.postgres import slot, sweep
from botlens.sources.postgres.changes import Follower
from tests.engine.origin import LARGE, PATIENCE, Origin

SECONDS = 4.0
KEYS = 60


def traffic(url: str, seed: int, stopped: threading.Event) -> None:
    """Transactions of one to six statements, some open for a while, some rolled back, wholly or in part."""
    chance = random.Random(seed)
    with psycopg.connect(url) as connection:
        while not stopped.is_set():
            with contextlib.suppress(psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected):
                for _ in range(chance.randint(1, 6)):
                    connection.execute(statement(chance).encode())
                    if chance.random() < 0.1:
                        time.sleep(chance.random() / 2)
                if chance.random() < 0.2:
                    connection.execute("SAVEPOINT here")
                    connection.execute(statement(chance).encode())
                    connection.execute("ROLLBACK TO here")
                if chance.random() < 0.9:
                    connection.commit()
            connection.rollback()


def statement(chance: random.Random) -> str:
    key, other = chance.randrange(KEYS), chance.randrange(KEYS)
    text = chance.choice(["short", LARGE, LARGE + "!"])
    kinds = {
        f"INSERT INTO notes VALUES ({key}, '{text}', 0) ON CONFLICT (id) DO UPDATE SET content = 'x'": 8,
        f"UPDATE notes SET score = score + 1 WHERE id % 7 = {key % 7}": 4,
        f"UPDATE notes SET id = {other} WHERE id = {key}": 2,
        f"DELETE FROM notes WHERE id = {key}": 3,
        f"INSERT INTO notes SELECT n, '{text}', n FROM generate_series(900, 999) n ON CONFLICT DO NOTHING": 1,
        "DELETE FROM notes WHERE id >= 900": 1,
        "TRUNCATE notes": 0.1,
    }
    (found,) = chance.choices(list(kinds), list(kinds.values()))
    return found


class Copy:
    """A copy of the table that a follower keeps."""

    def __init__(self, origin: Origin, follower: Follower) -> None:
        self._origin = origin
        self._follower = follower
        self.rows = {str(row[0]): row for row in self._source()}
        self.revision = follower.start

    def _source(self, key: str | None = None) -> list[tuple[str | None, ...]]:
        where = "" if key is None else f" WHERE id = {key}"
        found = self._origin.connection.execute(
            f"SELECT id::text, content, score::text FROM notes{where}".encode()
        )
        return found.fetchall()

    def take(self, wait: float) -> None:
        for batch in self._follower.batches(wait):
            for each in batch.changes:
                assert each.revision >= self.revision
                self.revision = each.revision
                if each.kind == "truncate":
                    self.rows.clear()
                    continue
                (key,) = each.key
                self.rows.pop(key, None)
                if each.kind == "put":
                    again = {row[0]: row for row in self._source(key)} if each.unchanged else {}
                    read = again.get(key, ("", "gone since", ""))
                    content = read[1] if "content" in each.unchanged else each.row["content"]
                    self.rows[key] = (key, content, each.row["score"])
            self._follower.acknowledge(batch.upto)

    def take_all(self) -> None:
        """What is committed by now."""
        now = time.monotonic()
        while self._follower.caught_up_at < now:
            self.take(0.1)
            assert time.monotonic() < now + PATIENCE

    def differences(self) -> dict[str, object]:
        source = {str(row[0]): row for row in self._source()}
        return {
            key: (self.rows.get(key), source.get(key))
            for key in {*self.rows, *source}
            if self.rows.get(key) != source.get(key)
        }

    def missing(self) -> dict[str, object]:
        """What is at the source and not here: sweeps do not see what is gone."""
        there = {str(row[0]) for row in self._source()}
        return {key: found for key, found in self.differences().items() if key in there}


@pytest.mark.slow
@pytest.mark.parametrize("way", ["stream", "slot", "sweep"])
def test_a_follower_keeps_a_copy_of_a_table(
    new_postgres: Callable[[], str], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made while others write; key changes, large values, truncations, late commits and all."""
    monkeypatch.setattr(slot, "_SHARE", 1)
    monkeypatch.setattr(sweep, "_SHARE", 1)
    origin, stopped = Origin(new_postgres()), threading.Event()
    writers = [threading.Thread(target=traffic, args=(origin.url, seed, stopped)) for seed in range(4)]
    for each in writers:
        each.start()
    try:
        with contextlib.closing(origin.follow(way)) as follower:
            copy = Copy(origin, follower)
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                copy.take(0.2)
            stopped.set()
            for each in writers:
                each.join()
            copy.take_all()
            assert copy.revision > follower.start
            assert (copy.missing() if way == "sweep" else copy.differences()) == {}
    finally:
        stopped.set()
        origin.connection.close()
