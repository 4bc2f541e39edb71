"""What `import botlens` gives: a face that is cheap until it is used, and that type checkers can read."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import botlens

HEAVY = ("fastapi", "starlette", "chdb", "clickhouse_connect", "sqlalchemy", "pydantic", "numpy", "pyarrow")


def test_the_import_is_cheap() -> None:
    """The bare import loads none of what botlens stands on; a name that is asked for loads what it needs."""
    script = f"""
import sys
import botlens
assert botlens.__version__ and "open_engine" in dir(botlens)
assert not set({HEAVY!r}) & set(sys.modules), set(sys.modules)
from botlens import BotlensError
assert not set({HEAVY!r}) & set(sys.modules)
from botlens import create_app
assert "fastapi" in sys.modules
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_every_name_is_what_its_module_has() -> None:
    """Each name of `__all__` is there, is listed by `dir`, and is the very thing that its own module has."""
    for name in set(botlens.__all__) - {"__version__"}:
        found = getattr(botlens, name)
        assert found is getattr(import_module(found.__module__), name)
        assert name in dir(botlens)
    with pytest.raises(AttributeError, match="no attribute 'nothing_like_it'"):
        botlens.nothing_like_it  # noqa: B018
    assert not hasattr(botlens, "__wrapped__")


def test_type_checkers_see_the_same() -> None:
    """What is imported for type checkers is what is loaded for programs, from the same modules."""
    tree = ast.parse(Path(botlens.__file__).read_text(encoding="utf-8"))
    (checking,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in checking.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == dict(botlens._HOMES)
    assert {*seen, "__version__"} == set(botlens.__all__)


def test_the_package_has_the_version() -> None:
    """The version of the installed package is read from the face."""
    from importlib.metadata import version

    assert version("botlens") == botlens.__version__
