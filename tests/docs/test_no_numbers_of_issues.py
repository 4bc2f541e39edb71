"""Nothing refers to an issue by its number: what is meant is said, for whoever reads it cannot look it up."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

REFERENCE = re.compile(
    r"\b(?:issues?|tickets?|story|stories)\s+#?\d|\bpoints?\s+\d+\s+of\b|(?<![\w&])#\d{1,4}\b(?!-)",
    re.IGNORECASE,
)
FOLDERS = ("src", "tests", "benchmarks", "docs")
SUFFIXES = {".py", ".md", ".toml", ".js", ".html", ".sh", ".yml", ".yaml"}


def texts() -> Iterator[Path]:
    """All that people wrote here, but this file, which must say what it looks for."""
    for folder in FOLDERS:
        yield from (ROOT / folder).rglob("*")
    yield from ROOT.glob("*")


def references(text: str) -> list[str]:
    return [found[0] for found in REFERENCE.finditer(text)]


def test_none() -> None:
    """In code, tests, benchmarks and documentation."""
    read = [file for file in texts() if file.suffix in SUFFIXES and file != Path(__file__)]
    assert len(read) > 300
    found = {
        str(file.relative_to(ROOT)): said
        for file in read
        if (said := references(file.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize("text", ["targets of issue 3", "see issue #12", "fixes #7", "Point 4 of the list"])
def test_what_is_one(text: str) -> None:
    """However it is written."""
    assert references(text)


@pytest.mark.parametrize("text", ["#fff", "&#39;", "an issue of 3 events", "at this point 3 are left", "1 #"])
def test_what_is_none(text: str) -> None:
    """Colours, characters and plain English."""
    assert not references(text)
