"""`botlens serve`, and the commands beside a server."""

import json
import signal
import subprocess
import sys

import httpx2
import pytest

from tests.cli.conftest import EXCHANGE, Shell


@pytest.mark.slow
def test_commands_go_through_the_server_that_owns_the_folder(shell: Shell) -> None:
    """While a server runs, `import`, `report` and `doctor --verify` work, and the server shows it at once."""
    created = shell.company()
    with shell.serving() as server:
        assert server.get("/readyz", "none").status_code == 200
        file = shell.write("day.ndjson", *EXCHANGE)
        assert shell.json("import", str(file))["accepted"] == 2
        overview = server.get("/analytics/overview", created["api_key"]).json()
        assert overview["total_messages"] == 2
        assert shell.report("messages_per_conversation") == 2
        found = shell.json("doctor", "--verify")
        assert any("are equal to its raw events (1 conversation)" in each["what"] for each in found)
        assert server.stop() == 0
    assert shell.report("messages_per_conversation") == 2


def test_the_address_is_for_the_owner_alone_and_goes_with_the_server(shell: Shell) -> None:
    """`server.json` carries a token, so only its owner may read it; SIGTERM is a clean end and removes it."""
    with shell.serving() as server:
        path = shell.data_dir / "server.json"
        assert path.stat().st_mode & 0o777 == 0o600
        assert set(server.announced) == {"pid", "url", "token"}
        assert not server.url.endswith(":0")
        assert server.stop() == 0
        assert not path.exists()


def test_a_second_server_on_the_folder_is_refused(shell: Shell) -> None:
    """One process owns the folder; who comes second is told in one line who has it and where it serves."""
    with shell.serving() as server:
        line = shell.refused("serve", "--port", "0")
        assert f"pid {server.process.pid}" in line
        assert server.url in line


def test_what_a_killed_server_left_is_ignored(shell: Shell) -> None:
    """After kill -9 a stale server.json misleads nobody: the folder is free again."""
    shell.company()
    with shell.serving() as server:
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        assert (shell.data_dir / "server.json").exists()
        assert shell.report("conversations") == 0


def test_revoking_a_key_takes_effect_at_once(shell: Shell) -> None:
    """A running server refuses a key from the moment that another process revoked it."""
    created = shell.company()
    with shell.serving() as server:
        assert server.get("/analytics/overview", created["api_key"]).status_code == 200
        shell.json("key", "revoke", created["api_key"][:12])
        refused = server.get("/analytics/overview", created["api_key"])
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "revoked_key")


def test_a_port_that_is_taken_is_one_line(shell: Shell) -> None:
    """A server that cannot listen says so before it opens anything, and leaves no folder behind."""
    with shell.serving() as server:
        port = server.url.rpartition(":")[2]
        another = shell.folder / "another"
        line = shell.refused("serve", "--port", port, "--data-dir", str(another))
        assert f"Cannot listen on 127.0.0.1:{port}" in line
        assert not another.exists()


_AN_APP = """
import sys
from pathlib import Path
from botlens.engine import Engine
from botlens.tenants import Accounts
folder = Path(sys.argv[1])
engine = Engine(
    Accounts.open(f"sqlite:///{folder}/accounts.db"),
    clickhouse_url=f"chdb://{folder}/events",
    journal_folder=folder / "journal",
)
print("open", flush=True)
sys.stdin.read()
engine.close()
"""


def test_a_store_that_an_app_holds_is_said_once(shell: Shell) -> None:
    """Beside an app with the engine in it, `report` ends with one line that gives the reason once."""
    shell.company()
    command = [sys.executable, "-c", _AN_APP, str(shell.data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdin
        assert app.stdout
        assert app.stdout.readline() == "open\n"
        done = shell.run("report")
        app.stdin.close()
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert line.startswith("Error: Cannot open the event store in ")
    assert line.endswith("is another botlens running on it?")


def test_an_address_of_another_machine_is_a_wrong_host(shell: Shell) -> None:
    """Where the host is what is wrong, no other port is advised."""
    line = shell.misused("serve", "--host", "192.0.2.1", "--port", "0")
    assert "'--host': '192.0.2.1' is not an address of this machine" in line
    assert "--port" not in line
    line = shell.misused("serve", "--host", "a..b", "--port", "0")
    assert "'a..b' is no address to listen on: there cannot be a host of that name" in line


def test_a_node_on_all_addresses_says_where_others_reach_it(shell: Shell) -> None:
    """Of `0.0.0.0` they would be told the address of their own machine, and pass everything on to nobody."""
    cluster = {
        "BOTLENS_ACCOUNTS_URL": "postgresql://u:p@127.0.0.1:1/botlens",
        "BOTLENS_SHARDS": "http://127.0.0.1:1/botlens",
    }
    for host in ("0.0.0.0", "::"):
        line = shell.refused("serve", "--host", host, "--port", "0", **cluster)
        assert "Say where they reach it in BOTLENS_NODE_URL" in line


def test_a_server_without_a_company_says_how_to_begin(shell: Shell) -> None:
    """Whoever serves an empty folder has no key: they are told what makes one; later nothing is said."""
    hint = "`botlens company create NAME --owner USER`"
    said = shell.folder / "server.out"
    with shell.serving() as server:
        assert server.stop() == 0
    assert hint in said.read_text()
    shell.company()
    with shell.serving() as server:
        assert server.stop() == 0
    assert server.url in said.read_text()
    assert hint not in said.read_text()


@pytest.mark.slow
def test_a_server_elsewhere_is_reached_by_url_and_key(shell: Shell) -> None:
    """With BOTLENS_URL and BOTLENS_API_KEY no data folder is needed, and no company: it is the key's."""
    created = shell.company()
    with shell.serving() as server:
        elsewhere = {
            "BOTLENS_URL": server.url,
            "BOTLENS_API_KEY": created["api_key"],
            "BOTLENS_DATA_DIR": str(shell.folder / "none"),
        }
        file = shell.write("day.ndjson", *EXCHANGE)
        assert shell.json("import", str(file), **elsewhere)["accepted"] == 2
        assert shell.report("messages_per_conversation", **elsewhere) == 2
        assert "leave --company out" in shell.misused("report", "--company", "c", **elsewhere)
        assert "API key" in shell.refused("report", **{**elsewhere, "BOTLENS_API_KEY": "blk_wrong"})


@pytest.mark.parametrize(("proxies", "client"), [("", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.9")])
def test_forwarded_headers_count_from_named_proxies_alone(shell: Shell, proxies: str, client: str) -> None:
    """The access log has who asked; whoever is no proxy of ours cannot say that it was somebody else."""
    settings = {"BOTLENS_ACCESS_LOG": "true", "BOTLENS_TRUSTED_PROXIES": proxies}
    with shell.serving(**settings) as server:
        httpx2.get(f"{server.url}/healthz", headers={"X-Forwarded-For": "203.0.113.9"})
        assert server.stop() == 0
    lines = (shell.folder / "server.log").read_text().splitlines()
    (line,) = [json.loads(each) for each in lines if '"/healthz"' in each]
    assert line["client"] == client
