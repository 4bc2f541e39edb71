"""The demo's folder: marked as such, so that nothing else is ever taken for it, let alone replaced."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import msgspec

from botlens.errors import InvalidError

_MARK = "demo.json"
_EVENTS = ("events", "journal", "imports")


class Demo(msgspec.Struct):
    """What `demo.json` keeps: whose data it is, the key to it, and what it was filled with."""

    company_id: str
    api_key: str
    filled_on: date | None = None
    conversations: int = 0


def kept(data_dir: Path) -> Demo | None:
    """The demo in this folder; None if there is nothing in it yet.

    Raises:
        InvalidError: there is something else in it.
    """
    try:
        return msgspec.json.decode((data_dir / _MARK).read_bytes(), type=Demo)
    except FileNotFoundError:
        if any(_contents(data_dir)):
            raise _not_a_demo(data_dir) from None
        return None
    except (OSError, msgspec.DecodeError):
        raise _not_a_demo(data_dir) from None


def keep(data_dir: Path, demo: Demo) -> None:
    """Write `demo.json`, for its owner's eyes only: it holds a key."""
    new = data_dir / f"{_MARK}.new"
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(demo))
    new.replace(data_dir / _MARK)


def remove_events(data_dir: Path) -> None:
    """Empty a demo's folder of events; company and key stay. The folder must be owned."""
    for name in _EVENTS:
        with suppress(FileNotFoundError):
            shutil.rmtree(data_dir / name)


def remove_everything(data_dir: Path) -> None:
    """Empty a demo's folder, but for the lock that this process holds.

    Raises:
        InvalidError: it is no demo's folder.
    """
    kept(data_dir)
    # The mark goes last: were this cut off, the folder would still be known as a demo's.
    for path in sorted(_contents(data_dir), key=lambda each: each.name == _MARK):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _contents(data_dir: Path) -> Iterator[Path]:
    """What is in the folder, but for the traces of owning it."""
    if data_dir.is_dir():
        yield from (path for path in data_dir.iterdir() if path.name not in {"lock", f"{_MARK}.new"})


def _not_a_demo(data_dir: Path) -> InvalidError:
    message = f"{data_dir} holds something that is not a demo. Name another folder with --data-dir."
    return InvalidError(message, field="data_dir")
