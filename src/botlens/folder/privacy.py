"""The data folder is readable by its owner alone: what is new (the umask of `command`) and what was there.

What is not ours to change is told and left: a folder that others can read is still a folder that works.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_OTHERS = 0o077
_OURS = (
    "accounts.db",
    "accounts.db-journal",
    "accounts.db-shm",
    "accounts.db-wal",
    "botlens.log",
    "clickhouse.xml",
    "demo.json",
    "demo.json.new",
    "events",
    "imports",
    "journal",
    "layout",
    "layout.new",
    "lock",
    "moved.json",
    "server.json",
    "server.new",
)
NOBODYS = ("lost+found",)
"""What a file system puts at its own root, and nobody can remove."""

_LARGE = "events"


def make_private(data_dir: Path) -> list[str]:
    """Take what botlens keeps in a folder, and the folder, from the eyes of other users.

    Returns:
        A sentence for each thing that others can still read.
    """
    if not os.access(data_dir, os.R_OK | os.X_OK):
        return []  # whoever opens it next will say so
    open_to_others = []
    for path in _ours(data_dir):
        try:
            _close(path)
        except FileNotFoundError:  # another process has just removed it
            continue
        except OSError as error:
            open_to_others.append(f"Other users of this machine may read {path}: {error.strerror}.")
    if _is_open(data_dir) and not _is_ours_alone(data_dir):
        open_to_others.append(
            f"Other users of this machine may look into {data_dir}, which holds more than botlens' own files."
        )
    return open_to_others


def open_to_others(data_dir: Path) -> list[Path]:
    """What botlens keeps in a folder and others can read, the folder first."""
    return [path for path in (data_dir, *_known(data_dir)) if _is_open(path)]


def _ours(data_dir: Path) -> Iterator[Path]:
    """What is to be closed; a folder after what is in it, so that an open one tells of unfinished work."""
    for path in _known(data_dir):
        # The store has very many files. They came into being under an open folder or not at all.
        if path.is_dir() and (path.name != _LARGE or _is_open(path)):
            yield from _inside(path)
        yield path
    if _is_ours_alone(data_dir):
        yield data_dir


def _known(data_dir: Path) -> list[Path]:
    return [path for name in _OURS if (path := data_dir / name).exists()]


def _inside(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            if not (path := Path(parent) / name).is_symlink():
                yield path


def _is_ours_alone(data_dir: Path) -> bool:
    """Whether nothing else is in the folder: `--data-dir /tmp` must not close /tmp to everybody."""
    return not {path.name for path in data_dir.iterdir()} - {*_OURS, *NOBODYS}


def _is_open(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & _OTHERS)
    except OSError:
        return False


def _close(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        path.chmod(mode & ~_OTHERS)
