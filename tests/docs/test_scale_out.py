"""What `how-to/scale-out.md` says to type, typed: a folder goes to a real PostgreSQL and two shards."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import EXCHANGE, Shell
from tests.docs.pages import ROOT, blocks
from tests.engine.conftest import new_postgres, postgres_server

__all__ = ["new_postgres", "postgres_server"]

PAGE = ROOT / "docs" / "how-to" / "scale-out.md"


def free_ports() -> list[str]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return [str(each.getsockname()[1]) for each in (one, other)]


@pytest.mark.slow
def test_the_page_as_it_stands(tmp_path: Path, new_postgres: Callable[[], str]) -> None:
    """Every command, in one shell; afterwards the accounts are there, and the folder is refused."""
    shell = Shell(tmp_path)
    company = shell.company()["company_id"]
    shell.run("import", str(shell.write("events.ndjson", *EXCHANGE)))
    accounts, ports = new_postgres(), free_ports()
    text = "set -e\n" + "\n".join(blocks(PAGE, "sh"))
    for port, here in zip(("8124", "8125"), ports, strict=True):
        text = text.replace(port, here)
    text = text.replace("postgresql://botlens:password@postgres.example/botlens", accounts)
    text = text.replace("botlens backup before", f"botlens backup {tmp_path}/before").replace(
        ".venv/bin/", ""
    )
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
            script.wait(200)
        finally:
            os.killpg(script.pid, signal.SIGKILL)
    assert script.returncode == 0, said.read_text() + failed.read_text()
    assert "Companies: 1." in said.read_text()
    assert "as it should be" in said.read_text()
    assert "is served from there" in failed.read_text()
    with psycopg.connect(accounts) as connection:
        assert connection.execute("SELECT id FROM botlens.companies").fetchall() == [(company,)]
    assert (tmp_path / "before-the-move.tar").exists()
