"""What is wrong with a field of an event, in words: without the names that Python has for types."""

import functools
import re
from typing import get_args, get_type_hints

from msgspec import Struct

_MOST = 300  # characters
_ENUM = "Invalid enum value "
_NOUNS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_GOT = {**_NOUNS, "float": "a fraction"}
_EXPECTED = re.compile(
    r"Expected `(?P<wanted>[^`]+)`(?:, got `(?P<got>[^`]+)`| (?P<how>[<>]=) (?P<bound>\S+))"
)
_LENGTH = re.compile(r"Expected `str` of length (?P<how>[<>]=) (?P<bound>\d+)")
_BOUNDS = {"<=": "at most", ">=": "at least"}


def in_words(reason: str, kind: type[Struct], name: str) -> str:
    """A sentence without its stop.

    Args:
        reason: what msgspec says of the value.
        kind: the type of the event.
        name: the field.
    """
    if reason.startswith(_ENUM):
        return f"{reason[len(_ENUM) :][:_MOST]} is not one of {', '.join(_words_of(kind, name))}"
    if found := _LENGTH.fullmatch(reason):
        return f"it must have {_BOUNDS[found['how']]} {int(found['bound']):,} characters"
    if (found := _EXPECTED.fullmatch(reason)) is None:
        return reason[:_MOST]
    wanted = " or ".join(_NOUNS.get(each, each) for each in found["wanted"].split(" | "))
    if found["got"]:
        return f"it must be {wanted}, and is {_GOT.get(found['got'], found['got'])}"
    return f"it must be {wanted} of {_BOUNDS[found['how']]} {found['bound'].removesuffix('.0')}"


@functools.cache
def _words_of(kind: type[Struct], name: str) -> tuple[str, ...]:
    """The words that a field may have, in the order in which its type names them."""
    return tuple(f"`{word}`" for word in get_args(get_type_hints(kind)[name]))
