"""The pages of the documentation, and what the source declares that they must speak of."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "botlens"
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY", "CHANGELOG", "web/README")),
    ]
)

_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Calls whose argument at this place is a code.
_CALLS = {"_Refused": 0, "Rejection": 1, "AnsweredError": 1}


def reference(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page that are in a language."""
    return [body for found, body in _FENCE.findall(page.read_text(encoding="utf-8")) if found == language]


def without_blocks(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def codes_in_source() -> set[str]:
    """Every error code that the source names, wherever it stands."""
    return {
        code
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for code in _codes(node)
        if _CODE.fullmatch(code)
    }


def _codes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call():
            yield from _codes_of_call(node)
        case ast.Assign(targets=[ast.Name(id="code")]):  # a class's own, or one that was chosen before
            yield from _texts(node.value)
        case ast.AugAssign(target=ast.Subscript(value=ast.Name(id="codes"), slice=name)):
            yield from _texts(name)
        case ast.FunctionDef(name="_code"):
            returns = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
            yield from (text for value in returns if value for text in _texts(value))
        case ast.FunctionDef(name="on_http"):
            pairs = [
                each.elts for each in ast.walk(node) if isinstance(each, ast.Tuple) and len(each.elts) == 2
            ]
            yield from (text for code, _ in pairs for text in _texts(code))


def _codes_of_call(node: ast.Call) -> Iterator[str]:
    for each in node.keywords:
        if each.arg == "code":
            yield from _texts(each.value)
    place = _CALLS.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if place is not None and len(node.args) > place:
        yield from _texts(node.args[place])


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may be, as far as they stand there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
