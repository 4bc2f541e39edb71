"""One source of the schema for the engine in the process, a server and a cluster."""

import ast
import re
from pathlib import Path

import pytest

from botlens.errors import InvalidError
from botlens.store.rendering import rendered
from botlens.store.schema import CONVERSATION_FACTS, TABLES
from botlens.store.topology import EMBEDDED, Topology

SOURCE = Path(__file__).parents[2] / "src" / "botlens"
SERVER = Topology(is_shared=True)
CLUSTER = Topology(is_shared=True, cluster="two")


def test_tables_differ_in_their_engine_alone() -> None:
    """Columns, keys, codecs, settings and comment are the same, letter by letter."""
    for table in TABLES:
        alone = table.create(EMBEDDED)
        assert table.create(SERVER) == alone
        replicated = (
            "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', "
        )
        everywhere = alone.replace(f"EXISTS {table.name} (", f"EXISTS {table.name} ON CLUSTER 'two' (")
        assert table.create(CLUSTER) == everywhere.replace("ReplacingMergeTree(", replicated)
        assert everywhere != alone


def test_shape_is_said_to_all_and_rows_to_one() -> None:
    """Each replica keeps its comments itself; rows are replicated by the engine."""
    assert CLUSTER.alter("t", "MODIFY COMMENT 'x'") == "ALTER TABLE t ON CLUSTER 'two' MODIFY COMMENT 'x'"
    assert CLUSTER.drop("t") == "DROP TABLE IF EXISTS t ON CLUSTER 'two'"
    assert CLUSTER.delete("t", "a = 1") == SERVER.delete("t", "a = 1") == "ALTER TABLE t DELETE WHERE a = 1"
    assert CLUSTER.empty("t") == SERVER.empty("t") == "TRUNCATE TABLE t SYNC"
    (added, computed) = CONVERSATION_FACTS.widen(
        CLUSTER,
        {column.name: column.type for column in CONVERSATION_FACTS.columns} | {"session": "", "asked": ""},
    )
    assert added.startswith("ALTER TABLE conversation_facts ON CLUSTER 'two' ADD COLUMN IF NOT EXISTS shown ")
    assert computed == "ALTER TABLE conversation_facts ON CLUSTER 'two' MATERIALIZE COLUMN shown"


def test_a_cluster_acknowledges_by_a_quorum_and_compares_no_blocks() -> None:
    """A block that looks like an earlier one is written all the same: rows replace each other by key."""
    settings = CLUSTER.connection_settings
    assert (settings["insert_quorum"], settings["insert_quorum_parallel"]) == ("auto", 1)
    assert (settings["insert_deduplicate"], settings["async_insert"], settings["mutations_sync"]) == (0, 0, 0)
    assert SERVER.connection_settings.items() <= settings.items()
    assert "insert_quorum" not in SERVER.connection_settings


@pytest.mark.parametrize("name", ["", "a'b", "two words", "a\\", "a;b"])
def test_a_name_that_could_end_a_statement_names_no_cluster(name: str) -> None:
    """It stands in statements as text."""
    with pytest.raises(InvalidError, match="A cluster is named"):
        Topology(is_shared=True, cluster=name)


def test_the_embedded_engine_is_in_no_cluster() -> None:
    """A cluster goes with the URL of one of its servers."""
    with pytest.raises(InvalidError, match="the URL of one of them"):
        Topology(cluster="two")


def test_what_is_rendered() -> None:
    """Database, tables, settings; of a cluster also what operators look at all shards by."""
    embedded = dict(rendered(EMBEDDED, None))
    assert len(embedded) == 2
    tables, (settings,) = embedded.values()
    assert len(tables) == len(TABLES)
    assert settings.startswith("SET enable_shared_storage_snapshot_in_query = 1, ")
    (database,), of_cluster, _, views = dict(rendered(CLUSTER, "bots")).values()
    assert database == "CREATE DATABASE IF NOT EXISTS bots ON CLUSTER 'two'"
    assert [each.split(" (")[0] for each in of_cluster[-1:]] == [
        "CREATE TABLE IF NOT EXISTS bots.writers ON CLUSTER 'two'"
    ]
    assert views[:2] == [
        "CREATE DATABASE IF NOT EXISTS bots_all ON CLUSTER 'two'",
        (
            "CREATE OR REPLACE TABLE bots_all.raw_events ON CLUSTER 'two' AS bots.raw_events\n"
            "ENGINE = Distributed('two', 'bots', 'raw_events')"
        ),
    ]
    assert len(views) == len(of_cluster) + 1


SHAPES = re.compile(
    r"\s*(ALTER|CREATE|DROP|TRUNCATE|OPTIMIZE|DETACH|ATTACH|RENAME|EXCHANGE|SYSTEM)\b"
    r"(?=.*\b(TABLE|TABLES|DATABASE|REPLICA|MERGES|MUTATION)\b)|\s*DELETE\s+FROM\b"
)
"""Statements that a cluster may want to hear in another way."""


def test_nobody_else_writes_such_statements() -> None:
    """Each stands in `topology.py`, or where a table is declared; PostgreSQL's have their own rooms."""
    rooms = ("answers", "backup", "chatbots.py", "commit", "engine.py", "gaps", "store", "upkeep")
    files = [file for room in rooms for file in sorted(SOURCE.glob(f"{room}/**/*.py")) or [SOURCE / room]]
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SHAPES.match(node.value):
                found.add(file.relative_to(SOURCE).as_posix())
    found -= {"commit/cluster/table_intentions.py"}
    assert found == {"store/rendering.py", "store/table.py", "store/topology.py", "store/unreachable.py"}
