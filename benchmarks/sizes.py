"""How much memory and disk: of the server's process, of the data folder, and per message."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import Results
from benchmarks.server import Server

STAGE = "sizes"
AFTER_THE_RUN = "after mixed and ingest"
_ROOT = Path(__file__).parent.parent
MEBIBYTE = 1 << 20


def add_memory(results: Results, server: Server, when: str) -> None:
    now, highest = server.memory()
    results.add(STAGE, f"resident memory {when}", "botlens", [now / MEBIBYTE], "MiB")
    results.add(STAGE, f"highest resident memory {when}", "botlens", [highest / MEBIBYTE], "MiB")


def add_disk(results: Results, disk: dict[str, int], messages: int, when: str) -> None:
    """Bytes per message of the tables (parts in use alone)."""
    for table, size in [*disk.items(), ("all tables", sum(disk.values()))]:
        results.add(STAGE, f"disk {when}, {table}", "botlens", [size / messages], "bytes/message")


def fill(folder: Path, size: str, anchor: datetime, *words: str) -> dict[str, Any]:
    """Run `benchmarks.store_load` on a folder; what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.store_load", folder, size, anchor.isoformat(), *words],
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        env={**os.environ, "BOTLENS_LOG_LEVEL": "warning"},
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said
