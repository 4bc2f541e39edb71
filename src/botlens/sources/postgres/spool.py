"""Many pieces of bytes in their order: few in memory, many in a file without a name."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile, gettempdir
from typing import IO, Final

_IN_MEMORY: Final = 8 * 1024 * 1024
_PREFIX: Final = "botlens-"
_LENGTH: Final = struct.Struct(">I")


class Spool:
    """Pieces that are written first, and read afterwards, once or more. The file is gone with the spool.

    Attributes:
        size: bytes of all pieces.
    """

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None

    def append(self, piece: bytes) -> None:
        """One more at the end."""
        self.size += len(piece)
        if self._file is not None:
            self._put(self._file, piece)
            return
        self._pieces.append(piece)
        if self.size > _IN_MEMORY:
            with _named():
                self._file = TemporaryFile(prefix=_PREFIX)  # noqa: SIM115
            for each in self._pieces:
                self._put(self._file, each)
            self._pieces = []

    def __iter__(self) -> Iterator[bytes]:
        if self._file is None:
            yield from self._pieces
            return
        with _named():  # what was written last may still wait for room
            self._file.seek(0)
        while length := self._file.read(_LENGTH.size):
            yield self._file.read(*_LENGTH.unpack(length))

    def close(self) -> None:
        """Nothing of it stays."""
        self._pieces = []
        if self._file is not None:
            with suppress(OSError):  # nobody reads what does not fit any more
                self._file.close()

    @staticmethod
    def _put(file: IO[bytes], piece: bytes) -> None:
        with _named():
            _write(file, _LENGTH.pack(len(piece)))
            _write(file, piece)


def _write(file: IO[bytes], piece: bytes) -> None:
    file.write(piece)


@contextmanager
def _named() -> Iterator[None]:
    """Errors name the folder: the file has no name."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{gettempdir()}/{_PREFIX}*") from None
