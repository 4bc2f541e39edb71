"""A text that is looked for, as a pattern: the store chooses by it, and its places are found by it here.

Letters are compared without regard to case, width and accents (the combining marks of Latin, Greek and
Cyrillic), white space of any length is one blank, and format characters are as good as not there. The pattern
means the same to RE2, which the store has, and to Python. It has no quantifier within another, and each
character stands in a class, so that neither has to guess.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from botlens.errors import InvalidError
from botlens.events.characters import FORMAT

MOST_CHARACTERS = 100

_MARKS = "".join(map(chr, range(0x300, 0x370)))
_BLANKS = "".join(each for each in map(chr, range(0x3001)) if each.isspace())
_FOLDED = chain(range(0x3400), range(0xA640, 0xAC00), range(0xF900, 0x10000), range(0x10000, 0x1F200))
"""Where characters are that others may be written as; ideographs and syllables of Hangul are none of them."""

_CLUSTER = 4
"""How many characters are looked at together where several may be written as one: the pattern stays short."""

_format = re.compile(f"[{FORMAT}]+")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for.

    Attributes:
        pattern: for RE2, and for Python.
    """

    pattern: str

    @classmethod
    def parse(cls, text: object, field: str) -> "Sought":
        """From what somebody wrote.

        Raises:
            InvalidError: it is no text, or nothing is left of it, or it is too long.
        """
        if not isinstance(text, str):
            raise InvalidError(f"`{field}` is a text.", code="invalid_parameter", field=field)
        folded = fold(text)
        if not folded or len(text) > MOST_CHARACTERS:
            raise InvalidError(
                f"`{field}` is a text of 1 to {MOST_CHARACTERS} characters, not of blanks alone.",
                code="invalid_parameter",
                field=field,
            )
        return cls(_pattern(folded))

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it stands in a text: first character and number of characters, in code points."""
        for found in _compiled(self.pattern).finditer(text):
            yield found.start(), found.end() - found.start()

    def is_in(self, text: str) -> bool:
        """Whether it stands in a text."""
        return _compiled(self.pattern).search(text) is not None


@lru_cache(64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def fold(text: str) -> str:
    """What two texts share that one search finds."""
    text = " ".join(_format.sub("", text).split())
    return _without_marks(unicodedata.normalize("NFKC", text).casefold())


def _without_marks(text: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", text)
    bare = "".join(each for each in taken_apart if each not in _MARKS)
    return unicodedata.normalize("NFKC", bare)


@dataclass(frozen=True, slots=True)
class _Writings:
    """How folded characters may be written: as one other character each, or several of them as one."""

    one: dict[str, str]
    several: dict[str, str]


@lru_cache(1)
def _writings() -> _Writings:
    one: dict[str, str] = {}
    several: dict[str, str] = {}
    for character in map(chr, _FOLDED):
        if not (character.casefold() != character or unicodedata.decomposition(character)):
            continue
        if (
            len(unicodedata.normalize("NFKC", character)) > 1
            and not character.isalpha()
            and character not in "‥…"
        ):
            continue  # squared words, fractions and the like
        folded = fold(character)
        if folded and folded != character and not any(each.isspace() for each in folded):
            known = one if len(folded) == 1 else several
            known[folded] = known.get(folded, "") + character
    return _Writings(one, several)


def _class(characters: str) -> str:
    """A class of characters; what is a sign to somebody who reads patterns is told by its number."""
    codes = sorted(set(map(ord, characters)))
    starts = [code for code in codes if code - 1 not in set(codes)]
    ends = [code for code in codes if code + 1 not in set(codes)]
    return "[" + "".join(map(_range, starts, ends)) + "]"


def _range(first: int, last: int) -> str:
    ends = [_in_class(chr(each)) for each in dict.fromkeys((first, last))]
    return ("" if last == first + 1 else "-").join(ends)


def _in_class(character: str) -> str:
    plain = character.isalnum() or ord(character) > 0x7F
    return character if plain else f"\\x{ord(character):02x}"


_BETWEEN = f"{_class(_MARKS + FORMAT)}*"
_BLANK = f"{_class(_BLANKS)}+"


def _pattern(folded: str) -> str:
    parts, place = [], 0
    while place < len(folded):
        end = _end_of_cluster(folded, place)
        ways = list(dict.fromkeys(_ways(folded, place, end)))
        parts.append(ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})")
        place = end
    inside = "".join(_containing(folded))
    pattern = "".join(parts)
    return f"(?:{pattern}|{_class(inside)}{_BETWEEN})" if inside else pattern


def _end_of_cluster(folded: str, place: int) -> int:
    """Up to where characters may be written together with those before."""
    end = place + 1
    at = place
    while at < end and end - place < _CLUSTER:
        end = max([end, *(at + length for length, _ in _together(folded, at))])
        at += 1
    return min(end, place + _CLUSTER)


def _ways(folded: str, place: int, end: int) -> Iterator[str]:
    """The ways in which a part may be written, as patterns."""
    if place >= end:
        yield ""
        return
    for rest in _ways(folded, place + 1, end):
        yield _alone(folded[place]) + rest
    for length, characters in _together(folded, place):
        if place + length <= end:
            for rest in _ways(folded, place + length, end):
                yield f"{_class(characters)}{_BETWEEN}{rest}"


def _alone(character: str) -> str:
    if character == " ":
        return f"{_BLANK}{_BETWEEN}"
    written = _class(character + _writings().one.get(character, ""))
    parts = unicodedata.normalize("NFD", character)
    if len(parts) > 1:
        written = f"(?:{written}|{''.join(map(_class, parts))})"
    return f"{written}{_BETWEEN}"


def _together(folded: str, place: int) -> list[tuple[int, str]]:
    """Characters that stand for several from a place on, with how many; at the ends, for a part of theirs."""
    found: dict[int, str] = {}
    rest = folded[place:]
    for several, characters in _writings().several.items():
        lengths = {len(several)} if rest.startswith(several) else set()
        if len(several) > len(rest) and several.startswith(rest):
            lengths.add(len(rest))
        if place == 0:
            lengths |= {cut for cut in range(1, len(several)) if rest.startswith(several[-cut:])}
        for length in lengths:
            found[length] = found.get(length, "") + characters
    return sorted(found.items())


def _containing(folded: str) -> list[str]:
    """Characters that stand for more than all of it, on both sides."""
    return [characters for several, characters in _writings().several.items() if folded in several[1:-1]]
