"""Chatbots whose facts must be made anew, remembered on disk until they are.

A chatbot's threshold lives in the accounts, its facts in the store: between the two the process may die. So
the intention is written down first, and what is found written down at a start is done then.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

import structlog

from botlens.errors import OverloadedError

log = structlog.get_logger(__name__)

_SUFFIX = ".rebuild"
_UNFINISHED = ".unwritten"


class Rebuilds:
    """Intentions in a folder, a file for each chatbot."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._lock = Lock()
        self._intended: Counter[Path] = Counter()

    @contextmanager
    def intended(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """Remember the chatbot until the block has ended well, and all others of it that began meanwhile.

        Raises:
            OverloadedError: it cannot be written down; the block was not begun.
        """
        name = hashlib.sha256(json.dumps([company_id, chatbot_id]).encode()).hexdigest()[:32]
        path = self._folder / f"{name}{_SUFFIX}"
        with self._lock:
            try:
                _write(path, json.dumps([company_id, chatbot_id]))
            except OSError as error:
                log.exception("rebuild_not_noted")
                raise OverloadedError(
                    "The change could not be written down; nothing was changed. Send it again later."
                ) from error
            self._intended[path] += 1
        ended_well = False
        try:
            yield
            ended_well = True
        finally:
            with self._lock:
                self._intended[path] -= 1
                if ended_well and not self._intended[path]:
                    del self._intended[path]
                    path.unlink(missing_ok=True)

    def left(self) -> list[tuple[str, str]]:
        """The (company id, chatbot id) of what an earlier process intended and did not finish."""
        found = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            try:
                company_id, chatbot_id = json.loads(path.read_text())
            except (ValueError, TypeError):
                # Its writer died, or the disk was full, before anything was changed for its sake.
                log.warning("rebuild_unreadable", path=str(path))
                continue
            found.append((str(company_id), str(chatbot_id)))
        return found


def _write(path: Path, text: str) -> None:
    """Have a file on disk with this in it, or none; one that is there stays until it is replaced.

    Raises:
        OSError: it cannot be written.
    """
    begun = path.with_suffix(_UNFINISHED)
    try:
        with begun.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        begun.replace(path)
    except BaseException:
        with suppress(OSError):
            begun.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
