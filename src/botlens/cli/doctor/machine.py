"""The doctor's look at the machine: Python, the data folder, time zones."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from botlens.cli.doctor.findings import Finding, fine, note, wrong
from botlens.folder.ownership import Server, owner
from botlens.folder.privacy import open_to_others
from botlens.zones import zone_names

_OLDEST_PYTHON = (3, 11)
_GIBIBYTE = 1 << 30
_TOO_LITTLE, _LITTLE = 0.2, 2.0
_DAMAGED = (
    "Accepted events may be missing. What could be read of it is counted. Look at the disk (its log, SMART), "
    "have the events of that time sent again (what is there is not counted twice), then move the file "
    "out of the journal folder."
)
_ZONES = ("Europe/Berlin", "Asia/Kathmandu", "America/St_Johns")


def python() -> Finding:
    """Whether this Python will do."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < _OLDEST_PYTHON:
        return wrong(f"Python {version} is too old.", "Install Python 3.11 or newer.")
    return fine(f"Python {version}")


def time_zones() -> Finding:
    """Whether the time zone data is there."""
    try:
        missing = zone_names().isdisjoint(_ZONES)
    except (ModuleNotFoundError, OSError):
        missing = True
    if missing:
        return wrong("Time zone data is missing.", "pip install tzdata")
    return fine("Time zone data")


def folder(data_dir: Path) -> Iterator[Finding]:
    """Whether the data folder can be used, and who uses it."""
    if not data_dir.exists():
        parent = next(each for each in data_dir.parents if each.exists())
        if not os.access(parent, os.W_OK | os.X_OK):
            yield wrong(
                f"{data_dir} cannot be made: {parent} is not yours to write.", "Choose another --data-dir."
            )
        else:
            begin = "`botlens company create NAME --owner USER` begins; to follow tables, `botlens sync`."
            yield note(f"There is nothing in {data_dir} yet.", begin)
            yield _space(parent)
        return
    if not data_dir.is_dir() or not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        yield wrong(
            f"{data_dir} is no folder that this user may write.", "chown or chmod it, or choose another."
        )
        return
    yield fine(f"Data folder {data_dir}")
    yield _space(data_dir)
    yield from _owner(data_dir)


def journal(data_dir: Path) -> Iterator[Finding]:
    """Whether a process that ended badly has left something behind that the next start will bring in."""
    if owner(data_dir) is not None:
        return
    waiting = [path for path in (data_dir / "journal").glob("*.journal") if path.stat().st_size]
    if waiting:
        size = sum(path.stat().st_size for path in waiting)
        what = f"The last process was cut off: {size:,} bytes of accepted events wait in the journal."
        yield note(what, "Nothing is lost and nothing to be done: the next start brings them in.")


def privacy(data_dir: Path) -> Iterator[Finding]:
    """What other users of the machine can read although it is botlens' own."""
    for path in open_to_others(data_dir):
        mend = (
            f"Every start mends what it may; where it may not: chown it to this user, or chmod go-rwx {path}"
        )
        yield note(f"Other users of this machine may read {path}.", mend)


def damaged(data_dir: Path) -> Iterator[Finding]:
    """Journal files that could not be read to their end: what was readable is in the store."""
    for path in sorted((data_dir / "journal").glob("*.damaged")):
        what = f"A journal file is damaged: {path} ({path.stat().st_size:,} bytes)."
        yield wrong(what, _DAMAGED)


def _space(place: Path) -> Finding:
    free = shutil.disk_usage(place).free / _GIBIBYTE
    line = f"{free:.1f} GiB free on the disk"
    if free < _TOO_LITTLE:
        return wrong(f"Only {line}.", "Make room, or choose a --data-dir on another disk.")
    return note(f"Only {line}.", "Make room before the year is over.") if free < _LITTLE else fine(line)


def _owner(data_dir: Path) -> Iterator[Finding]:
    found = owner(data_dir)
    if found is None:
        yield fine("No botlens command has the folder open")
        return
    holder, server = found
    who = f"botlens {holder.command} (pid {holder.pid})" if holder else "another botlens"
    yield fine(f"The folder belongs to {who}{_serving(server)}")


def _serving(server: Server | None) -> str:
    return f", which serves {server.url}" if server else ""
