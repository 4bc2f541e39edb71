"""What a node does not begin with, since what it acknowledges could be lost."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from botlens.cli.doctor.cluster import cluster
from botlens.cluster.durability import require_durable
from botlens.commit.cluster import opening
from botlens.database.single import SingleStatements
from botlens.errors import InvalidError
from botlens.settings import Settings
from botlens.tenants.accounts import Accounts
from tests import nursery
from tests.engine.cluster_nodes import eventually
from tests.engine.test_cluster_engines import Nodes, nodes

__all__ = ["nodes"]


@pytest.fixture
def url(new_postgres: Callable[[], str]) -> str:
    return new_postgres()


@pytest.fixture
def statements(url: str) -> Iterator[SingleStatements]:
    with Accounts.open(url) as accounts:
        found = accounts.database.statements()
        yield found
        found.close()


def commits(url: str, how: str) -> None:
    """From the next connection on."""
    with psycopg.connect(url, autocommit=True) as connection:
        ((name,),) = connection.execute("SELECT current_database()").fetchall()
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = {how}")


@pytest.mark.parametrize(("how", "is_refused"), [("off", True), ("local", False), ("on", False)])
def test_a_postgres_that_says_too_early(
    url: str, statements: SingleStatements, how: str, *, is_refused: bool
) -> None:
    """An event would be acknowledged that a crash takes back; and the doctor says so."""
    commits(url, how)
    said = [each.what for each in cluster(Settings(accounts_url=url, shards=("http://127.0.0.1:9/x",)))]
    assert any("synchronous_commit" in each for each in said) == is_refused
    if not is_refused:
        require_durable(statements)
        return
    with pytest.raises(InvalidError, match="synchronous_commit = on"):
        require_durable(statements)


def test_a_node_does_not_begin_there(nodes: Nodes) -> None:
    """It says what to change, and begins once that is done."""
    commits(nodes.url, "off")
    with pytest.raises(InvalidError, match="synchronous_commit = on"):
        nodes.open("ann")
    commits(nodes.url, "on")
    with nodes.open("ann") as ann:
        eventually(lambda: ann.cluster.slots == 256)


def test_replicas_that_are_not_heeded(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inserts would be in one of them alone, and read back there. (No engine here makes such tables.)"""
    nodes.open("ann").close()
    monkeypatch.setattr(opening, "_OF_REPLICAS", "Replacing")
    with pytest.raises(InvalidError, match="are replicated, so BOTLENS_CLICKHOUSE_CLUSTER must name"):
        nodes.open("ben")


def test_the_doctor_beside_the_nodes(url: str, tmp_path: Path) -> None:
    """A machine on which none runs has nothing to mend, and nothing to begin."""
    Accounts.open(url).close()
    named = {
        "BOTLENS_ACCOUNTS_URL": url,
        "BOTLENS_SHARDS": "http://127.0.0.1:9/x",
        "BOTLENS_DATA_DIR": str(tmp_path / "none"),
    }
    said = nursery.run("botlens", "doctor", "--json", env={**os.environ, **named})
    found = json.loads(said.stdout)
    (none,) = [each for each in found if "No node runs on this data folder" in each["what"]]
    assert none["mark"] == "note"
    assert "BOTLENS_API_KEY" in none["mend"]
    assert not any("company create" in each["mend"] for each in found)
