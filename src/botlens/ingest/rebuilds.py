"""Chatbots whose facts must be made anew, remembered on disk until they are.

A chatbot's threshold lives in the accounts, its facts in the store: between the two the process may die. So
the intention is written down first, and what is found written down at a start is done then.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SUFFIX = ".rebuild"
_UNFINISHED = ".unwritten"


class Rebuilds:
    """Intentions in a folder, a file for each chatbot."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    @contextmanager
    def intended(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """Remember the chatbot until the block has ended well.

        It is remembered as a whole or not at all, wherever the process dies.
        """
        name = hashlib.sha256(json.dumps([company_id, chatbot_id]).encode()).hexdigest()[:32]
        path = self._folder / f"{name}{_SUFFIX}"
        unfinished = path.with_suffix(_UNFINISHED)
        with unfinished.open("w") as file:
            json.dump([company_id, chatbot_id], file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        yield
        path.unlink(missing_ok=True)

    def left(self) -> list[tuple[str, str]]:
        """The (company id, chatbot id) of what an earlier process intended and did not finish."""
        found = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            # An older botlens could leave an empty file, of an intention that nothing had followed yet.
            with suppress(ValueError):
                company_id, chatbot_id = json.loads(path.read_text())
                found.append((company_id, chatbot_id))
        return found
