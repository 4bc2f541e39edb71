"""`botlens schema` prints what runs: the engine reads it, and a database made by it needs nothing more."""

import subprocess
import sys

import pytest

from botlens.store.connection import ClickHouse
from botlens.store.upgrades import open_tables
from tests import nursery
from tests.clickhouse_server import ClickHouseServer


def printed(*options: str) -> list[str]:
    done = nursery.run("botlens", "schema", *options)
    assert done.returncode == 0, done.stderr
    return [
        statement.strip()
        for statement in "\n".join(
            line for line in done.stdout.splitlines() if not line.startswith("-- ")
        ).split(";\n")
        if statement.strip()
    ]


@pytest.mark.parametrize(
    "options",
    [(), ("--layout", "server"), ("--layout", "cluster"), ("--layout", "cluster", "--cluster", "two")],
)
def test_the_engine_reads_each_statement(
    clickhouse_server: ClickHouseServer, options: tuple[str, ...]
) -> None:
    """By its own parser, which knows of clusters what it cannot do."""
    statements = printed(*options)
    for each in statements:
        if not each.startswith("SET "):
            assert "Query" in clickhouse_server.ask(f"EXPLAIN AST {each}")
    assert len(statements) >= 9


def test_a_database_that_was_made_by_hand(clickhouse_server: ClickHouseServer) -> None:
    """Nothing is altered by the first start over it, and facts are not derived anew."""
    for each in printed("--layout", "server", "--database", "by_hand"):
        clickhouse_server.ask(each)
    made = clickhouse_server.ask("SELECT create_table_query FROM system.tables WHERE database = 'by_hand'")
    assert made.count("ENGINE = ReplacingMergeTree") == 12
    store = ClickHouse(clickhouse_server.url("by_hand"))
    clickhouse_server.goes_wrong({"does": "refuse", "statements": r"\s*(CREATE|ALTER|TRUNCATE)\b"})
    try:
        open_tables(store)
        assert store.facts.building is None
    finally:
        clickhouse_server.goes_wrong()
        store.close()


def test_it_opens_nothing() -> None:
    """It runs where there is no folder and no server, and writes to nobody."""
    done = subprocess.run(
        [sys.executable, "-m", "botlens", "schema", "--layout", "server"],
        capture_output=True,
        text=True,
        timeout=120,
        env={"BOTLENS_CLICKHOUSE_URL": "http://127.0.0.1:9/nowhere"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("-- By whoever runs the server, once:")
