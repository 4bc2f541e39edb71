"""How deep the JSON of an event may be nested, and how to see it without going down into it."""

import re
from collections.abc import Iterable
from typing import Any

DEEPEST = 32
"""Levels of objects and lists in an event, which is the first of them itself."""

# A text that does not end runs to the end of the body, so that nothing is looked at twice.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)
_MOST_TOKENS = 1_000_000  # some tenths of a second; ten thousand usual events have less than half of it
_IS_KEY_OF_A_LIST = re.compile(rb"\s*:\s*\[")
_INSIDE = 2  # levels around an event: the body, and the list


def is_too_deep(value: Any, levels: int = DEEPEST) -> bool:
    """Whether a decoded object or list has more levels of them than that."""
    if levels < 1:
        return True
    parts: Iterable[Any] = value.values() if isinstance(value, dict) else value
    for part in parts:  # noqa: SIM110 - a plain loop is faster, and all metadata passes here
        if (type(part) is dict or type(part) is list) and is_too_deep(part, levels - 1):
            return True
    return False


def without_deep_events(body: bytes) -> tuple[bytes, set[int]]:
    """A body `{"events": [...]}` with null for each event that is nested too deeply, and the places of these.

    For bodies that no decoder gets through. It takes time in proportion to the body, whatever is in it.

    Raises:
        RecursionError: there is so much in it that looking for the deep ones would take too long.
    """
    scan = _Scan()
    for count, token in enumerate(_TOKEN.finditer(body)):
        if count == _MOST_TOKENS:
            raise RecursionError
        scan.take(token, body)
    parts, at = [], 0
    for start, end in scan.deep.values():
        parts += [body[at:start], b"null"]
        at = end
    return b"".join([*parts, body[at:]]), set(scan.deep)


class _Scan:
    """Goes through the brackets of a body, from the first to the last.

    Attributes:
        deep: where the events that are too deep begin and end, by their place among the events.
    """

    def __init__(self) -> None:
        self.deep: dict[int, tuple[int, int]] = {}
        self._level = self._deepest = 0
        self._is_list_next = self._in_list = False
        self._place = self._start = 0

    def take(self, token: re.Match[bytes], body: bytes) -> None:
        """Take the next token."""
        sign = token[0]
        if sign in (b"[", b"{"):
            self._open(token.end())
        elif sign in (b"]", b"}"):
            if self._in_list and self._level == _INSIDE:
                self._end_event(token.start())
                self._in_list = False
            self._level -= 1
        elif sign == b",":
            if self._in_list and self._level == _INSIDE:
                self._end_event(token.start())
                self._start = token.end()
        elif sign == b'"events"' and self._level == 1:
            self._is_list_next = _IS_KEY_OF_A_LIST.match(body, token.end()) is not None

    def _open(self, after: int) -> None:
        self._level += 1
        self._deepest = max(self._deepest, self._level)
        if self._is_list_next:
            # Of two lists of this name decoders take the last.
            self.deep, self._place, self._start = {}, 0, after
            self._in_list, self._is_list_next, self._deepest = True, False, 0

    def _end_event(self, end: int) -> None:
        if self._deepest - _INSIDE > DEEPEST:
            self.deep[self._place] = (self._start, end)
        self._place += 1
        self._deepest = 0
