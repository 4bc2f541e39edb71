"""The glossary and the code use the same words: each has a meaning and a place, and some are kept out."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import SOURCE, reference

KEPT_OUT = {"around", "elsewhere", "left", "shown", "told"}
ROW = re.compile(r"^\| ([a-z ]+) \| [^|]+ \| `([\w/]+\.py)(?:: (\w+))?` \|$", re.MULTILINE)
FILES = sorted(SOURCE.rglob("*.py"))


def words() -> list[tuple[str, str, str]]:
    """Word, file and name of each row of the glossary; the name is empty where the file is meant."""
    return ROW.findall(reference("words.md"))


def named(tree: ast.AST) -> Iterator[str]:
    """All names that a module gives or uses."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.alias(asname=str(name)):
                yield name
            case ast.alias(name=name):
                yield name.rpartition(".")[2]


def test_each_word_stands_once() -> None:
    """One word, one meaning."""
    found = [word for word, _, _ in words()]
    assert len(found) > 25
    assert len(set(found)) == len(found)
    places = [(file, name) for _, file, name in words()]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(("word", "file", "name"), words())
def test_each_word_is_in_the_code(word: str, file: str, name: str) -> None:
    """Where the glossary says it is: a type or a function with a docstring, or a module."""
    tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
    if not name:
        assert ast.get_docstring(tree)
        return
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    defined |= {
        each.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for each in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(each, ast.Name)
    }
    assert name in defined, word


def types(tree: ast.Module) -> Iterator[str]:
    """The public types that a module defines: classes, and names for other types."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                found = name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found = name
            case _:
                continue
        is_variable = isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("TypeVar(")
        if re.fullmatch(r"[A-Z]\w*[a-z]\w*", found) and not is_variable:
            yield found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(SOURCE).as_posix())
def test_words_that_are_kept_out(file: Path) -> None:
    """No name is one of them."""
    found = {name.strip("_").lower() for name in named(ast.parse(file.read_text(encoding="utf-8")))}
    assert not found & KEPT_OUT


def test_a_type_has_one_meaning() -> None:
    """No two modules define a type of the same name."""
    places = defaultdict(set)
    for file in FILES:
        for name in types(ast.parse(file.read_text(encoding="utf-8"))):
            places[name].add(file.relative_to(SOURCE).as_posix())
    assert len(places) > 200
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


SEVERAL = {"upgrade", "downgrade"}
"""What each migration must have."""


def is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is a command, whose name is that of its group, too: `key create` and `company create`."""
    return any(ast.unparse(each).startswith("app.command(") for each in node.decorator_list)


def test_a_function_has_one_meaning() -> None:
    """No two modules define a public function of the same name."""
    places = defaultdict(set)
    for file in FILES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_command(node):
                continue
            if not node.name.startswith("_"):
                places[node.name].add(file.relative_to(SOURCE).as_posix())
    assert len(places) > 300
    assert {name for name, found in places.items() if len(found) > 1} == SEVERAL
