"""The journal: what makes an acknowledgement true.

Every commit is one frame (see `segments`), appended and synced to disk before it is acknowledged. The store
is filled from memory, some moments later and in large parts; a segment of the journal is deleted only when
all of it is on disk there. After a crash the segments that remain are read again: that changes nothing for
events that had arrived in the store, and brings those that had not.

A segment whose write or sync failed is never written again: what the system keeps of it after that is
unknown. It is cut back to the last acknowledged byte; where that fails, the next segment records its end.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from botlens.commit.journaling import Commit, Journal
from botlens.commit.room.segments import (
    Found,
    found_in,
    frame_of,
    head_in,
    packed,
    segment_head,
    unpacked_commit,
)

log = structlog.get_logger(__name__)

_SUFFIX = ".journal"
_NAME = re.compile(rf"([0-9]{{1,20}}){re.escape(_SUFFIX)}")
_HIGHEST = 1 << 64  # what the store can hold as a number of arrival
DAMAGED_SUFFIX = ".damaged"


class FileJournal(Journal):
    """Append-only segments in a folder; the file name is the first arrival number that may be in it.

    For one thread at a time.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._sealed = sorted(_segments_in(folder))
        self._number = self.first_arrival()
        self._file: int | None = None
        self._path = folder
        self._size = 0
        self._empty = 0  # the size of the segment without commits
        self._failed = False
        self._ends: dict[str, int] = {}  # of segments with more in them than was acknowledged
        self._unreadable: set[Path] = set()
        self._damaged = set(folder.glob(f"*{DAMAGED_SUFFIX}"))

    def first_arrival(self) -> int:
        """The largest arrival number in the names of the files: numbers go on from there."""
        return max((int(path.stem) for path in self._sealed), default=0)

    @property
    def damaged(self) -> list[Path]:
        """Files with bytes that could not be read, kept until an operator removes them.

        As of the last rotation: for any thread, and no file is looked at.
        """
        return sorted(self._damaged | self._unreadable)

    @property
    def size(self) -> int:
        """Bytes of the segment that commits go to."""
        return self._size

    @property
    def works(self) -> bool:
        """Whether the last append went well, or the journal was healed since."""
        return not self._failed

    def replay(self) -> Iterator[Commit]:
        """The commits that an earlier process left, in order.

        A torn last frame was never acknowledged. Other damage goes into the log, and what can be read behind
        it is read.

        Raises:
            BotlensError: a botlens that wrote another format left them.
            OSError: a file cannot be read.
        """
        self._ends = ends = self._ends_by_heads()
        for path in self._sealed:
            data = path.read_bytes()[: ends.get(path.name)]
            found = found_in(data, newest=path == self._sealed[-1] and path.name not in ends)
            self._judge(path, found)
            for payload in found.payloads[1 if head_in(found.payloads) else 0 :]:
                yield unpacked_commit(payload, path)

    def _ends_by_heads(self) -> dict[str, int]:
        """Where segments end, by the heads of those that came after them."""
        ends: dict[str, int] = {}
        for path in self._sealed:
            head = head_in(found_in(path.read_bytes(), newest=True).payloads)
            ends |= head.ends if head else {}
        return ends

    def _judge(self, path: Path, found: Found) -> None:
        if found.lost:
            self._unreadable = self._unreadable | {path}
            log.error(
                "journal_damaged",
                path=str(path),
                bytes_lost=found.lost,
                commits_read=len(found.payloads),
                kept_as=f"{path.stem}{DAMAGED_SUFFIX}",
            )
        elif found.torn:
            self._cut(path, found.end)

    def append(self, commit: Commit) -> None:
        """Write one commit; it is on disk when this returns. On an error nothing of it stays.

        Raises:
            OSError: the disk does not take it.
        """
        if self._file is None:
            raise RuntimeError("the journal has no open segment")
        if not commit:  # a frame without content reads as the end
            return
        frame = frame_of(packed(commit))
        self.heal()
        try:
            _write_all(self._file, frame)
            _sync(self._file)
        except BaseException:
            self._failed = True
            self._cut_open()
            if self._ends:  # recorded for the next start, before the error is raised
                with suppress(OSError):
                    self.heal()
            raise
        self._size += len(frame)

    def heal(self) -> None:
        """Go on in a new segment if the last append failed.

        Raises:
            OSError: there cannot be one yet.
        """
        if self._failed:
            self._go_on(self._number + 1)

    def rotate(self, next_arrival: int) -> list[Path]:
        """Start a new segment; returns those before it, to be deleted once the store has all of them.

        Raises:
            OSError: there cannot be a new one yet. The one that was open still is, and nothing has changed.
        """
        with suppress(OSError):
            self._damaged = {path for path in self._damaged if path.exists()}
        if self._file is None or self._failed or self._size > self._empty:
            self._go_on(next_arrival)
        return self.sealed

    @property
    def sealed(self) -> list[Path]:
        """The segments before the open one."""
        return list(self._sealed)

    def _go_on(self, next_arrival: int) -> None:
        """Have a new segment on disk, and only then let go of the old one."""
        number = max(next_arrival, self._number + 1)  # the order of the names is that of the commits
        while (path := self._folder / f"{number:020d}{_SUFFIX}").exists():
            number += 1  # a file of an attempt that failed
        head = frame_of(segment_head(self._ends)) if self._ends else b""
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        try:
            _write_all(file, head)
            _sync(file)
            _sync_folder(self._folder)
        except BaseException:
            _close(file)
            with suppress(OSError):
                path.unlink()
            raise
        old, self._file = self._file, file
        path_before, was_empty = self._path, self._size == self._empty
        if old is not None:
            self._sealed.append(path_before)
        self._path, self._number, self._failed = path, number, False
        self._size = self._empty = len(head)
        if old is not None:
            _close(old)
            if was_empty:  # nothing that was acknowledged is in it, and there may be many
                self.delete([path_before])

    def _cut_open(self) -> None:
        """Take back what a failed append left; where that fails, remember where the segment ends."""
        if self._file is None:
            return
        self._ends[self._path.name] = self._size
        try:
            os.ftruncate(self._file, self._size)
            _sync(self._file)
        except Exception as error:
            self._not_cut(self._path, self._size, error)
        else:
            del self._ends[self._path.name]

    def _cut(self, path: Path, end: int) -> None:
        """Take back what an earlier process left unfinished, so that no later start takes it for damage."""
        try:
            with path.open("r+b") as file:
                file.truncate(end)
                os.fsync(file.fileno())
        except OSError as error:
            self._not_cut(path, end, error)

    def _not_cut(self, path: Path, end: int, error: Exception) -> None:
        self._ends[path.name] = end
        log.warning("journal_not_cut", path=str(path), end=end, error=str(error))

    def delete(self, sealed: Sequence[Path]) -> None:
        """Delete segments whose events are all in the store; those that are damaged are kept aside.

        One that cannot be deleted now is among those of the next rotation again.
        """
        for path in sealed:
            try:
                if path in self._unreadable:
                    self._damaged = self._damaged | {path.rename(path.with_suffix(DAMAGED_SUFFIX))}
                    self._unreadable = self._unreadable - {path}
                else:
                    path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("journal_not_deleted", path=str(path), error=str(error))
            else:
                self._sealed = [each for each in self._sealed if each != path]
                self._ends.pop(path.name, None)

    def close(self) -> None:
        """Close the open segment; what is in it stays for the next start."""
        if self._file is not None:
            if self._failed:
                self._cut_open()
            if self._failed and self._ends:
                with suppress(OSError):
                    self.heal()
            file, self._file = self._file, None
            _close(file)


def _segments_in(folder: Path) -> Iterator[Path]:
    """The files that a journal wrote. What else lies in its folder stays there, and is logged."""
    for path in folder.glob(f"*{_SUFFIX}"):
        name = _NAME.fullmatch(path.name)
        if name and int(name[1]) < _HIGHEST and path.is_file():
            yield path
        else:
            log.warning("journal_foreign_file", path=str(path))


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
        _close(handle)


def _close(file: int) -> None:
    """Close a descriptor. Even if that gives an error, the number is free and may be another file's."""
    with suppress(OSError):
        os.close(file)
