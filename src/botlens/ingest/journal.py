"""The journal: what makes an acknowledgement true.

Every commit is one frame, appended and synced to disk before anyone is told that it was accepted. The store
is filled from memory, some moments later and in large parts; a segment of the journal is deleted only when
all of it is on disk there. After a crash the segments that are left are read again: that changes nothing
for events that had arrived in the store, and brings those that had not.
"""

import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import Struct

import msgspec

from botlens.errors import BotlensError

_FRAME = Struct("<II")
_SUFFIX = ".journal"

Commit = Sequence[tuple[str, bytes]]
"""(company id, lines of its records, see `events.lines`)."""

_decode_head = msgspec.json.Decoder(tuple[str, int]).decode


class Journal:
    """Append-only segments in a folder; the file name is the first arrival number that may be in it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._left = sorted(folder.glob(f"*{_SUFFIX}"))
        self._file: int | None = None
        self._path = folder
        self._size = 0
        self._torn = False

    def first_arrival(self) -> int:
        """The largest arrival number that a file name tells of: numbers go on from there."""
        return max((int(path.stem) for path in self._left), default=0)

    def replay(self) -> Iterator[Commit]:
        """The commits that an earlier process left, in order. A torn last frame was never acknowledged.

        Raises:
            BotlensError: a botlens that wrote another format left them.
        """
        for path in self._left:
            data = path.read_bytes()
            at = 0
            while at + _FRAME.size <= len(data):
                length, checksum = _FRAME.unpack_from(data, at)
                payload = data[at + _FRAME.size : at + _FRAME.size + length]
                if not length or len(payload) < length or zlib.crc32(payload) != checksum:
                    break
                yield _unpacked(payload, path)
                at += _FRAME.size + length

    def append(self, commit: Commit) -> None:
        """Write one commit; it is on disk when this returns. On an error nothing of it stays.

        Raises:
            OSError: the disk does not take it.
        """
        if self._file is None:
            raise RuntimeError("the journal has no open segment")
        if not commit:  # a frame without content reads as the end
            return
        payload = _packed(commit)
        if self._torn:
            self._cut()
        try:
            _write_all(self._file, _FRAME.pack(len(payload), zlib.crc32(payload)) + payload)
            _sync(self._file)
        except OSError:
            self._torn = True
            self._cut()
            raise
        self._size += _FRAME.size + len(payload)

    def _cut(self) -> None:
        """Take back what a failed append left; until that succeeds, nothing may be written behind it."""
        if self._file is not None:
            os.ftruncate(self._file, self._size)
            _sync(self._file)
            self._torn = False

    def rotate(self, next_arrival: int) -> list[Path]:
        """Start a new segment; returns those before it, to be deleted once the store has all of them."""
        sealed = [*self._left, *([self._path] if self._file is not None else [])]
        if self._file is not None and self._size == 0:
            return sealed[:-1]
        path = self._folder / f"{next_arrival:020d}{_SUFFIX}"
        if self._file is not None:
            os.close(self._file)
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._path, self._size, self._torn = path, 0, False
        self._left = [each for each in sealed if each != path]
        _sync_folder(self._folder)
        return list(self._left)

    def delete(self, sealed: Sequence[Path]) -> None:
        """Delete segments whose events are all in the store."""
        for path in sealed:
            path.unlink(missing_ok=True)
        self._left = [path for path in self._left if path not in sealed]

    def close(self) -> None:
        """Close the open segment; what is in it stays for the next start."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _packed(commit: Commit) -> bytes:
    """For each company a line that says whose lines follow and how many bytes they are, then these."""
    parts: list[bytes] = []
    for company_id, lines in commit:
        parts += (msgspec.json.encode((company_id, len(lines))), b"\n", lines)
    return b"".join(parts)


def _unpacked(payload: bytes, path: Path) -> Commit:
    commit, at = [], 0
    while at < len(payload):
        start = payload.find(b"\n", at) + 1
        try:
            company_id, size = _decode_head(payload[at:start])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BotlensError(
                f"{path} was written by another version of botlens: start that version once on this folder, "
                "so that it writes what is left there to the store.",
                code="journal_of_another_version",
            ) from None
        commit.append((company_id, payload[start : start + size]))
        at = start + size
    return commit


def _sync(file: int) -> None:
    """Have what was written on disk. macOS has no `fdatasync`."""
    getattr(os, "fdatasync", os.fsync)(file)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
