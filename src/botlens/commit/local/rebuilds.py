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

from botlens.commit.intentions import Intentions
from botlens.errors import BotlensError, OverloadedError

log = structlog.get_logger(__name__)

_SUFFIX = ".rebuild"
LOADS = ".loaded"
"""The suffix of chatbots of which events were loaded that are not counted yet."""

_UNFINISHED = ".unwritten"


class Rebuilds(Intentions):
    """Intentions in a folder, a file for each chatbot.

    Args:
        folder: where.
        suffix: of the files: another one for what is done for another reason.
    """

    def __init__(self, folder: Path, suffix: str = _SUFFIX) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._suffix = suffix
        self._lock = Lock()
        self._intended: Counter[Path] = Counter()
        self._noted: set[Path] = set()

    @contextmanager
    def intended(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """Remember the chatbot until the block has ended well, and all others of it that began meanwhile.

        A block that was refused (an error of the client's) has changed nothing, and counts as ended well.

        Raises:
            OverloadedError: it cannot be written down; the block was not begun.
        """
        path = self._path(company_id, chatbot_id)
        with self._lock:
            self._write_down(path, company_id, chatbot_id)
            self._intended[path] += 1
        ended_well = False
        try:
            yield
            ended_well = True
        except BotlensError as error:
            ended_well = error.status < OverloadedError.status
            raise
        finally:
            with self._lock:
                self._intended[path] -= 1
                if ended_well:
                    self._drop(path)

    def note(self, company_id: str, chatbot_id: str) -> None:
        """Remember the chatbot until it is `done`.

        Raises:
            OverloadedError: it cannot be written down.
        """
        path = self._path(company_id, chatbot_id)
        with self._lock:
            if path not in self._noted:
                self._write_down(path, company_id, chatbot_id)
                self._noted.add(path)

    def done(self, company_id: str, chatbot_id: str) -> None:
        """The facts of the chatbot were made anew: forget it, unless that is intended again."""
        path = self._path(company_id, chatbot_id)
        with self._lock:
            self._noted.discard(path)
            self._drop(path)

    def unfinished(self) -> list[tuple[str, str]]:
        """The (company id, chatbot id) of what an earlier process intended and did not finish."""
        found = []
        for path in sorted(self._folder.glob(f"*{self._suffix}")):
            try:
                company_id, chatbot_id = json.loads(path.read_text())
            except (ValueError, TypeError):
                # Its writer died, or the disk was full, before anything was changed for its sake.
                log.warning("rebuild_unreadable", path=str(path))
                continue
            found.append((str(company_id), str(chatbot_id)))
        return found

    def _path(self, company_id: str, chatbot_id: str) -> Path:
        name = hashlib.sha256(json.dumps([company_id, chatbot_id]).encode()).hexdigest()[:32]
        return self._folder / f"{name}{self._suffix}"

    def _write_down(self, path: Path, company_id: str, chatbot_id: str) -> None:
        try:
            _write(path, json.dumps([company_id, chatbot_id]))
        except (OSError, MemoryError) as error:
            log.exception("rebuild_not_noted")
            raise OverloadedError(
                "The change could not be written down; nothing was changed. Send it again later."
            ) from error

    def _drop(self, path: Path) -> None:
        """Forget a chatbot that nobody wants to be remembered any more."""
        if self._intended[path] or path in self._noted:
            return
        del self._intended[path]
        try:
            path.unlink(missing_ok=True)
        except OSError as error:  # the next start makes the facts anew, which changes nothing
            log.warning("rebuild_not_forgotten", path=str(path), error=str(error))


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
