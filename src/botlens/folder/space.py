"""Which disks are full."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path

_LITTLE = 1 << 20  # bytes; what is written in one go is often more

OUT_OF_SPACE = (errno.ENOSPC, errno.EDQUOT)
"""The numbers of the errors that say so."""


def full_disks(places: Iterable[Path]) -> list[Path]:
    """Those of some folders (or of those that they would be made in) where next to nothing can be written.

    A quota is not seen: the system tells of it only when something is written.
    """
    existing = (
        next(each for each in (place.absolute(), *place.absolute().parents) if each.exists())
        for place in places
    )
    return [place for place in dict.fromkeys(existing) if _is_full(place)]


def is_full(place: Path) -> str:
    """What to say of a folder whose disk is full."""
    return f"The disk of {place} is full: make room there, then do it again."


def _is_full(place: Path) -> bool:
    try:
        found = os.statvfs(place)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < _LITTLE or (found.f_files > 0 and found.f_favail == 0)
