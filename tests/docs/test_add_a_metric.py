"""The steps of CONTRIBUTING for a new metric, followed to the letter on a copy of the tree."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.docs.pages import ROOT

STEP = re.compile(r"`([\w/]+\.py)`, at the end of `(\w+)`:\s+```python\n(.*?)```", re.DOTALL)

# What somebody who added it would look at; it runs in the copy.
LOOK = """
from tests.contract.small_company import ask
from tests.events import message, rating
from tests.oracle.answers import answer
from tests.oracle.sameness import same

METRIC = "worst_rating_rate"


def test_the_metric(tenant):
    events = [each for name, stars in (("a", 1), ("b", 5), ("c", None)) for each in
              (message(name, "1"), *([rating(name, stars)] if stars else []))]
    tenant.send(*events)
    found = ask(tenant, METRIC)
    assert found["rows"] == [{METRIC: 0.5}]
    bots = tenant.get("/v1/chatbots")["chatbots"]
    same(answer(events, bots, {"metrics": [METRIC], "period": "7d"}, now=tenant.world.now, zone="UTC"), found)
    behind = tenant.get("/v1/conversations", metric=METRIC)
    assert [each["conversation_id"] for each in behind["conversations"]] == ["a"]
    (described,) = [each for each in tenant.get("/v1/metrics")["metrics"] if each["name"] == METRIC]
    assert (described["short"], described["better"]) == ("Worst ratings", "down")
    assert ask(tenant, METRIC, period="today", chatbots=["bot"], filters={
        "field": "rating", "op": "is", "value": 4})["rows"] == [{METRIC: None}]
"""


def section() -> str:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return page.split("## Add a metric\n")[1].split("\n## ")[0]


def put_at_the_end(path: Path, name: str, code: str) -> None:
    """Into the literal that a name is given in a file, behind what is in it."""
    text = path.read_text(encoding="utf-8")
    (ends,) = [
        node.value.end_lineno
        for node in ast.parse(text).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name
    ]
    lines = text.splitlines(keepends=True)
    lines.insert(ends - 1, indent(dedent(code), "    "))
    path.write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the steps touch and of what looks at it."""
    for name in ("src", "docs", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_add_a_metric(copy: Path) -> None:
    """It can be asked for, its conversations be listed, the oracle agrees, and the reference has it."""
    steps = STEP.findall(section())
    assert [path for path, _, _ in steps] == [
        "src/botlens/metrics/catalogue/satisfaction.py",
        "tests/oracle/metrics.py",
    ]
    for path, name, code in steps:
        put_at_the_end(copy / path, name, code)
    (copy / "tests" / "contract" / "test_the_metric.py").write_text(LOOK, encoding="utf-8")

    def run(*command: str) -> None:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy / "src")},
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract/test_the_metric.py")
    assert "python docs/generate.py" in section()
    run("docs/generate.py")
    assert "| `worst_rating_rate` | Worst ratings |" in (copy / "docs/reference/metrics.md").read_text()
