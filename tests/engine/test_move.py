"""A folder is moved to a PostgreSQL and two ClickHouse servers: all of it, whatever cuts it off."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from botlens.cli.move import telling
from botlens.database.copying import moved_tables, undeclared_tables
from botlens.database.database import Database
from botlens.moving.comparing import compare_answers
from botlens.store.schema import MOVED_TABLES
from botlens.tenants.accounts import Accounts
from tests import nursery
from tests.clickhouse_server import INSERTS, ClickHouseServer
from tests.engine.move_process import COMPANIES, DEATH, POINTS, SPOILT

assert compare_answers  # loads every room that declares tables of accounts


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was killed with events in its journal, and has a row in every table."""
    folder = tmp_path_factory.mktemp("move") / "data"
    folder.mkdir()
    done = nursery.run("tests.engine.move_process", str(folder), "fill")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "data", symlinks=True))


class Target:
    """Where a folder is moved to: a PostgreSQL and two shards."""

    def __init__(self, accounts: str, server: ClickHouseServer) -> None:
        self.accounts, self.server = accounts, server
        self.shards = [server.new_database() for _ in range(2)]

    def options(self, folder: Path) -> list[str]:
        return ["--data-dir", str(folder), "--accounts", self.accounts, "--shards", ",".join(self.shards)]

    def move(self, folder: Path, code: int = 0) -> Any:
        done = self.run(folder)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout) if code == 0 else done.stderr

    def run(self, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
        return nursery.run("botlens", "move", *self.options(folder), "--json", *more, timeout=120)

    def serve(self, folder: Path) -> subprocess.CompletedProcess[str]:
        """A node that begins; the caller expects that it does not."""
        named = {"BOTLENS_ACCOUNTS_URL": self.accounts, "BOTLENS_SHARDS": ",".join(self.shards)}
        return nursery.run(
            "botlens", "serve", "--port", "0", "--data-dir", str(folder), env=os.environ | named, timeout=60
        )

    def rows(self) -> dict[str, list[list[str]]]:
        """The rows of every table of both shards, each table sorted, as the server tells them."""
        found = {}
        for table in MOVED_TABLES:
            columns = ", ".join(each.name for each in table.columns)
            rows = []
            for shard in self.shards:
                name = f"{shard.rpartition('/')[2]}.{table.name}"
                rows += self.server.ask(
                    f"SELECT {columns} FROM {name} FINAL FORMAT JSONCompactEachRow"
                ).splitlines()
            found[table.name] = sorted(rows)
        return found

    def marks(self) -> list[list[str]]:
        """As which shard each of the databases is marked."""
        names = [shard.rpartition("/")[2] for shard in self.shards]
        return [self.server.ask(f"SELECT shard FROM {name}.cluster_marks").split() for name in names]

    def written(self) -> dict[str, list[Any]]:
        """The rows of accounts."""
        return accounts_of(self.accounts)


def error_of(said: str) -> str:
    """The line that ends a move which did not come to its end; before it there are stages."""
    *stages, last = said.splitlines()
    assert last.startswith("Error: ")
    assert not [line for line in stages if line.split(":")[0] not in STAGES]
    return last


AFTER_THE_EVENTS = (
    "before its shards are known",
    "between two marks",
    "before the accounts",
    "in the accounts",
    "before it is done",
)
STAGES = (
    "Looking at the servers",
    "Writing what the journal holds",
    "Moving events",
    "Comparing answers",
    "Moving accounts",
)


def accounts_of(url: str) -> dict[str, list[Any]]:
    database = Database.open(url)
    try:
        with database.reading() as session:
            return {table.name: sorted(map(repr, session.execute(select(table)))) for table in moved_tables()}
    finally:
        database.close()


@pytest.fixture
def target(new_postgres: Callable[[], str], clickhouse_server: ClickHouseServer) -> Any:
    yield Target(new_postgres(), clickhouse_server)
    clickhouse_server.goes_wrong()


def test_everything_is_moved_and_again_changes_nothing(folder: Path, target: Target) -> None:
    """Every declared table, with a row at least; both sides answer alike; the second time nothing is sent."""
    before = accounts_of(f"sqlite:///{folder}/accounts.db")
    assert [name for name, rows in before.items() if not rows] == ["erasures"]  # it has the least to say
    first = target.move(folder)
    assert first["companies"] == len(COMPANIES)
    assert first["rows_sent"] == first["rows"] > 0
    assert first["accounts_written"] == sum(map(len, before.values()))
    assert first["answers_compared"] >= 50 * len(COMPANIES)
    assert target.written() == before
    rows = target.rows()
    assert all(len(found) >= len(COMPANIES) for found in rows.values())
    of_one = [json.loads(row) for row in rows["raw_events"] if json.loads(row)[0] == "one"]
    assert len({row[2] for row in of_one}) == COMPANIES["one"]  # conversations; column 2 is their id
    assert all(
        target.server.ask(f"SELECT count() FROM {each.rpartition('/')[2]}.raw_events") != "0\n"
        for each in target.shards
    )
    with psycopg.connect(target.accounts) as connection:
        (slots,) = connection.execute("SELECT array_agg(shard ORDER BY slot) FROM botlens.slots").fetchone()
    assert slots == [0, 1] * 128
    again = target.move(folder)
    assert (again["rows_sent"], again["accounts_written"]) == (0, 0)
    assert (again["rows"], again["answers_compared"]) == (first["rows"], first["answers_compared"])
    assert (target.rows(), target.written()) == (rows, before)


def test_a_log_says_how_far_it_is(folder: Path, target: Target) -> None:
    """Where no terminal is: each stage, and how much there is to do. The result alone is on stdout."""
    done = target.run(folder)
    rows = json.loads(done.stdout)["rows"]
    begun = [line for line in done.stderr.splitlines() if " after " not in line]  # on a busy machine
    assert begun == [
        *STAGES[:2],
        f"Moving events: {rows:,}",
        f"Comparing answers: {len(COMPANIES)}",
        STAGES[4],
    ]


def test_a_long_stage_says_now_and_then_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every ten seconds, however often it is told."""
    monkeypatch.setattr(telling, "time", SimpleNamespace(monotonic=count(1.0).__next__))
    with telling.stages_on_stderr() as stages:
        stages.begins("Moving events", 5_000)
        for amount in range(100, 2_600, 100):
            stages.done(amount)
    said = capfd.readouterr().err.splitlines()
    assert said[0] == "Moving events: 5,000"
    assert [line.split(" after ")[0] for line in said[1:]] == [
        "Moving events: 1,000 of 5,000 (20%)",
        "Moving events: 2,000 of 5,000 (40%)",
    ]


def test_every_table_of_the_accounts_is_declared(folder: Path) -> None:
    """One that no room declares would stay behind unseen."""
    database = Database.open(f"sqlite:///{folder}/accounts.db")
    try:
        assert undeclared_tables(database) == set()
    finally:
        database.close()


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_it_goes_on(folder: Path, target: Target, point: str) -> None:
    """The same command finishes what was begun; what was there is not sent again; nothing is there twice."""
    before = accounts_of(f"sqlite:///{folder}/accounts.db")
    died = nursery.run(
        "tests.engine.move_process", str(folder), "move", point, target.accounts, ",".join(target.shards)
    )
    assert died.returncode == DEATH, died.stdout + died.stderr
    if point != "before it is noted":
        refused = nursery.run("botlens", "company", "list", "--data-dir", str(folder))
        assert "botlens move" in refused.stderr
    moved = target.move(folder)
    if point in ("before the answers", *AFTER_THE_EVENTS):
        assert moved["rows_sent"] == 0
    assert moved["accounts_written"] == (
        0 if point == "before it is done" else sum(map(len, before.values()))
    )
    assert target.marks() == [["0"], ["1"]]
    assert target.written() == before
    assert {name: len(found) for name, found in target.rows().items()}["gap_members"] == len(COMPANIES)


def test_a_folder_that_was_moved_is_not_served(folder: Path, target: Target) -> None:
    """What it took would be nowhere else."""
    target.move(folder)
    for command in (["company", "list"], ["serve", "--port", "0"], ["key", "create"]):
        refused = nursery.run("botlens", *command, "--data-dir", str(folder), timeout=60)
        assert refused.returncode == 1
        assert "is served from there" in refused.stderr


def test_nodes_take_no_other_databases_for_its_shards(folder: Path, target: Target, tmp_path: Path) -> None:
    """Shards are known before the first node begins: one with an empty database by mistake serves nothing."""
    target.move(folder)
    moved, target.shards[1] = target.shards[1], target.server.new_database()
    refused = target.serve(tmp_path / "node")
    assert refused.returncode == 1
    assert "Shard 2 is in use, but the database that BOTLENS_SHARDS names for it is none" in refused.stderr
    target.shards.reverse()
    target.shards[0] = moved
    refused = target.serve(tmp_path / "node")
    assert "The database of shard 1 is marked as shard 2 of this cluster" in refused.stderr


def test_what_goes_wrong_on_the_way_is_told_and_can_be_gone_on_with(folder: Path, target: Target) -> None:
    """A shard that takes no more: one line, no accounts in PostgreSQL; later the same command is enough."""
    target.server.goes_wrong({"does": "refuse", "statements": r"\s*INSERT INTO raw_events", "code": 242})
    said = target.move(folder, code=1)
    assert error_of(said)
    assert target.written()["companies"] == []
    target.server.goes_wrong({"does": "untold", "statements": INSERTS, "times": 2})  # applied, and an error
    target.move(folder, code=1)
    target.server.goes_wrong()
    moved = target.move(folder)
    assert 0 < moved["rows_sent"] < moved["rows"]


def test_what_was_written_over_is_noticed(folder: Path, target: Target) -> None:
    """An event that is not as it was sent stops the move before the accounts are there."""
    died = nursery.run(
        "tests.engine.move_process",
        str(folder),
        "move",
        "before the answers",
        target.accounts,
        ",".join(target.shards),
    )
    assert died.returncode == DEATH
    table = f"{target.shards[0].rpartition('/')[2]}.conversation_facts"
    target.server.ask(
        f"INSERT INTO {table} SELECT * REPLACE (version + 1 AS version, 77 AS messages) FROM {table}"
    )
    said = target.move(folder, code=1)
    assert "has not the same rows of conversation_facts" in said
    assert target.written()["companies"] == []


def test_answers_that_differ_stop_it(folder: Path, target: Target) -> None:
    """Whatever the figures of tables say: nobody is sent to servers that answer in another way."""
    done = nursery.run(
        "tests.engine.move_process", str(folder), "move", SPOILT, target.accounts, ",".join(target.shards)
    )
    assert done.returncode == 1
    assert "answers in another way than the folder" in done.stderr
    assert target.written()["companies"] == []


def test_refusals(folder: Path, target: Target, tmp_path: Path) -> None:
    """Each says what stands in the way; the folder can be served afterwards."""

    def refused(code: int = 2, **options: str) -> str:
        named = {"data-dir": str(folder), "accounts": target.accounts, "shards": ",".join(target.shards)}
        words = [word for name, value in (named | options).items() for word in (f"--{name}", value)]
        done = nursery.run("botlens", "move", *words, timeout=60)
        assert done.returncode == code, done.stderr
        return error_of(done.stderr)

    assert "There are no accounts" in refused(**{"data-dir": str(tmp_path / "none")})
    assert "Nodes share a PostgreSQL" in refused(accounts=f"sqlite:///{tmp_path}/other.db")
    assert not (tmp_path / "other.db").exists()
    assert "between two stands a comma" in refused(shards="http://ch-1:8123/botlens http://ch-2:8123/botlens")
    for wrong in ("nowhere", "http://[::1/botlens", "http://ch-1:81230/botlens"):
        said = refused(shards=f"{target.shards[0]},{wrong}")
        assert "Shard 2 is no address of a ClickHouse server: it reads like" in said
    assert "is named twice" in refused(shards=f"{target.shards[0]},{target.shards[0]}")
    missing = f"{target.server.url('none')}"
    assert "CREATE DATABASE none" in refused(1, shards=missing)
    others = with_somebody_elses_company(target)
    assert "name an empty database" in refused(accounts=others, code=2)
    with psycopg.connect(target.accounts, autocommit=True) as connection:
        now = "extract(epoch FROM clock_timestamp())"
        connection.execute(f"INSERT INTO botlens.nodes VALUES ('i', 'ann', 'http://ann', {now})")
        assert "A node (ann, http://ann) runs on this PostgreSQL" in refused()
        connection.execute("DELETE FROM botlens.nodes")
        connection.execute("INSERT INTO botlens.shard_words VALUES (1, 'of a database in use')")
        assert "is that of a cluster with shards of its own" in refused()
        connection.execute("DELETE FROM botlens.shard_words")
    alone = nursery.run("tests.engine.writer_process", str(tmp_path / "alone"), target.shards[1])
    assert alone.returncode == 0, alone.stderr
    assert "is that of a botlens of its own (pid " in refused()  # no node would take it for a shard
    database = target.shards[1].rpartition("/")[2]
    target.server.ask(f"DROP TABLE {database}.writers")
    marks = f"{database}.cluster_marks"
    target.server.ask(
        f"CREATE TABLE {marks} (identity String, shard UInt64) ENGINE = MergeTree ORDER BY shard"
    )
    target.server.ask(f"INSERT INTO {marks} VALUES ('another', 1)")
    assert "is, or was, a shard of a cluster: name an empty database" in refused()
    target.server.ask(f"DROP TABLE {marks}")
    table = f"{database}.raw_events"
    target.server.ask(f"INSERT INTO {table} (company_id, conversation_id, kind) VALUES ('x', 'y', 'message')")
    assert "has raw_events of company x already: name an empty database" in refused()
    assert nursery.run("botlens", "company", "list", "--data-dir", str(folder)).returncode == 0
    assert not (folder / "moved.json").exists()


def with_somebody_elses_company(target: Target) -> str:
    """A PostgreSQL with a company of somebody else."""
    database = f"{target.accounts.partition('?')[0].rpartition('/')[2]}_other"
    with psycopg.connect(target.accounts, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    base, _, rest = target.accounts.partition("?")
    url = f"{base.rpartition('/')[0]}/{database}?{rest}"
    with Accounts.open(url) as accounts:
        accounts.create_company("Another", owner="x", plan="pro")
    return url
