"""A mapping as it is written: TOML of an operator, or one that is built in, and what is wrong with it."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from botlens.errors import InvalidError
from botlens.sources.postgres.mapping import (
    CHATBOT,
    COMPANY,
    KINDS,
    NEEDED,
    OPTIONAL,
    Entity,
    FieldSource,
    TableMapping,
    TableName,
)
from botlens.zones import zone_of

SUPABASE: Final = "supabase"
BUILT_IN: Final = (SUPABASE, "chatwoot", "dify")


@cache
def built_in(name: str) -> TableMapping:
    """One of `BUILT_IN`."""
    text = (files("botlens.sources.postgres") / "mappings" / f"{name}.toml").read_text(encoding="utf-8")
    return parse_mapping(text)


def read_mapping(named: str) -> TableMapping:
    """The mapping that is built in under a name, or that a file holds.

    Raises:
        InvalidError: there is neither, or the file is no mapping.
    """
    if named in BUILT_IN:
        return built_in(named)
    try:
        text = Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = (
            f"`{named}` is no mapping: built in are {', '.join(BUILT_IN)}; else it is a TOML file ({error})."
        )
        raise InvalidError(message, code="invalid_mapping", field="mapping") from None
    return parse_mapping(text)


def parse_mapping(text: str) -> TableMapping:
    """A mapping that is written in TOML.

    Raises:
        InvalidError: it is none; the message names the entry and the field.
    """
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _invalid(f"it is no TOML: {error}") from None
    zone = written.pop("timezone", "UTC")
    entities = [
        _entity(kind, each, f"[{kind}]" if isinstance(entries, dict) else f"[{kind}] number {number}")
        for kind, entries in written.items()
        for number, each in enumerate(entries if isinstance(entries, list) else [entries], 1)
    ]
    found = {each.kind for each in entities}
    for kind in (COMPANY, CHATBOT, "conversation", "message"):
        if kind not in found:
            raise _invalid(f"[{kind}] is missing")
    found_zone = zone_of(zone) if isinstance(zone, str) else None
    if found_zone is None:
        raise _invalid("`timezone` must be a zone such as Europe/Berlin")
    return TableMapping(found_zone, tuple(entities))


def _entity(kind: str, written: Any, place: str) -> Entity:
    if kind not in NEEDED:
        raise _invalid(f"there is no [{kind}]; there are {', '.join(KINDS)}")
    if not isinstance(written, dict):
        raise _invalid(f"{place} must be a table")
    known = (*NEEDED[kind], *OPTIONAL[kind])
    given = dict(written)
    table, where = given.pop("table", None), given.pop("where", None)
    if not isinstance(table, str) or not table:
        raise _invalid(f"{place} must name its `table`")
    if where is not None and (not isinstance(where, str) or not where.strip()):
        raise _invalid(f"{place} `where` must be an SQL condition")
    for name in given:
        if name not in known:
            raise _invalid(f"{place} has no `{name}`; it has table, where, {', '.join(known)}")
    for name in NEEDED[kind]:
        if name not in given:
            raise _invalid(f"{place} must say what `{name}` is")
    fields = {name: _field(value, f"{place} `{name}`") for name, value in given.items()}
    return Entity(kind, TableName.parse(table), fields, where)


_PARTS: Final = frozenset({"column", "sql", "constant", "map", "scale", "optional"})


def _field(written: Any, place: str) -> FieldSource:
    if isinstance(written, str) and written:
        return FieldSource(column=written)
    if not isinstance(written, dict):
        raise _invalid(f"{place} must be the name of a column, or a table with `column`, `sql` or `constant`")
    if unknown := sorted(written.keys() - _PARTS):
        raise _invalid(f"{place} has no `{unknown[0]}`; it has {', '.join(sorted(_PARTS))}")
    if len(written.keys() & {"column", "sql", "constant"}) != 1:
        raise _invalid(f"{place} needs exactly one of `column`, `sql` and `constant`")
    for name in ("column", "sql"):
        if name in written and not (isinstance(written[name], str) and written[name].strip()):
            raise _invalid(f"{place} `{name}` must be a text")
    words, scale = written.get("map", {}), written.get("scale")
    if not isinstance(words, dict) or not all(isinstance(each, str) for each in words.values()):
        raise _invalid(f"{place} `map` must be a table of words")
    if scale is not None and (isinstance(scale, bool) or not isinstance(scale, int | float)):
        raise _invalid(f"{place} `scale` must be a number")
    constant = written.get("constant")
    if not isinstance(constant, str | float | int | bool | None):
        raise _invalid(f"{place} `constant` must be a text, a number, or true or false")
    optional = _optional(written, place)
    return FieldSource(written.get("column"), written.get("sql"), constant, words, scale, optional)


def _optional(written: dict[str, Any], place: str) -> bool:
    said = written.get("optional", False)
    if not isinstance(said, bool) or (said and "column" not in written):
        raise _invalid(f"{place} `optional` is true or false, and said of a `column`")
    return said


def _invalid(what: str) -> InvalidError:
    return InvalidError(f"The mapping: {what}.", code="invalid_mapping", field="mapping")
