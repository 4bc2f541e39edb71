"""`botlens slot`, on the PostgreSQL of a cluster: what is intended, and what a person is told of it."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from botlens.cli import slot as command
from botlens.cli.doctor.cluster import node_findings
from botlens.cli.main import app
from botlens.cluster.slot_moves import SlotMove, SlotMoveTable
from botlens.cluster.slots import NodeName, SlotTable, slot_of
from botlens.errors import InvalidError
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import eventually

WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
ANN = NodeName("ann-1", "ann", "http://ann")


@pytest.fixture
def accounts(
    new_accounts: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Accounts]:
    """Of a cluster of two shards, and no node."""
    url = new_accounts()
    monkeypatch.setenv("BOTLENS_ACCOUNTS_URL", url)
    monkeypatch.setenv("BOTLENS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(command, "_LOOK_SECONDS", 0.05)
    with Accounts.open(url) as found:
        yield found


@pytest.fixture
def moves(accounts: Accounts) -> Iterator[SlotMoveTable]:
    with closing(accounts.database.statements()) as statements:
        slots = SlotTable(statements, 600.0)
        slots.prepare(2)
        slots.claim(ANN, slots.states())
        yield SlotMoveTable(statements)


@pytest.fixture
def new_connection(accounts: Accounts) -> Iterator[Callable[[], psycopg.Connection]]:
    """One to its database, in a transaction of its own."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(psycopg.connect(os.environ["BOTLENS_ACCOUNTS_URL"]))


@pytest.fixture
def company(accounts: Accounts) -> Company:
    return accounts.create_company("Acme", owner="u", plan="pro")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["slot", *arguments])


def listed(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("list", "--json", *arguments).stdout)
    return found


def test_what_lies_where(moves: SlotMoveTable, company: Company) -> None:
    """Slots with companies, or all; what is on its way, how far it is and what is in its way."""
    number = slot_of(company.id)
    (one,) = listed()
    assert (one["slot"], one["node"], one["companies"]) == (number, "ann", [company.id])
    assert one["shard"] == number % 2 + 1
    assert len(listed("--all")) == 256
    to = 2 - number % 2
    assert run("move", "--company", company.id, "--to", str(to), "--no-wait").exit_code == 0
    moves.note(SlotMove(number, to - 1, 1_234, 2_000, "Shard 2 cannot be used."))
    (one,) = listed()
    assert (one["moves_to"], one["rows"], one["total"]) == (to, 1_234, 2_000)
    assert one["said"] == "Shard 2 cannot be used."
    goes = command._row(one, is_mixed=False)[-1]
    assert goes == f"to shard {to}, 1,234 of about 2,000 rows looked at. Shard 2 cannot be used."
    said = " ".join(run("list").stdout.split())
    assert "2,000" in said
    assert "cannot be" in said


