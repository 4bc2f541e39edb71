"""Chatbots whose facts must be made anew, remembered on disk until they are.

A chatbot's threshold lives in the accounts, its facts in the store: between the two the process may die. So
the intention is written down first, and what is found written down at a start is done then.
"""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

import structlog

from botlens.commit.counted_intentions import CountedIntentions, IntentionKey
from botlens.errors import OverloadedError

log = structlog.get_logger(__name__)

_SUFFIX = ".rebuild"
LOADS = ".loaded"
"""The suffix of chatbots of which events were loaded that are not counted yet."""

_UNFINISHED = ".unwritten"


class Rebuilds(CountedIntentions):
    """Intentions in a folder, a file for each chatbot.

    Args:
        folder: where.
        suffix: of the files: another one for what is done for another reason.
    """

    def __init__(self, folder: Path, suffix: str = _SUFFIX) -> None:
        super().__init__()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._suffix = suffix

    def unfinished(self) -> list[IntentionKey]:
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

    def _path(self, key: IntentionKey) -> Path:
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]
        return self._folder / f"{name}{self._suffix}"

    def _write_down(self, key: IntentionKey) -> None:
        try:
            _write(self._path(key), json.dumps(key))
        except (OSError, MemoryError) as error:
            log.exception("rebuild_not_noted")
            raise OverloadedError(
                "The change could not be written down; nothing was changed. Send it again later."
            ) from error

    def _erase(self, key: IntentionKey) -> None:
        path = self._path(key)
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
