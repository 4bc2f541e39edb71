"""botlens' own event files: `{"events": [...]}` (or the bare array), and NDJSON, one event a line."""

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from botlens.errors import BadRequestError
from botlens.events.nesting import DEEPEST, without_deep_events
from botlens.sources.files.compression import Readable, is_packed, unpacked
from botlens.sources.files.positions import position_after, records_before
from botlens.sources.source import START, Batch, chatbots_needed

MAX_LINE = 16 * 1024 * 1024
"""Bytes of one NDJSON line; a longer one is broken, and is never held in memory whole."""


class _Document(msgspec.Struct):
    events: list[msgspec.Raw]


class _Gathering:
    """One batch in the making: records come in, events and broken records come out."""

    def __init__(self, chatbot_id: str | None, read: int) -> None:
        self._chatbot_id = chatbot_id
        self._read = read  # records before it
        self._events: list[dict[str, Any]] = []
        self._broken: list[tuple[int, str]] = []

    def refuse(self, number: int, reason: str) -> None:
        """Takes record `number` (from 1) as one that is broken."""
        self._broken.append((number, reason))

    def add(self, number: int, record: bytes | msgspec.Raw | None) -> None:
        """Takes record `number` (from 1); None stands for a line too long to read."""
        if record is None:
            self._broken.append((number, f"the line is longer than {MAX_LINE // 2**20} MiB"))
            return
        try:
            event = msgspec.json.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._broken.append((number, f"not valid JSON: {error}"))
            return
        if not isinstance(event, dict):
            self._broken.append((number, "not a JSON object"))
            return
        if self._chatbot_id is not None:
            event["chatbot_id"] = self._chatbot_id
        self._events.append(event)

    def __len__(self) -> int:
        return len(self._events) + len(self._broken)

    def batch(self, read: int) -> Batch:
        """What was gathered since the last batch, now that `read` records were read; it starts anew."""
        records = range(self._read + 1, read + 1)
        broken = tuple(self._broken)
        batch = Batch(self._events, chatbots_needed(self._events), position_after(read), records, broken)
        self._events, self._broken, self._read = [], [], read
        return batch


class EventDocument:
    """A `{"events": [...]}` file, or a bare JSON array of events, as a source; a record is an element.

    JSON of this kind is read whole. Give NDJSON where the file is larger than memory.
    """

    def __init__(self, path: Path, *, chatbot_id: str | None = None) -> None:
        """Reads the file and finds its events, without looking into them yet.

        Raises:
            NotFoundError: there is no such file.
            BadRequestError: `invalid_json`, or it cannot be unpacked.
        """
        self._chatbot_id = chatbot_id
        with unpacked(path) as file:
            content = file.read()
        try:
            self._events, self._deep = self._found(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequestError(
                f'{path} is not {{"events": [...]}} in valid JSON ({error}).', code="invalid_json"
            ) from error

    @staticmethod
    def _found(content: bytes) -> tuple[list[msgspec.Raw], set[int]]:
        """The elements, and the places of those that are nested too deeply to be read."""
        if content.lstrip()[:1] == b"[":
            content = b'{"events": %b}' % content
        try:
            return msgspec.json.decode(content, type=_Document).events, set()
        except RecursionError:
            content, deep = without_deep_events(content)
            return msgspec.json.decode(content, type=_Document).events, deep

    @property
    def total(self) -> int:
        """The number of elements."""
        return len(self._events)

    def batches(self, *, after: str = START, size: int = 1000) -> Iterator[Batch]:
        """The events after a position, `size` at a time; elements that are no objects are broken.

        Raises:
            UnknownPositionError: `after` is none of a file.
        """
        start = records_before(after)
        gathering = _Gathering(self._chatbot_id, start)
        for number, record in enumerate(islice(self._events, start, None), start + 1):
            if number - 1 in self._deep:
                gathering.refuse(number, f"nested more than {DEEPEST} levels deep")
            else:
                gathering.add(number, record)
            if len(gathering) >= size:
                yield gathering.batch(number)
        if gathering:
            yield gathering.batch(len(self._events))


class EventLines:
    """An NDJSON file as a source, read in constant memory; a record is a line, blank ones too."""

    def __init__(self, path: Path, *, chatbot_id: str | None = None) -> None:
        """Remembers the file; it is read by `batches` alone."""
        self._path = path
        self._chatbot_id = chatbot_id

    @cached_property
    def total(self) -> int | None:
        """The number of lines, blank ones too; None for a packed file, which would be unpacked twice.

        Raises:
            NotFoundError: there is no such file.
        """
        if is_packed(self._path):
            return None
        lines, last = 0, b"\n"
        with self._path.open("rb") as file:
            while block := file.read(1 << 20):
                lines += block.count(b"\n")
                last = block[-1:]
        return lines + (last != b"\n")

    def batches(self, *, after: str = START, size: int = 1000) -> Iterator[Batch]:
        """The events of the lines after a position, about `size` at a time.

        A line that is no JSON object does not stop the reading: it is in the batch's `broken`.

        Raises:
            NotFoundError: there is no such file.
            BadRequestError: `broken_compression`.
            UnknownPositionError: `after` is none of a file.
        """
        start = number = given = records_before(after)
        gathering = _Gathering(self._chatbot_id, start)
        with unpacked(self._path) as file:
            for number, line in islice(enumerate(_lines(file), 1), start, None):
                if line is None or not line.isspace():
                    gathering.add(number, line)
                if len(gathering) >= size:
                    yield gathering.batch(number)
                    given = number
        if number > given:
            yield gathering.batch(number)


def _lines(file: Readable) -> Iterator[bytes | None]:
    """Each line of the file; None for one longer than `MAX_LINE`."""
    while line := file.readline(MAX_LINE + 1):
        if len(line) <= MAX_LINE or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
            pass
        yield None
