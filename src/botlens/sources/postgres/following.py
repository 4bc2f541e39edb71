"""The source is followed: bridged, then taken in as it changes, for as long as the process lives."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from botlens.commit.port import Commits
from botlens.database.database import Database
from botlens.jobs.job import Progress
from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.bridging import Bridge
from botlens.sources.postgres.changes import BridgeNeededError, FollowedTable, Follower
from botlens.sources.postgres.differences import Differences
from botlens.sources.postgres.mapping import TableMapping
from botlens.sources.postgres.placing import AccountsOfSource, PlacedChatbots
from botlens.sources.postgres.positions import read_moment
from botlens.sources.postgres.prepared import PreparedSource, prepare_source
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.refusals import reported
from botlens.sources.postgres.sampling import differing, sample, shares
from botlens.sources.postgres.state import StateStore
from botlens.sources.postgres.status import SyncStatus
from botlens.sources.postgres.sweep import Sweep

log = structlog.get_logger(__name__)

WAIT_SECONDS: Final = 0.5
ACCOUNTS_SECONDS: Final = 30.0
NOTED_SECONDS: Final = 5.0
SHARE_OF_COMPARING: Final = 49
FIRST_COMPARING_SECONDS: Final = 60.0
MOST_LET_GO: Final = 3
LET_GO_SECONDS: Final = 3_600.0

SAMPLE_ROWS: Final = 10_000

_WITHOUT_ROOM: Final = ("slot_let_go", "slot_lost")


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was compared, and how much of it differed and was mended.

    Attributes:
        names: messages, votes and ratings that the source has.
        gone: what counted here and no row says.
        missing: what rows say and did not count here, or counted as something else.
        rows: of a sample, that were compared field by field.
        different: those of them that said something else.
    """

    names: int
    gone: int
    missing: int
    rows: int
    different: int

    def sentence(self) -> str:
        """For people."""
        differ = self.gone + self.missing + self.different
        mended = (
            "nothing differs"
            if not differ
            else "mended: "
            + ", ".join(
                f"{count:,} {what}"
                for count, what in (
                    (self.gone, "gone there"),
                    (self.missing, "missing here"),
                    (self.different, "of another content"),
                )
                if count
            )
        )
        return f"{self.names:,} keys and {self.rows:,} whole rows compared: {mended}."


OpenFollower = Callable[[list[FollowedTable], Callable[[str], object]], tuple[str, Follower]]
"""Begins to follow tables, by the best way; gives its name. It tells for whom it waits."""


class FollowedSource:
    """A source, and how far it is.

    Args:
        address: where it is.
        mapping: what is where.
        accounts: make companies and chatbots what they are there.
        commits: take events.
        database: keeps how far it is.
        open_follower: begins to follow.
        status: is told how it goes.
    """

    def __init__(
        self,
        address: SourceAddress,
        mapping: TableMapping,
        accounts: AccountsOfSource,
        commits: Commits,
        database: Database,
        open_follower: OpenFollower,
        status: SyncStatus,
    ) -> None:
        self.address = address
        self.mapping = mapping
        self.status = status
        self.store = StateStore(database)
        self.accounts = accounts
        self.commits = commits
        self.open_follower = open_follower
        self._let_go: deque[tuple[float, BridgeNeededError]] = deque(maxlen=MOST_LET_GO)

    def once(self, progress: Progress) -> Differences:
        """Bridge, and end: when this returns all is here that the source had when it was called.

        Raises:
            StoppedError: end now.
            BotlensError: the source cannot be read; what was read is kept.
        """
        with SourceReader(self.address) as reader:
            run = _Run(self, reader, progress)
            return run.bridged(follow=False)

    def verify(self, progress: Progress, rows: int = SAMPLE_ROWS) -> VerifyReport:
        """Compare all keys, and every field of a sample of rows, with what counts here; mend what differs.

        Raises:
            StoppedError, BotlensError: as `once`.
        """
        with SourceReader(self.address) as reader:
            run = _Run(self, reader, progress)
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
        while True:
            self._wait_after_letting_go(progress)
            try:
                with SourceReader(self.address) as reader:
                    _Run(self, reader, progress).bridged(follow=True)
            except BridgeNeededError as error:
                log.warning("sync_bridges_again", code=error.code, reason=error.message)
                if error.code == "connection_lost":
                    raise
                self._let_go.append((time.monotonic(), error))
                self.status.says(error.message)

    def _wait_after_letting_go(self, progress: Progress) -> None:
        """At most so often an hour whole keys are read because a slot was let go, or lost, or the like."""
        while len(self._let_go) == MOST_LET_GO:
            wait = self._let_go[0][0] + LET_GO_SECONDS - time.monotonic()
            if wait <= 0:
                return
            why = self._let_go[-1][1]
            of_room = all(each.code in _WITHOUT_ROOM for _, each in self._let_go)
            advice = " Raise max_slot_wal_keep_size there, or see what holds us up." if of_room else ""
            self.status.says(
                f"begun anew {MOST_LET_GO} times within an hour, so it is followed again in {wait:.0f} s. "
                f"{why.message}{advice}"
            )
            progress.pause(min(wait, 1.0))


