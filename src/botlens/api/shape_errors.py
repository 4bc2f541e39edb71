"""What is wrong with a body or a parameter, in words: without those of the library that found it."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from botlens.errors import BadRequestError, BotlensError, InvalidError

_KNOWN = "known"
_PLACES = ("query", "body", "path", "header")
_NOUNS = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "an object",
    "model": "an object",
    "model_attributes": "an object",
    "datetime": "a time with an offset, like 2026-03-01T09:30:00+01:00",
    "datetime_from_date": "a time with an offset, like 2026-03-01T09:30:00+01:00",
    "timezone": "a time with an offset, like 2026-03-01T09:30:00+01:00",
    "date": "a day, like 2026-03-01",
    "date_from_datetime": "a day, like 2026-03-01",
}
_ENDINGS = ("_type", "_parsing", "_from_float", "_aware", "_inexact")
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
}


def errors_of(error: ValidationError, shape: type[BaseModel]) -> list[Any]:
    """What a shape says of a body, with the fields that there are, for who has mistyped one."""
    known = [field.alias or name for name, field in shape.model_fields.items()]
    return [{**each, _KNOWN: known} for each in error.errors(include_input=False)]


def invalid_shape(errors: Sequence[Mapping[str, Any]]) -> BotlensError:
    """The error that tells the first of them."""
    first = errors[0]
    if first.get("type") == "json_invalid":
        return BadRequestError("The body is not JSON.", code="invalid_json")
    place = [str(part) for part in first["loc"] if part not in _PLACES]
    field = ".".join(place) or None
    if field is None:
        return InvalidError(f"The body: {_said(first)}.", code="invalid_parameter")
    known = first.get(_KNOWN, ()) if len(place) == 1 else ()
    if first["type"] == "extra_forbidden":
        what = f"There is no field `{field[:100]}`{_near(field, known)}"
    elif first["type"] == "missing":
        what = f"`{field}` is missing."
    else:
        what = f"`{field}`: {_said(first)}."
    return InvalidError(what, code="invalid_parameter", field=field)


def _near(name: str, known: Iterable[str]) -> str:
    names = list(known)
    if near := get_close_matches(name[:100], names, n=1):
        return f"; did you mean `{near[0]}`?"
    return f"; there are {', '.join(f'`{each}`' for each in names)}." if names else "."


def _said(error: Mapping[str, Any]) -> str:
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return f"it must be {words} {context[name]}"
    if kind in ("literal_error", "enum"):
        return f"it must be {context['expected']}"
    for ending in _ENDINGS:
        kind = kind.removesuffix(ending)
    if noun := _NOUNS.get(kind):
        return f"it must be {noun}"
    return str(error["msg"]).removeprefix("Value error, ")
