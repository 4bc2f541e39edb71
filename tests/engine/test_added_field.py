"""CONTRIBUTING's steps to add a field to an event, done to a copy of the tree: they are true, and enough."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

STEPS = {
    "src/botlens/events/types.py": {
        "    metadata: dict[str, Any] | None = None\n": "    model: Label | None = None\n",
    },
    "src/botlens/events/record.py": {
        '    metadata: str = ""\n': '    model: str = ""\n',
        '        metadata=_metadata(e.metadata) if e.metadata else "",\n': '        model=e.model or "",\n',
    },
    "src/botlens/answers/conversations/messages.py": {
        "    revision: int\n": "    model: str | None\n",
        '            "revision": message.rank,\n': '            "model": message.model or None,\n',
    },
    "docs/generate.py": {
        '    "metadata": "your own data, kept and not counted",\n': '    "model": "which model answered",\n',
    },
}
"""By file: after which line comes which."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what is edited."""
    for folder in ("src", "docs"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / "tree" / folder, ignore=ignored)
    return tmp_path / "tree"


def edit(tree: Path, name: str) -> None:
    text = (tree / name).read_text()
    for line, new in STEPS[name].items():
        assert line in text
        text = text.replace(line, line + new, 1)
    (tree / name).write_text(text)


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Python with the copy of botlens, and the tests of this tree."""
    path = os.pathsep.join((str(tree / "src"), str(ROOT)))
    return subprocess.run(
        [sys.executable, *command],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_steps_name_the_files_that_are_edited() -> None:
    """Each file is in a step of its own, in this order, and no other source is before what is counted."""
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    section = re.search(r"^## Add a field to an event\n(.*?)^5\. ", contributing, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert re.findall(r"^\d\. `([^`]+)`", section[1], re.MULTILINE) == list(STEPS)


@pytest.mark.slow
def test_a_field_is_taken_kept_and_shown(tree: Path, tmp_path: Path) -> None:
    """In a folder of before: sent, killed while the column is added, restarted, and read back everywhere."""
    for name in list(STEPS)[:-1]:
        edit(tree, name)
    untold = run(tree, "docs/generate.py")
    assert untold.returncode == 1
    assert "say what the field `model` of `message` means, in `_MEANING`" in untold.stderr
    assert "Traceback" not in untold.stderr
    edit(tree, "docs/generate.py")
    assert run(tree, "docs/generate.py").returncode == 0
    page = (tree / "docs/reference/events.md").read_text()
    assert "| `model` |  | text, 0 to 128 characters | which model answered |" in page
    assert "`revision`, `model`" in (tree / "docs/reference/http.md").read_text()

    done = run(tree, "-m", "tests.engine.added_field_process", str(tmp_path / "folder"))
    assert done.returncode == 0, done.stderr
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("{")]  # the log stands beside it
    found = json.loads(line)
    assert found["source"].startswith(str(tree))
    assert found["deaths"] == [99, 99, 99]
    assert found["transcript"] == [None, "m-1"]  # what was said before, and after
    assert found["exported"] == {"1": None, "2": None, "late": "m-1"}
    assert found["described"] == {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Model"}
    assert found["verify"]["equal"]
