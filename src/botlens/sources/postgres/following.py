"""A source is followed: bridged, then taken in as it changes, for as long as the process lives."""

import math
import time
from collections import deque
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from botlens.commit.source_commits import OpenSourceCommits
from botlens.database.database import Database
from botlens.errors import BotlensError
from botlens.jobs.job import Progress, StoppedError
from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import BridgeNeededError
from botlens.sources.postgres.differences import Differences
from botlens.sources.postgres.following_run import LOG_AGAIN, NOTED_SECONDS, FollowingRun, Meanwhile
from botlens.sources.postgres.machine import MachineRefusesError
from botlens.sources.postgres.mapping import TableMapping
from botlens.sources.postgres.placing import AccountsOfSource
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.source_findings import SWEEP
from botlens.sources.postgres.state import StateStore
from botlens.sources.postgres.status import SyncStatus
from botlens.sources.postgres.verified import VerifyReport
from botlens.sources.postgres.ways import SourceWays

log = structlog.get_logger(__name__)

MOST_LET_GO: Final = 3
LET_GO_SECONDS: Final = 3_600.0
BACK_TO_THE_LOG_SECONDS: Final = 3_600.0
"""Between two returns from sweeps to the log: each has the keys of all rows compared."""

SAMPLE_ROWS: Final = 10_000

_WITHOUT_ROOM: Final = ("slot_let_go", "slot_lost")


class _Beginnings:
    """How often whole keys had to be read since a slot was let go, or lost, or the like: seldom enough?

    Attributes:
        were_sweeps: whether sweeps followed before the last of them.
    """

    def __init__(self) -> None:
        self._noted: deque[tuple[float, BridgeNeededError]] = deque(maxlen=MOST_LET_GO)
        self.were_sweeps = False

    def note(self, error: BridgeNeededError, way: str) -> None:
        """It must begin anew, which was followed that way."""
        self._noted.append((time.monotonic(), error))
        self.were_sweeps = way == SWEEP

    @property
    def wait(self) -> float:
        """In how many seconds it may begin."""
        if len(self._noted) < MOST_LET_GO:
            return 0.0
        return max(0.0, self._noted[0][0] + LET_GO_SECONDS - time.monotonic())

    @property
    def why(self) -> str:
        """The last reason, and what to do."""
        of_room = all(each.code in _WITHOUT_ROOM for _, each in self._noted)
        advice = " Raise max_slot_wal_keep_size there, or see what holds us up." if of_room else ""
        return f"{self._noted[-1][1].message}{advice}"


class FollowedSource:
    """A source, and how far it is.

    Args:
        address: where it is.
        mapping: what is where.
        accounts: make companies and chatbots what they are there.
        open_commits: opens what takes events, for each run.
        database: keeps how far it is.
        ways: in which it can be followed.
        status: is told how it goes.
    """

    def __init__(
        self,
        address: SourceAddress,
        mapping: TableMapping,
        accounts: AccountsOfSource,
        open_commits: OpenSourceCommits,
        database: Database,
        ways: SourceWays,
        status: SyncStatus,
    ) -> None:
        self.address = address
        self.mapping = mapping
        self.status = status
        self.store = StateStore(database)
        self.accounts = accounts
        self.open_commits = open_commits
        self.ways = ways
        self._may_go_back = -math.inf
        self._begun, self._swept = _Beginnings(), _Beginnings()

    def once(self, progress: Progress) -> Differences:
        """Bridge, and end: when this returns all is here that the source had when it was called.

        Raises:
            StoppedError: end now.
            BotlensError: the source cannot be read; what was read is kept.
        """
        with SourceReader(self.address) as reader:
            run = FollowingRun(self, reader, progress)
            return run.bridged(follow=False)

    def verify(self, progress: Progress, rows: int = SAMPLE_ROWS) -> VerifyReport:
        """Compare all keys, and every field of a sample of rows, with what counts here; mend what differs.

        Raises:
            StoppedError, BotlensError: as `once`.
        """
        with SourceReader(self.address) as reader:
            run = FollowingRun(self, reader, progress)
            found = run.bridged(follow=False)
            looked, differed = run.look_at_sample(rows)
        return VerifyReport(
            found.compared,
            sum(found.gone_by_kind().values()),
            found.missing_rows,
            looked,
            differed,
            len(found.deleted),
        )

    def follow(self, progress: Progress) -> None:
        """Bridge, then follow; never returns.

        Raises:
            StoppedError: end now.
            BotlensError: the source cannot be followed (any more): begin anew.
        """
        try:
            while True:
                wait = self._begun.wait
                if wait <= 0:
                    self._follow(progress)
                elif self.ways.wanted is None and self._swept.wait <= 0:
                    self._follow(progress, self._meanwhile(wait))
                else:
                    self._stand_still(wait, progress)
        except BotlensError as error:
            self._note_that_nobody_follows(error.message)
            raise
        except OSError as error:
            refusal = MachineRefusesError(error)
            self._note_that_nobody_follows(refusal.message)
            raise refusal from error
        except StoppedError:
            self._note_that_nobody_follows("who followed it was told to stop")
            raise

    def _follow(self, progress: Progress, meanwhile: Meanwhile | None = None) -> None:
        """Until it must begin anew, but for a source that is away."""
        try:
            with SourceReader(self.address) as reader:
                run = FollowingRun(self, reader, progress)
                run.bridged(follow=True, may_go_back=self._may_go_back, meanwhile=meanwhile)
        except BridgeNeededError as error:
            log.warning("sync_bridges_again", code=error.code, reason=error.message)
            if error.code == "connection_lost":
                raise
            if error.code == LOG_AGAIN:
                self._may_go_back = time.monotonic() + BACK_TO_THE_LOG_SECONDS
            else:
                (self._begun if meanwhile is None else self._swept).note(error, self.status.way)
            self.status.says(error.message)

    def _meanwhile(self, wait: float) -> Meanwhile:
        """Sweeps, until the log may be followed again: they see less, but nobody waits for an hour."""
        until = self.status.now() + timedelta(seconds=wait)
        how = "so sweeps follow it until {0} UTC, then the log again, if it can be followed"
        if self._begun.were_sweeps:  # as they did before
            how = "and sweeps go on: whether the log can be followed is looked at from {0} UTC on"
        how = how.format(f"{until:%H:%M}")
        sentence = f"begun anew {MOST_LET_GO} times within an hour, {how}. {self._begun.why}"
        log.warning("sync_sweeps_meanwhile", seconds=round(wait), reason=sentence)
        return Meanwhile(sentence, time.monotonic() + wait)

    def _stand_still(self, wait: float, progress: Progress) -> None:
        """Sweeps are not wanted, or had to begin anew too often themselves."""
        why = self._begun.why
        if self.ways.wanted is None:
            wait, why = min(wait, self._swept.wait), self._swept.why
        sentence = (
            f"begun anew {MOST_LET_GO} times within an hour, so it is followed again in {wait:.0f} s. {why}"
        )
        self.status.says(sentence)
        self._note_that_nobody_follows(sentence)
        progress.pause(min(wait, NOTED_SECONDS))

    def _note_that_nobody_follows(self, why: str) -> None:
        """For `--status`. After a death it is not said: there it is seen how old it is."""
        self.status.begins()
        with suppress(BotlensError):
            self.store.note_seen({**self.status.seen(), "says": why})
