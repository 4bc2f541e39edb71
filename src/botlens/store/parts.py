"""Are the files of the embedded engine as long as it thinks they are?

On a disk that is full, chDB 26.5 was seen to put a merged part whose files are empty in the place of its
sources. These stay on disk for eight minutes; what is attached anew meanwhile finds them, and leaves the
empty part out. After that their rows would be gone, so parts are looked at soon after they appear.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import structlog

from botlens.store.connection import ClickHouse
from botlens.store.schema import EVENTS

PING_SECONDS = 5.0
"""So long a look whether the events answer waits for them."""

log = structlog.get_logger(__name__)

_ACTIVE = (
    "SELECT table, path, bytes_on_disk FROM system.parts WHERE active AND database = currentDatabase() "
    "AND table IN {tables:Array(String)}"
)


class Parts:
    """Looks at each part once, and has a table attached anew where one is too short.

    Args:
        store: whose; a server looks after its own disk.
        seconds: how long a look may take.
    """

    def __init__(self, store: ClickHouse, *, seconds: float | None = None) -> None:
        self._store = store
        self._seconds = seconds
        self._sound: set[str] = set()

    def mend(self) -> list[str]:
        """Attach tables anew that have a part with less on disk than it should have; returns their names.

        Raises:
            StoreError: the store does not answer.
        """
        names = [EVENTS, *self._store.facts.all]
        rows = self._store.maintain(_ACTIVE, {"tables": names}, seconds=self._seconds)
        if self._store.is_shared:
            return []
        sizes = {(table, path): size for table, path, size in rows}
        short = self._short(sizes)
        self._sound = {path for _, path in sizes} - {path for _, path in short}
        tables = sorted({table for table, _ in short})
        for table in tables:
            names_of = [Path(path).name for name, path in short if name == table]
            log.error("parts_too_short", table=table, parts=names_of)
            for statement in self._store.topology.attach_anew(table):
                self._store.maintain(statement)
        return tables

    def _short(self, sizes: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
        found = []
        for (table, path), size in sizes.items():
            if path not in self._sound:
                there = _bytes_in(path)
                if there is not None and there < size:
                    found.append((table, path))
        return found


def _bytes_in(folder: str) -> int | None:
    """The bytes of the files of a part; None if it is gone by now."""
    try:
        with os.scandir(folder) as files:
            return sum(file.stat().st_size for file in files)
    except FileNotFoundError:
        return None
