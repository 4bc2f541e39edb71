"""Who owns a data folder: one process at a time, told by a lock that ends with the process."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from botlens.errors import BotlensError, InvalidError

_LOCK = "lock"
_SERVER = "server.json"
_PROBES = 0.3  # seconds: another command may hold the lock for a moment, only to look who has it


class Server(msgspec.Struct, frozen=True):
    """A server that listens: what `server.json` says."""

    pid: int
    url: str
    token: str


class Holder(msgspec.Struct, frozen=True):
    """A process that owns a folder. `serves` tells whether it listens, or soon will."""

    pid: int
    command: str
    serves: bool = False


class FolderTakenError(BotlensError):
    """The folder belongs to another process."""

    code = "folder_taken"

    def __init__(self, data_dir: Path, holder: Holder | None, server: Server | None) -> None:
        who = f"botlens {holder.command} (pid {holder.pid})" if holder else "another botlens"
        at = f", which serves {server.url}" if server else ""
        mend = "Use that server, or stop it first." if server else "Wait until it is done, or stop it."
        super().__init__(f"{data_dir} is in use by {who}{at}. {mend}")
        self.holder = holder
        self.server = server


@contextmanager
def owned(data_dir: Path, command: str, *, serves: bool = False) -> Iterator[None]:
    """Own a folder, made if need be. One that was made and left empty goes again.

    Args:
        data_dir: the folder.
        command: what to name to those who come later.
        serves: whether the command is going to listen.

    Raises:
        FolderTakenError: another process owns it.
        InvalidError: the folder cannot be made or written.
    """
    is_new = not data_dir.exists()
    handle = _open(data_dir)
    try:
        if not _locked(handle, _PROBES):
            holder = _holder(handle)
            raise FolderTakenError(data_dir, holder, _server(data_dir, holder))
        (data_dir / _SERVER).unlink(missing_ok=True)
        _write(handle, msgspec.json.encode(Holder(os.getpid(), command, serves)))
        yield
        _write(handle, b"")
    finally:
        if is_new:
            _remove_if_empty(data_dir)
        os.close(handle)


def _remove_if_empty(data_dir: Path) -> None:
    """Remove a folder with nothing in it but the lock: what was to be in it could not be made."""
    with suppress(OSError):
        if [each.name for each in data_dir.iterdir()] == [_LOCK]:
            (data_dir / _LOCK).unlink()
            data_dir.rmdir()


def owner(data_dir: Path) -> tuple[Holder | None, Server | None] | None:
    """Who owns the folder now, as far as it can be told; None if nobody does."""
    try:
        handle = os.open(data_dir / _LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        if _locked(handle, 0):
            return None
        holder = _holder(handle)
        return holder, _server(data_dir, holder)
    finally:
        os.close(handle)


@contextmanager
def announced(data_dir: Path, server: Server) -> Iterator[None]:
    """Tell the other commands of this machine's user where the owner of the folder listens."""
    path = data_dir / _SERVER
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    try:
        os.write(handle, msgspec.json.encode(server))
    finally:
        os.close(handle)
    new.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def make_folder(data_dir: Path) -> None:
    """Make the data folder, for its owner's eyes only, if it is not there.

    Raises:
        InvalidError: it cannot be made.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InvalidError(
            f"Cannot make the folder {data_dir}: {error.strerror}.", field="data_dir"
        ) from None


def _open(data_dir: Path) -> int:
    make_folder(data_dir)
    try:
        return os.open(data_dir / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        message = f"Cannot write in the folder {data_dir}: {error.strerror}."
        raise InvalidError(message, field="data_dir") from None


def _locked(handle: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        else:
            return True


def _write(handle: int, content: bytes) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, content, 0)


def _holder(handle: int) -> Holder | None:
    try:
        return msgspec.json.decode(os.pread(handle, 4096, 0), type=Holder)
    except msgspec.DecodeError:
        return None


def _server(data_dir: Path, holder: Holder | None) -> Server | None:
    try:
        server = msgspec.json.decode((data_dir / _SERVER).read_bytes(), type=Server)
    except (OSError, msgspec.DecodeError):
        return None
    # What a process that is gone has left behind says nothing of the one that owns the folder now.
    return server if holder is not None and server.pid == holder.pid else None
