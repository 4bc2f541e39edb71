"""The architecture page names what runs: every thread that the source gives a name."""

import ast
from collections.abc import Iterator

from tests.docs.pages import ROOT, SOURCE


def threads() -> Iterator[str]:
    """The names of threads, as far as they stand in the source; a worker's name gets `botlens-` before it."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            given = {each.arg: each.value for each in node.keywords}
            match node.func.id, node.args:
                case "Worker", [ast.Constant(value=str(name)), *_]:
                    yield f"botlens-{name}"
                case "ThreadPoolExecutor", [_, ast.Constant(value=str(name)), *_]:
                    yield name
                case "ThreadPoolExecutor" | "Thread", _:
                    name_of = given.get("thread_name_prefix", given.get("name"))
                    if isinstance(name_of, ast.Constant) and str(name_of.value).startswith("botlens-"):
                        yield str(name_of.value)


def test_threads() -> None:
    """Each has a row, or a place in one, in the table of threads."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = page.split("| thread | does |\n")[1].split("\n\n")[0]
    found = set(threads())
    assert len(found) > 15
    assert sorted(each for each in found if f"`{each}`" not in rows) == []
