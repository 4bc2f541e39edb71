"""Which kind of file this is, told by how its content begins."""

import re
from pathlib import Path

import msgspec

from botlens.errors import BadRequestError
from botlens.sources.batch import Source
from botlens.sources.compression import unpacked
from botlens.sources.convai2 import Convai2File
from botlens.sources.event_files import EventDocument, EventLines

FORMATS = {
    "convai2": 'ConvAI2 (a JSON array of {"dialog": [...], ...})',
    "json": 'botlens JSON ({"events": [...]})',
    "ndjson": "botlens NDJSON (one event a line)",
}
"""The formats that can be read, by name, each with what it looks like."""

_LINE_SUFFIXES = {".ndjson", ".jsonl"}
_HEAD = 1024 * 1024


def open_format(path: Path, *, chatbot_id: str | None, name: str | None) -> Source:
    """The source for a file, of the format `name`, or of the one detected.

    Raises:
        NotFoundError: there is no such file.
        BadRequestError: `unknown_format`, or what the format's own source raises.
    """
    with unpacked(path) as file:
        head = file.read(_HEAD)
    found = name or _detected(head, path)
    if found == "convai2":
        return Convai2File(path, chatbot_id=chatbot_id)
    if found == "json":
        return EventDocument(path, chatbot_id=chatbot_id)
    if found in ("ndjson", "jsonl"):
        return EventLines(path, chatbot_id=chatbot_id)
    what = f"{name!r} is not a format that botlens reads" if name else f"{path} is in no known format"
    known = "; ".join(f"{known}: {looks}" for known, looks in FORMATS.items())
    raise BadRequestError(f"{what}. Known are {known}; plain, gzip or zstd.", code="unknown_format")


def _detected(head: bytes, path: Path) -> str | None:
    text = head.lstrip()
    if text.startswith(b"["):
        # Quotes inside JSON strings are escaped, so a bare "dialog": can only be a key.
        if re.search(rb'"dialog"\s*:', text):
            return "convai2"
        return "json" if re.match(rb'\[\s*\]|.*?"type"\s*:', text, re.DOTALL) else None
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
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return isinstance(event, dict) and "type" in event
