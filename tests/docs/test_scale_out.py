"""What `how-to/scale-out.md` says to type, typed: a folder goes to a real PostgreSQL and two shards."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import EXCHANGE, Shell
from tests.docs.pages import ROOT, blocks
from tests.engine.conftest import new_postgres, postgres_server
from tests.ports import kept_port

__all__ = ["new_postgres", "postgres_server"]

PAGE = ROOT / "docs" / "how-to" / "scale-out.md"


PORTS = ("8124", "8125", "8001", "8002", "8003")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_page_as_it_stands(tmp_path: Path, new_postgres: Callable[[], str]) -> None:
    """Every command, in one shell: a folder is moved and refused, and nodes serve it, as many as live."""
    shell = Shell(tmp_path)
    company = shell.company()["company_id"]
    shell.run("import", str(shell.write("events.ndjson", *EXCHANGE)))
    accounts, kept = new_postgres(), [kept_port() for _ in PORTS]
    text = "set -e\n" + "\n".join(blocks(PAGE, "sh"))
    for port, here in zip(PORTS, kept, strict=True):
        text = text.replace(port, str(here.getsockname()[1]))
    text = text.replace("postgresql://botlens:password@postgres.example/botlens", accounts)
    text = text.replace("botlens backup before", f"botlens backup {tmp_path}/before").replace(
        ".venv/bin/", ""
    )
    for place in ('-dir "', "-dir ", '> "'):
        text = text.replace(f"{place}node-", f"{place}{tmp_path}/node-")
    path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
    said, failed = tmp_path / "said", tmp_path / "failed"
    with said.open("w") as out, failed.open("w") as err:
        script = subprocess.Popen(
            ["bash", "-c", text],
            cwd=ROOT,
            env=shell.environment(PATH=path, TMPDIR=str(tmp_path)),
            stdout=out,
            stderr=err,
            start_new_session=True,  # so that the stand-ins end with it
        )
        try:
            script.wait(500)
        finally:
            os.killpg(script.pid, signal.SIGKILL)
            for each in kept:
                each.close()
    assert script.returncode == 0, said.read_text() + failed.read_text()
    assert "Companies: 1." in said.read_text()
    assert "as it should be" in said.read_text()
    assert "is served from there" in failed.read_text()
    answers = [line for line in said.read_text().splitlines() if '"total_conversations"' in line]
    assert said.read_text().count("lies on shard 2.") == 2
    assert len(answers) == 4
    assert {json.loads(each)["total_conversations"] for each in answers} == {1}
    nodes = [line for line in said.read_text().splitlines() if "Node node-" in line and " slots (" in line]
    assert len(nodes) == 4, nodes  # three, then one
    assert "has 256 slots" in nodes[-1]
    with psycopg.connect(accounts) as connection:
        assert connection.execute("SELECT id FROM botlens.companies").fetchall() == [(company,)]
    assert (tmp_path / "before-the-move.tar").exists()
