"""The commands over a store by URL, each in its own process."""

import pytest

from tests.cli.conftest import EXCHANGE, Shell
from tests.clickhouse_server import ClickHouseServer


def test_the_commands(clickhouse_server: ClickHouseServer, shell: Shell) -> None:
    """Import, report, and a doctor that finds the numbers equal; a backup is refused with what to do."""
    url = {"BOTLENS_CLICKHOUSE_URL": clickhouse_server.new_database()}
    created = shell.company()
    file = str(shell.write("day.ndjson", *EXCHANGE))
    for _ in range(2):
        done = shell.run("import", file, **url)
        assert done.returncode == 0, done.stderr
    done = shell.run("doctor", "--verify", **url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ Event store answers (ClickHouse server)" in done.stdout
    assert (
        f"Numbers of {created['company_id']} (Acme) are equal to its raw events (1 conversation"
        in done.stdout
    )
    done = shell.run("backup", "a-backup", **url)
    assert done.returncode == 1
    assert "The events are in a ClickHouse server (BACKUP DATABASE)" in " ".join(done.stderr.split())
    assert not (shell.data_dir / "events").exists()


def test_a_server_that_cannot_be_used_is_one_sentence(
    clickhouse_server: ClickHouseServer, shell: Shell
) -> None:
    """Exit code 1, no traceback, and the statement that mends it."""
    shell.company()
    done = shell.run("serve", "--port", "0", BOTLENS_CLICKHOUSE_URL=clickhouse_server.url("missing"))
    said = " ".join(done.stderr.split())
    assert done.returncode == 1
    assert "There is no database missing on the ClickHouse server" in said
    assert "CREATE DATABASE missing" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_second_process_is_refused(clickhouse_server: ClickHouseServer, shell: Shell) -> None:
    """Another folder, the same database: the process that writes is named."""
    url = {"BOTLENS_CLICKHOUSE_URL": clickhouse_server.new_database()}
    shell.company()
    other = Shell(shell.folder)
    other.data_dir = shell.folder / "other"
    other.company()
    with shell.serving(**url) as server:
        done = other.run("report", **url)
    assert done.returncode == 1
    assert f"pid {server.process.pid} on " in " ".join(done.stderr.split())
