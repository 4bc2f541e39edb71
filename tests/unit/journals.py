"""Journals as small as a test wants them."""

import errno
from pathlib import Path

from botlens.commit.local.journal import FileJournal
from botlens.events.lines import lines_of
from botlens.events.record import MESSAGE, Record

HEADER = 8  # bytes before the payload of a frame


def record(number: int, content: str = "hi") -> Record:
    return Record("bot", "c", MESSAGE, f"m{number}", 0, number, 1_772_357_400_000_001, content=content)


def commit(*numbers: int) -> list[tuple[str, bytes]]:
    return [("company", lines_of([record(number) for number in numbers]))]


def opened(folder: Path, arrival: int = 1) -> FileJournal:
    journal = FileJournal(folder)
    journal.rotate(arrival)
    return journal


def left(folder: Path) -> list[list[tuple[str, bytes]]]:
    """What a new process finds."""
    return list(FileJournal(folder).replay())


def segments(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def fails(*_: object) -> None:
    raise OSError(errno.EIO, "the disk does not take it")
