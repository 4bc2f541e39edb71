"""The file of a backup: a tar of an account of itself, the accounts, the events, and checksums at its end.

    backup.json          what it is, first: format, version, time, the fields of events
    accounts.db          companies, chatbots, keys: a SQLite file
    events/000001.parquet, ...   raw events, each once
    gaps/000001.parquet, ...     which gap each question is in: what no event says, and people refer to
    checksums.json       of all the others, last: without it the file is not whole

Any tar and any reader of Parquet can open it.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from botlens.errors import InvalidError

FORMAT = 1
ABOUT, ACCOUNTS, EVENTS, MEMBERS = "backup.json", "accounts.db", "events/", "gaps/"
CHECKSUMS = "checksums.json"
_BLOCK = tarfile.BLOCKSIZE
_PIECE = 1 << 20


class BrokenBackupError(InvalidError):
    """A file that is no backup, or not whole."""

    code = "broken_backup"


class About(msgspec.Struct, frozen=True):
    """What a backup says of itself.

    Attributes:
        format: of the file.
        botlens: the version that made it.
        made_at: when, in RFC 3339.
        columns: the columns of events, by name.
    """

    format: int
    botlens: str
    made_at: str
    columns: list[str]


class Checksums(msgspec.Struct, frozen=True):
    """How many events there are, and the SHA-256 of every other member."""

    events: int
    sha256: dict[str, str]


class Writing:
    """Makes the bytes of an archive, member by member."""

    def __init__(self) -> None:
        self._sha256: dict[str, str] = {}

    def member(self, name: str, content: bytes) -> Iterator[bytes]:
        """The bytes of one member."""
        self._sha256[name] = hashlib.sha256(content).hexdigest()
        yield from _member(name, content)

    def end(self, events: int) -> Iterator[bytes]:
        """The bytes of the end."""
        yield from _member(CHECKSUMS, msgspec.json.encode(Checksums(events, self._sha256)))
        yield bytes(2 * _BLOCK)


def _member(name: str, content: bytes) -> Iterator[bytes]:
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(content), 0o600
    yield header.tobuf(tarfile.PAX_FORMAT)
    yield content
    yield bytes(-len(content) % _BLOCK)


class Archive:
    """A backup in a file, looked through: every member is there and is what was written.

    Raises:
        BrokenBackupError: it is no backup, is not whole, was changed, or a newer botlens made it.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.about, self.checksums = self._looked_through()
        except (tarfile.TarError, msgspec.DecodeError, EOFError) as error:
            raise self._broken("it is no backup of botlens, or only a part of one") from error

    def members(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """The members whose name begins so, in order, with their content."""
        with tarfile.open(self._path, "r:") as tar:
            for member in tar:
                if member.name.startswith(prefix):
                    yield member.name, _opened(tar, member).read()

    def _looked_through(self) -> tuple[About, Checksums]:
        about: About | None = None
        checksums: Checksums | None = None
        found: dict[str, str] = {}
        with tarfile.open(self._path, "r:") as tar:
            for member in tar:
                with _opened(tar, member) as content:
                    if member.name == CHECKSUMS:
                        checksums = msgspec.json.decode(content.read(), type=Checksums)
                        continue
                    if about is None:
                        about = self._about(member.name, content.read(_PIECE))
                        content.seek(0)
                    found[member.name] = _digest(content)
        if about is None or checksums is None:
            raise self._broken("its end is missing: it was cut off while it was made or copied")
        if wrong := sorted(
            name
            for name in found.keys() | checksums.sha256.keys()
            if found.get(name) != checksums.sha256.get(name)
        ):
            raise self._broken(f"{wrong[0]} is not what was written")
        return about, checksums

    def _about(self, name: str, content: bytes) -> About:
        if name != ABOUT:
            raise self._broken("it is no backup of botlens")
        about = msgspec.json.decode(content, type=About)
        if about.format > FORMAT:
            raise BrokenBackupError(
                f"{self._path} was made by botlens {about.botlens}, which is newer than this one and writes "
                "backups in another way: restore it with that version or a later one."
            )
        return about

    def _broken(self, reason: str) -> BrokenBackupError:
        return BrokenBackupError(f"{self._path} cannot be restored: {reason}. Take another backup.")


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    return tar.extractfile(member) or io.BytesIO()