def test_where_the_shards_are(
    moves: SlotMoveTable, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number says nothing to who looks for a server; of a password nothing is said."""
    (one,) = listed()
    assert one["shard_at"] is None
    shards = [f"http://ann:secret@ch-{number}:8123/botlens" for number in (1, 2)]
    monkeypatch.setenv("BOTLENS_SHARDS", ",".join(shards))
    (one,) = listed()
    assert one["shard_at"] == f"http://ch-{one['shard']}:8123/botlens"
    said = run("list").stdout
    assert "Shard 2 is http://ch-2:8123/botlens\n" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("rows", "total", "said"),
    [
        (0, 0, "which begins"),
        (0, 2_000, "0 of about 2,000 rows looked at"),
        (2_000, 2_000, "2,000 of about 2,000 rows looked at"),
        (2_300, 2_000, "about 2,000 rows looked at, and 300 that came since or once more"),
    ],
)
def test_how_far_a_move_is(rows: int, total: int, said: str) -> None:
    """Rows alone say nothing; of those that are looked at twice not more than all is said to be done."""
    assert command._progress(rows, total) == said


def test_a_move_is_waited_for(
    moves: SlotMoveTable, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it is done; what is in its way is told meanwhile. Again there is nothing to do."""
    number = slot_of(company.id)
    to = 2 - number % 2

    def owner() -> None:
        while not moves.moves():
            time.sleep(0.01)
        move = SlotMove(number, to - 1, said="The shard is full.")
        moves.note(move)
        assert told.wait(60)
        assert moves.end(move, ANN.instance, 2_048, 5.0) == 2_049

    told, move_of, seen = threading.Event(), command._Cluster.move_of, list[str]()

    def looks(cluster: Any, slot: int) -> SlotMove | None:
        if any(seen):  # and the person was told
            told.set()
        found = move_of(cluster, slot)
        seen.append(found.said if found else "")
        return found

    monkeypatch.setattr(command._Cluster, "move_of", looks)
    works = threading.Thread(target=owner)
    works.start()
    done = run("move", "--slot", str(number), "--to", str(to))
    works.join()
    assert done.exit_code == 0, done.output
    assert f"Slot {number} ({company.id}) goes to shard {to}." in done.stderr
    assert "Not yet: The shard is full." in done.stderr
    assert f"Slot {number} lies on shard {to}." in done.stdout
    (one,) = listed()
    assert (one["shard"], one["was_on"], one["epoch"]) == (to, [3 - to], 2_049)
    again = run("move", "--slot", str(number), "--to", str(to), "--json")
    assert json.loads(again.stdout) == {
        "slot": number,
        "companies": [company.id],
        "shard": to,
        "done": True,
    }
    back = run("move", "--slot", str(number), "--to", str(3 - to))
    assert back.exit_code == 2
    assert "in 24 hours" in back.stderr


def test_a_move_is_cancelled(moves: SlotMoveTable, company: Company) -> None:
    number = slot_of(company.id)
    to = str(2 - number % 2)
    run("move", "--slot", str(number), "--to", to, "--no-wait")
    assert f"Slot {number} stays" in run("cancel", "--company", company.id).stdout
    assert moves.moves() == []
    again = run("cancel", "--slot", str(number))
    assert again.exit_code == 1
    assert "is not being moved" in again.stderr


def test_a_move_that_is_cancelled_as_it_is_asked_for_again(
    moves: SlotMoveTable, company: Company, new_connection: Callable[[], psycopg.Connection]
) -> None:
    """What was brought before is to be erased there: nothing is brought until nobody can erase it late."""
    number = slot_of(company.id)
    to = 1 - number % 2
    moves.begin(number, to)
    cancels, looks = new_connection(), new_connection()
    cancels.execute("DELETE FROM botlens.slot_moves")
    cancels.execute("INSERT INTO botlens.slot_remains VALUES (%s, %s, 1e12, 0)", (number, to))
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(moves.begin, number, to)
        eventually(lambda: looks.execute(WAITS).fetchall())
        cancels.commit()
        with pytest.raises(InvalidError, match="may still lie on shard"):
            begun.result()
    assert moves.moves() == []


def test_neither_or_both(moves: SlotMoveTable, company: Company) -> None:
    """A slot or a company of it: wrong usage otherwise."""
    for arguments in ([], ["--slot", "1", "--company", company.id]):
        done = run("move", "--to", "1", *arguments)
        assert done.exit_code == 2
        assert "--slot or --company" in done.stderr
    assert run("move", "--to", "3", "--slot", "1").exit_code == 2


def test_without_a_cluster(tmp_path: Path) -> None:
    """A folder has no slots."""
    runner, folder = CliRunner(), str(tmp_path / "data")
    runner.invoke(app, ["company", "create", "Acme", "--owner", "u", "--data-dir", folder])
    done = runner.invoke(app, ["slot", "list", "--data-dir", folder])
    assert done.exit_code == 1
    assert "in a PostgreSQL" in done.stderr


def test_by_which_definition_facts_are(moves: SlotMoveTable, company: Company) -> None:
    """In an upgrade to another one: which slots have changed, and which are away for it just now."""
    (one,) = listed()
    assert (one["definition_version"], one["is_derived"]) == (3, False)
    assert "definition" not in run("list").stdout
    number = slot_of(company.id)
    moves._statements.run("UPDATE botlens.slots SET facts = 4 WHERE slot = %(slot)s", {"slot": number})
    said = " ".join(run("list", "--all").stdout.split())
    assert "facts by definition 4" in said
    assert "facts by definition 3" in said
    moves._statements.run("INSERT INTO botlens.slot_facts VALUES (%(slot)s, 4, -1)", {"slot": number})
    (one,) = listed()
    assert (one["definition_version"], one["is_derived"]) == (4, True)
    assert "derived by definition 4" in " ".join(run("list").stdout.split())
    said = " ".join(each.what for each in node_findings(SlotTable(moves._statements, 600.0)))
    assert "(255 slots by 3, 1 slot by 4)" in said
    assert "The facts of 1 slot are being derived" in said
