"""A file that is there as a whole or not at all."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_whole(path: Path, pieces: Iterable[bytes], check: Callable[[Path], None] = lambda _: None) -> int:
    """Write a file, for its owner's eyes only, that gets its name when all of it is on disk.

    Killed in the middle it leaves `.NAME.partial`, which the next one of that name replaces.

    Args:
        path: the file.
        pieces: its bytes.
        check: looks at what was written before it gets its name; raises if that may not be.

    Returns:
        How many bytes it has.

    Raises:
        OSError: it cannot be written; it names the file.
    """
    partial = path.with_name(f".{path.name}.partial")
    size = 0
    try:
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                with _named(path):
                    file.write(piece)
                size += len(piece)
            with _named(path):
                file.flush()
                os.fsync(handle)
        check(partial)
        partial.replace(path)
        _sync(path.parent)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    return size


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """What goes wrong with a write says with which file, which the system does not."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