class _Watch:
    """Tells the status and the job how far a bridge is."""

    def __init__(self, status: SyncStatus, progress: Progress) -> None:
        self._status = status
        self._progress = progress
        self._began = time.monotonic()

    def at(self, phase: str, done: int, of: int | None) -> None:
        self._status.at(phase, done, of)
        self._progress.at(done, of)

    def pause(self, seconds: float) -> None:
        self._progress.pause(seconds)


class _Run:
    """One connection to the source, from the bridge on."""

    def __init__(self, owner: FollowedSource, reader: SourceReader, progress: Progress) -> None:
        self._owner = owner
        self._reader = reader
        self._progress = progress
        self._status = owner.status
        self._store = owner.store
        self._source: PreparedSource = prepare_source(reader, owner.mapping)
        watch = _Watch(owner.status, progress)
        self._to_read: set[str] = set()
        self._bridge = Bridge(reader, self._source, owner.commits, owner.store, watch, self._chatbots)
        self._upto = 0
        self._accounts_at = self._noted_at = time.monotonic()
        self._comparing_at = time.monotonic() + FIRST_COMPARING_SECONDS

    def bridged(self, *, follow: bool) -> Differences:
        """Bridge, and follow if that is wanted."""
        bridge, status = self._bridge, self._status
        status.reached()
        status.stopped = list(self._source.stopped.values())
        chatbots = self._chatbots()
        if bridge.must_read_all:
            if bridge.has_read_nothing:
                self._to_read.clear()  # whole tables have all that there is of them
            bridge.bulk(chatbots)
        status.at("wait", 0, None)
        if follow:
            way, follower = self._owner.open_follower(self._source.followed, self._waiting)
        else:
            way, follower = "once", Sweep(self._owner.address, self._source.followed)
        try:
            status.at("compare", 0, None)
            found = self._caught_up(follower, way)
            if follow:
                self._follow(follower, way)
            status.at("follow", 0, None)  # nothing is missing
            return found
        finally:
            follower.close()

    def look_at_sample(self, rows: int) -> tuple[int, int]:
        """Look at every field of some rows, and say anew what differs; how many there were of both."""
        looked = differed = 0
        applying, commits = self._bridge.applying, self._owner.commits
        for entity, share in shares(self._source.entities, rows):
            self._progress.pause(0.0)
            table = sample(self._reader, entity, share)
            places = differing(entity, table, applying.placing, self._reader, commits)
            applying.tables(entity, [table.take(places)] if places else [], applying.last)
            looked, differed = looked + len(table), differed + len(places)
        return looked, differed

    def _waiting(self, sentence: str) -> None:
        self._status.says(sentence)
        self._progress.pause(0.0)

    def _caught_up(self, follower: Follower, way: str) -> Differences:
        found = self._bridge.catch_up(self._chatbots(), follower.start)
        self._read_chatbots()
        self._upto = follower.start
        self._status.way = way
        self._status.compared(found)
        self._note(follower)
        self._progress.well()
        log.info("sync_bridged", way=way, gone=len(found.gone), missing=found.missing_rows)
        return found

    def _follow(self, follower: Follower, way: str) -> None:
        self._status.at("follow", 0, None)
        while True:
            for batch in follower.batches(WAIT_SECONDS):
                ends, self._upto = batch.upto > self._upto, batch.upto
                self._bridge.applying.changes(batch.changes, base=self._bridge.state.base, ends=ends)
                follower.acknowledge(batch.upto)
                self._look_after(follower, way)
            self._status.caught_up()
            self._look_after(follower, way)

    def _look_after(self, follower: Follower, way: str) -> None:
        """What is due besides the changes."""
        self._progress.pause(0.0)
        self._status.reached()
        now = time.monotonic()
        if now - self._accounts_at >= ACCOUNTS_SECONDS:
            self._accounts_at = now
            self._bridge.applying.placing.chatbots = self._chatbots()
            self._look_at_tables()
        self._read_chatbots()
        if now - self._noted_at >= NOTED_SECONDS:
            self._note(follower)
            self._progress.well()
            self._look_whether_confirmed(way)
        if way == "sweep" and now >= self._comparing_at:
            self._compare(way)

    def _chatbots(self) -> PlacedChatbots:
        found = self._owner.accounts.refresh(self._reader)
        self._to_read |= found.to_read
        return found

    def _read_chatbots(self) -> None:
        """Those that are new, or of another company: all that the source has of them."""
        if self._to_read:
            chatbots, self._to_read = sorted(self._to_read), set()
            self._bridge.applying.read_chatbots(chatbots)

    def _look_at_tables(self) -> None:
        """A table that could not be read may be as it should be again: then it is read whole.

        Raises:
            BridgeNeededError: so it is.
        """
        applying = self._bridge.applying
        if not (applying.stopped or self._source.stopped):
            return
        now = prepare_source(self._reader, self._owner.mapping)
        back = (set(applying.stopped) | set(self._source.stopped)) - set(now.stopped)
        self._status.stopped = list(now.stopped.values())
        if back:
            self._bridge.state.mark = None
            self._store.save(self._bridge.state)
            names = ", ".join(map(str, sorted(back, key=str)))
            raise BridgeNeededError(f"{names} can be read again, and is read whole.", code="table_back")

    def _note(self, follower: Follower) -> None:
        """Write down how far it is: after it was acknowledged, so a death between the two does no harm."""
        self._noted_at = time.monotonic()
        state, applying = self._bridge.state, self._bridge.applying
        state.mark = follower.mark
        state.highest = max(state.highest, applying.last + 2)
        state.held = {str(table): held for table, held in applying.held.items()}
        lag = follower.lag()
        self._status.noted(lag, state, self._bridge.events_of_bulk + applying.events, self._store.counts())
        state.seen = self._status.seen()
        self._store.save(state)
        if lag.is_running_out:
            message = (
                f"{lag.behind:,} bytes of the log wait, and less than half of the room that the server "
                "keeps is left: the slot is let go, and what is missed is bridged."
            )
            raise BridgeNeededError(message, code="slot_let_go")

    def _look_whether_confirmed(self, way: str) -> None:
        if self._bridge.applying.held and self._store.load().confirmed:
            self._bridge.state.confirmed = True
            self._compare(way)
            self._bridge.state.confirmed = False
            self._store.confirm(confirmed=False)

    def _compare(self, way: str) -> None:
        """Compare keys again: without a log, that is how it is seen what is gone."""
        began = time.monotonic()
        position = self._upto
        if way == "sweep":
            with reported(self._reader.address):
                position = read_moment(self._reader.connection).position
        # Not above what the log may still bring: some of it can be older than what is read now.
        revision = max(position + self._bridge.state.base, self._bridge.applying.last)
        self._status.compared(self._bridge.compare(revision))
        took = time.monotonic() - began
        self._comparing_at = time.monotonic() + max(FIRST_COMPARING_SECONDS, SHARE_OF_COMPARING * took)
