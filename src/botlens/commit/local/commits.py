"""Commits of one process over one folder and one store."""

import math
from pathlib import Path

from botlens.commit.local.journal import FileJournal
from botlens.commit.local.rebuilds import LOADS, Rebuilds
from botlens.commit.local.recovery import recover
from botlens.commit.numbering import SingleNumbering
from botlens.commit.room.room import Keeping, Room
from botlens.commit.thresholds import AskThresholds
from botlens.live.registry import LiveNumbers
from botlens.monitoring.health import Check, Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse


class LocalCommits(Room):
    """Makes records durable in a journal of its own, and counted: see `Commits`.

    Args:
        store: where raw events and facts end up.
        folder: of the journal.
        live: the numbers that follow each commit.
        thresholds: of a company's chatbots; may wait.
        telemetry: counts what happens.
        health: gets what does not work.
        refusal: the reason why nothing may be taken, or None; it must be quick, and never wait for anything.
    """

    def __init__(
        self,
        store: ClickHouse,
        folder: Path,
        live: LiveNumbers,
        thresholds: AskThresholds,
        telemetry: Telemetry,
        health: Health,
        *,
        refusal: Check = lambda: None,
    ) -> None:
        self._folder = folder
        self._journal = FileJournal(folder)
        keeping = Keeping(self._journal, Rebuilds(folder), Rebuilds(folder, LOADS), SingleNumbering())
        super().__init__(store, keeping, live, thresholds, telemetry, health, refusal=refusal)
        health.watch("journal", self._journal_problem)
        health.watch_warning("journal", self._journal_warning)

    def start(self) -> None:
        """Bring in what an earlier process left, then take submissions."""
        recover(self._ledger, self._journal, self._store)
        self._begin(self._recounts.resume)

    def journal_bytes(self) -> float:
        """Bytes of the journal on disk; not a number if they cannot be counted now."""
        try:
            return sum(each.stat().st_size for each in self._folder.iterdir())
        except OSError:  # one has just been deleted, or there is no descriptor left
            return math.nan

    def _journal_problem(self) -> str | None:
        return None if self._ledger.journal_works else "the journal cannot be written; events are refused"

    def _journal_warning(self) -> str | None:
        names = ", ".join(path.name for path in self._journal.damaged)
        return f"parts of the journal were damaged and are kept: {names}" if names else None
