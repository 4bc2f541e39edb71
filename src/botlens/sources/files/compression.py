"""Opening a file that may be packed with gzip or zstd, told by its first bytes."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from botlens.errors import BadRequestError, NotFoundError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Readable: TypeAlias = io.BufferedReader | gzip.GzipFile | zstd.ZstdFile
"""What is common to plain and packed files: `read`, `readline` and `peek` of bytes."""

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_BOM = b"\xef\xbb\xbf"


def is_packed(path: Path) -> bool:
    """Whether the file is gzip or zstd.

    Raises:
        NotFoundError: there is no such file.
        BadRequestError: it is not a file.
    """
    return _magic(path).startswith((_GZIP, _ZSTD))


@contextmanager
def unpacked(path: Path) -> Iterator[Readable]:
    """The file's bytes, unpacked while they are read, without a UTF-8 byte order mark.

    Raises:
        NotFoundError: there is no such file.
        BadRequestError: it is not a file, or (`broken_compression`, also while it is read) it is
            packed but damaged or cut short.
    """
    magic = _magic(path)
    try:
        with path.open("rb") as raw, _reader(raw, magic) as stream:
            if stream.peek(3)[:3] == _BOM:
                stream.read(3)
            yield stream
    except (gzip.BadGzipFile, EOFError, zlib.error, zstd.ZstdError) as error:
        raise BadRequestError(
            f"{path} is packed but cannot be unpacked to its end ({error}); copy or pack it again.",
            code="broken_compression",
        ) from error


def _reader(raw: io.BufferedReader, magic: bytes) -> Readable:
    if magic.startswith(_GZIP):
        return gzip.GzipFile(fileobj=raw)
    if magic.startswith(_ZSTD):
        return zstd.ZstdFile(raw)
    return raw


def _magic(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {path}.") from error
    except (IsADirectoryError, PermissionError) as error:
        raise BadRequestError(f"{path} cannot be read as a file ({error.strerror}).") from error
