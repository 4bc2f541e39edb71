"""A source is followed: bridged, then taken in as it changes, for as long as the process lives."""

import math
import time
from collections import deque
from contextlib import suppress
from typing import Final

import structlog

from botlens.commit.port import Commits
from botlens.database.database import Database
from botlens.errors import BotlensError
from botlens.jobs.job import Progress, StoppedError
from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.changes import BridgeNeededError
from botlens.sources.postgres.differences import Differences
from botlens.sources.postgres.following_run import LOG_AGAIN, NOTED_SECONDS, FollowingRun
from botlens.sources.postgres.mapping import TableMapping
from botlens.sources.postgres.placing import AccountsOfSource
from botlens.sources.postgres.reader import SourceReader
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


class FollowedSource:
    """A source, and how far it is.

    Args:
        address: where it is.
        mapping: what is where.
        accounts: make companies and chatbots what they are there.
        commits: take events.
        database: keeps how far it is.
        ways: in which it can be followed.
        status: is told how it goes.
    """

    def __init__(
        self,
        address: SourceAddress,
        mapping: TableMapping,
        accounts: AccountsOfSource,
        commits: Commits,
        database: Database,
        ways: SourceWays,
        status: SyncStatus,
    ) -> None:
        self.address = address
        self.mapping = mapping
        self.status = status
        self.store = StateStore(database)
        self.accounts = accounts
        self.commits = commits
        self.ways = ways
        self._may_go_back = -math.inf
        self._let_go: deque[tuple[float, BridgeNeededError]] = deque(maxlen=MOST_LET_GO)

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
            found.compared, sum(found.gone_by_kind().values()), found.missing_rows, looked, differed
        )

    def follow(self, progress: Progress) -> None:
        """Bridge, then follow; never returns.

        Raises:
            StoppedError: end now.
            BotlensError: the source cannot be followed (any more): begin anew.
        """
        try:
            while True:
                self._wait_after_letting_go(progress)
                self._follow(progress)
        except BotlensError as error:
            self._note_that_nobody_follows(error.message)
            raise
        except StoppedError:
            self._note_that_nobody_follows("who followed it was told to stop")
            raise

    def _follow(self, progress: Progress) -> None:
        """Until it must begin anew, but for a source that is away."""
        try:
            with SourceReader(self.address) as reader:
                FollowingRun(self, reader, progress).bridged(follow=True, may_go_back=self._may_go_back)
        except BridgeNeededError as error:
            log.warning("sync_bridges_again", code=error.code, reason=error.message)
            if error.code == "connection_lost":
                raise
            if error.code == LOG_AGAIN:
                self._may_go_back = time.monotonic() + BACK_TO_THE_LOG_SECONDS
            else:
                self._let_go.append((time.monotonic(), error))
            self.status.says(error.message)

    def _note_that_nobody_follows(self, why: str) -> None:
        """For `--status`. After a death it is not said: there it is seen how old it is."""
        self.status.begins()
        with suppress(BotlensError):
            self.store.note_seen({**self.status.seen(), "says": why})

    def _wait_after_letting_go(self, progress: Progress) -> None:
        """At most so often an hour whole keys are read because a slot was let go, or lost, or the like."""
        while len(self._let_go) == MOST_LET_GO:
            wait = self._let_go[0][0] + LET_GO_SECONDS - time.monotonic()
            if wait <= 0:
                return
            why = self._let_go[-1][1]
            of_room = all(each.code in _WITHOUT_ROOM for _, each in self._let_go)
            advice = " Raise max_slot_wal_keep_size there, or see what holds us up." if of_room else ""
            sentence = (
                f"begun anew {MOST_LET_GO} times within an hour, so it is followed again in {wait:.0f} s. "
                f"{why.message}{advice}"
            )
            self.status.says(sentence)
            self._note_that_nobody_follows(sentence)
            progress.pause(min(wait, NOTED_SECONDS))
