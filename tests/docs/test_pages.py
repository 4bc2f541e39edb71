"""Links lead somewhere, commands exist, and nothing of somebody's machine is in the pages."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, blocks, without_blocks

_FORBIDDEN = {
    "a registry's host": re.compile(
        r"(p[y]pi|python[h]osted|npm[j]s|crates\.io|rubygems|artifactory|jfrog|nexus)", re.IGNORECASE
    ),
    "a path of somebody's machine": re.compile(r"(?<![\w.~/)-])/(work|tmp|root|home|Users|mnt|opt|private)/"),
}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(page), re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links(page: Path) -> None:
    """Every link inside the repository leads to a file, and its anchor to a heading."""
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        assert place.exists(), f"{named(page)}: {target}"
        assert place.is_relative_to(ROOT)
        if anchor:
            assert anchor in anchors(place), f"{named(page)}: {target}"


# Decisions and the changelog speak of the past, also of files that are gone.
_OF_NOW = [page for page in PAGES if "decisions" not in page.parts and page.name != "CHANGELOG.md"]


@pytest.mark.parametrize("page", _OF_NOW, ids=named)
def test_files_that_are_named_exist(page: Path) -> None:
    """A file of the source that a page names by its folder, `room/file.py`, is there."""
    files = set(re.findall(r"`((?:\w+/)+\w+\.py)", without_blocks(page)))
    places = (ROOT, ROOT / "src" / "botlens", ROOT / "tests")
    gone = sorted(each for each in files if not any((place / each).is_file() for place in places))
    assert not gone, f"{named(page)} names {', '.join(gone)}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_rows_of_tables_have_the_cells_of_their_head(page: Path) -> None:
    """A row of another table, pasted in, has more or fewer columns than the head above it."""
    cells = 0
    for line in without_blocks(page).splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        found = len(re.findall(r"(?<!\\)\|", line))
        cells = cells or found
        assert found == cells, f"{named(page)}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_nothing_of_a_machine(page: Path) -> None:
    """No registry's host and no absolute path of whoever wrote it."""
    text = page.read_text(encoding="utf-8")
    for what, pattern in _FORBIDDEN.items():
        assert not (found := pattern.search(text)), f"{named(page)} names {what}: {found[0]}"


def test_every_page_is_in_the_index() -> None:
    """Each page of docs/ can be reached from docs/README.md."""
    index = ROOT / "docs" / "README.md"
    targets = {
        (index.parent / each.partition("#")[0]).resolve()
        for each in re.findall(r"\]\(([^)]+)\)", index.read_text())
    }
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} - {index} <= targets


def test_make_targets() -> None:
    """Every `make` that a page tells to run is a target, and CONTRIBUTING lists them all."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        told = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
        assert told <= targets, named(page)
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert targets - {"help"} <= set(re.findall(r"make ([a-z-]+)", contributing))


def test_folders_of_the_source() -> None:
    """The architecture lists every room of the source, and every folder of tests is in CONTRIBUTING."""
    rooms = {path.parent.name for path in (ROOT / "src" / "botlens").glob("*/__init__.py")}
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert rooms <= set(re.findall(r"^  (\w+)/", architecture, re.MULTILINE))
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in (ROOT / "tests").glob("*/__init__.py"):
        assert f"`tests/{path.parent.name}`" in contributing


@pytest.mark.slow
def test_tutorial(tmp_path: Path) -> None:
    """The tutorial, block by block, in an empty folder: it ends with numbers that are verified."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    script = "set -e -m\ntrap 'kill %1 2>/dev/null || true' EXIT\n" + "".join(
        blocks(ROOT / "docs" / "tutorial.md", "sh")
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BOTLENS_")}
    ran = subprocess.run(
        ["bash", "-c", script.replace("8000", port).replace("wait\n", "wait || true\n")],
        cwd=tmp_path,
        env={**clean, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    out = ran.stdout
    assert out.count('{"accepted":3,"rejected":[]}') == 2
    assert '[{"query":"Where is my parcel?","count":1}]' in out
    assert '"total_messages": 2' in out
    answer = '{"accepted":0,"rejected":[{"index":0,"code":"out_of_range"'
    assert answer in out
    assert "are equal to its raw events (1 conversation)" in out


@pytest.mark.slow
def test_mounting(tmp_path: Path) -> None:
    """The app of how-to/mount-the-router.md works as it stands there."""
    mount, whole, asking = blocks(ROOT / "docs" / "how-to" / "mount-the-router.md", "python")
    check = """
from fastapi.testclient import TestClient
with TestClient(app) as client:
    good = client.get("/analytics/overview", headers={"X-Session": "ada's session"})
    assert good.status_code == 200, good.text
    assert client.get("/analytics/overview").json() == {"detail": "log in first"}
    assert client.get("/botlens/v1/chatbots").json()["error"]["code"] == "missing_credentials"
    assert rated_this_week("acme") == 0
"""
    ran = subprocess.run(
        [sys.executable, "-c", mount + whole + asking + check],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_of_the_code(page: Path) -> None:
    """A file of the code that a page names is there: `store/guard.py` is `src/botlens/store/guard.py`."""
    rooms = {each.name for each in (ROOT / "src" / "botlens").iterdir() if each.is_dir()}
    for name in re.findall(r"`(?:src/botlens/)?([a-z_]+/[a-z_/]+\.py)`", page.read_text()):
        if name.split("/")[0] in rooms:
            assert (ROOT / "src" / "botlens" / name).is_file(), f"{named(page)} names {name}"
