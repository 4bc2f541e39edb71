"""Which kind of file this is, told by how its content begins."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from botlens.errors import BadRequestError
from botlens.sources.files.compression import unpacked
from botlens.sources.files.convai2 import Convai2File
from botlens.sources.files.events import EventDocument, EventLines
from botlens.sources.source import Source

FORMATS = {
    "convai2": 'ConvAI2 (a JSON array of {"dialog": [...], ...})',
    "json": 'botlens JSON ({"events": [...]})',
    "ndjson": "botlens NDJSON (one event a line)",
}
"""The formats that can be read, by name, each with what it looks like."""

BOTLENS = "botlens"
"""The name of both formats of events, where the file says which of them it is."""

_LINE_SUFFIXES = {".ndjson", ".jsonl"}
_HEAD = 1024 * 1024


def open_source(path: Path, *, chatbot_id: str | None = None, format: str | None = None) -> Source:  # noqa: A002
    """Opens a file of conversations or events; what it is, is told by its content, not by its name.

    Args:
        path: a file: ConvAI2 JSON, botlens JSON or NDJSON; plain, gzip or zstd.
        chatbot_id: put every event on this chatbot, whatever the file says.
        format: `convai2`, `json` or `ndjson`, to skip the detection; `botlens` for either of the last two.

    Raises:
        NotFoundError: there is no such file.
        BadRequestError: `unknown_format` (also of dialogs that are said to be events), or the file is broken
            as a whole (`invalid_json`, `broken_compression`).
    """
    with unpacked(path) as file:
        head = file.read(_HEAD)
    found = _detected(head, path) if format in (None, BOTLENS) else format
    if format == BOTLENS and found is None:
        found = "json" if head.lstrip().startswith(b"[") else "ndjson"
    if format == BOTLENS and found == "convai2":
        raise BadRequestError(
            f"{path} holds ConvAI2 dialogs and no events of {BOTLENS}: name no format, or `convai2`.",
            code="unknown_format",
        )
    if found == "convai2":
        return Convai2File(path, chatbot_id=chatbot_id)
    if found == "json":
        return EventDocument(path, chatbot_id=chatbot_id)
    if found in ("ndjson", "jsonl"):
        return EventLines(path, chatbot_id=chatbot_id)
    if format is None and len(head) < _HEAD and not head.strip():
        raise BadRequestError(f"{path} is empty.", code="unknown_format")
    what = f"{format!r} is not a format that botlens reads" if format else f"{path} is in no known format"
    known = "; ".join(f"{known}: {looks}" for known, looks in FORMATS.items())
    raise BadRequestError(f"{what}. Known are {known}; plain, gzip or zstd.", code="unknown_format")


def _detected(head: bytes, path: Path) -> str | None:
    text = head.lstrip()
    if text.startswith(b"["):
        return "json" if re.match(rb"\[\s*\]", text) else next(_kinds_of_elements(text), None)
    # In this order: the last element of an indented {"events": [...]} may be a line that reads as NDJSON.
    if not _is_event(text.split(b"\n", 1)[0]):
        if text.startswith(b"{") and re.search(rb'"events"\s*:\s*\[', text):
            return "json"
        if not any(_is_event(line) for line in text.splitlines()):
            # Empty, or nothing but broken lines: all that there is to go by is the name.
            return "ndjson" if _LINE_SUFFIXES & set(path.suffixes) else None
    return "ndjson"


def _is_event(line: bytes) -> bool:
    try:
        event = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(event, dict) and "type" in event


_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_NAMES_A_TYPE = re.compile(rb'\s*:\s*"')
_IS_KEY = re.compile(rb"\s*:")


def _kinds_of_elements(text: bytes) -> Iterator[str]:
    """Of each object of a list that says so, whether it is an event or a dialog.

    By its own keys, not by those of what is in it; and without going down into it, however deep it is.
    """
    level, is_dialog, is_event = 0, False, False
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in (b"[", b"{"):
            level += 1
        elif sign in (b"]", b"}"):
            level -= 1
        elif level == _OF_AN_ELEMENT:
            is_event |= sign == b'"type"' and _NAMES_A_TYPE.match(text, token.end()) is not None
            is_dialog |= sign == b'"dialog"' and _IS_KEY.match(text, token.end()) is not None
        if level < _OF_AN_ELEMENT and (is_event or is_dialog):
            yield "json" if is_event else "convai2"
            is_dialog = is_event = False
    if is_event or is_dialog:  # the text ends within an element
        yield "json" if is_event else "convai2"


_OF_AN_ELEMENT = 2
"""The level of the keys of an object in a list."""
