"""The positions of a file: how many of its records were read."""

from botlens.sources.source import START, UnknownPositionError


def position_after(records: int) -> str:
    """The position behind so many records."""
    return str(records)


def records_before(position: str) -> int:
    """How many records lie before a position.

    Raises:
        UnknownPositionError: it is none of a file.
    """
    if position == START:
        return 0
    if position.isascii() and position.isdigit():
        return int(position)
    raise UnknownPositionError(f"{position!r} is no position of a file: read it from its start.")
