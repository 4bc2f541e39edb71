"""One run of following a source: from the bridge on, until the connection ends or it must begin anew."""

import math
import time
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from botlens.commit.source_commits import OpenSourceCommits
from botlens.jobs.job import Progress
from botlens.sources.postgres.address import SourceAddress
from botlens.sources.postgres.bridging import Bridge
from botlens.sources.postgres.changes import BridgeNeededError, Follower
from botlens.sources.postgres.differences import Differences
from botlens.sources.postgres.mapping import TableMapping
from botlens.sources.postgres.placing import AccountsOfSource, PlacedChatbots
from botlens.sources.postgres.positions import flushed_position
from botlens.sources.postgres.prepared import PreparedSource, prepare_source
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.refusals import reported
from botlens.sources.postgres.run_watch import RunWatch
from botlens.sources.postgres.sampling import differing, sample, shares
from botlens.sources.postgres.source_findings import SWEEP
from botlens.sources.postgres.state import StateStore
from botlens.sources.postgres.status import SyncStatus
from botlens.sources.postgres.sweep import Sweep
from botlens.sources.postgres.ways import OpenedWay, SourceWays

log = structlog.get_logger(__name__)

WAIT_SECONDS: Final = 0.5
ACCOUNTS_SECONDS: Final = 30.0
NOTED_SECONDS: Final = 5.0
SHARE_OF_COMPARING: Final = 49
FIRST_COMPARING_SECONDS: Final = 60.0
LOOK_FOR_THE_LOG_SECONDS: Final = 300.0

LOG_AGAIN: Final = "log_again"
"""The code of what ends sweeps, since the log can be followed by now."""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Why sweeps follow though the log could be followed, and until when, by the monotonic clock."""

    why: str
    until: float


class Followed(Protocol):
    """A source, as far as a run needs it: see `FollowedSource`."""

    address: SourceAddress
    mapping: TableMapping
    accounts: AccountsOfSource
    open_commits: OpenSourceCommits
    status: SyncStatus
    store: StateStore
    ways: SourceWays


class FollowingRun:
    """One connection to the source, from the bridge on.

    Args:
        owner: the source.
        reader: of it.
        progress: says when to end.
    """

    def __init__(self, owner: Followed, reader: SourceReader, progress: Progress) -> None:
        self._owner = owner
        self._reader = reader
        self._progress = progress
        self._status = owner.status
        self._store = owner.store
        self._source: PreparedSource = prepare_source(reader, owner.mapping)
        watch = self._watch = RunWatch(owner.status, progress, owner.store, NOTED_SECONDS)
        self._to_read: set[str] = set()
        self._commits = owner.open_commits(progress)
        self._bridge = Bridge(reader, self._source, self._commits, owner.store, watch, self._chatbots)
        self._upto = 0
        self._accounts_at = self._noted_at = time.monotonic()
        self._comparing_at = time.monotonic() + FIRST_COMPARING_SECONDS

    def bridged(
        self, *, follow: bool, may_go_back: float = -math.inf, meanwhile: Meanwhile | None = None
    ) -> Differences:
        """Bridge, and follow if that is wanted.

        Args:
            follow: never return.
            may_go_back: from when on it may go back from sweeps to the log, by the monotonic clock.
            meanwhile: why the log is not followed for now, though it could be.

        Raises:
            StoppedError, BotlensError: see `FollowedSource`.
        """
        bridge, status = self._bridge, self._status
        status.begins()
        status.reached()
        status.stopped = list(self._source.stopped.values())
        status.meanwhile = "" if meanwhile is None else meanwhile.why
        chatbots = self._chatbots()
        if bridge.must_read_all:
            if bridge.has_read_nothing:
                self._to_read.clear()  # whole tables have all that there is of them
            bridge.bulk(chatbots)
        self._watch.at("wait", 0, None)
        way = self._open(meanwhile, follow=follow)
        soon = time.monotonic() + LOOK_FOR_THE_LOG_SECONDS
        self._log_looked_at = max(soon, may_go_back) if meanwhile is None else meanwhile.until
        try:
            self._watch.at("compare", 0, None)
            found = self._caught_up(way)
            if follow:
                self._follow(way.follower, way.name)
            status.at("follow", 0, None)
            status.caught_up(time.monotonic(), 0.0)  # nothing of what was there is missing
            return found
        finally:
            way.follower.close()

    def _open(self, meanwhile: Meanwhile | None, *, follow: bool) -> OpenedWay:
        owner, tables = self._owner, self._source.followed
        if meanwhile is not None:
            return OpenedWay(SWEEP, Sweep(owner.address, tables), (meanwhile.why,))
        if not follow:
            return OpenedWay("once", Sweep(owner.address, tables))
        found = owner.ways.open(tables, self._waiting)
        log.info("sync_way", way=found.name, why=found.why)
        return found

    def look_at_sample(self, rows: int) -> tuple[int, int]:
        """Look at every field of some rows, and say anew what differs; how many there were of both."""
        looked = differed = 0
        applying, commits = self._bridge.applying, self._commits
        for entity, share in shares(self._source.entities, rows):
            self._progress.pause(0.0)
            table = sample(self._reader, entity, share)
            places = differing(entity, table, applying.placing, self._reader, commits)
            applying.tables(entity, [table.take(places)] if places else [], applying.last)
            looked, differed = looked + len(table), differed + len(places)
        return looked, differed

    def _waiting(self, sentence: str) -> None:
        self._status.says(sentence)
        self._watch.pause(0.0)

    def _caught_up(self, way: OpenedWay) -> Differences:
        found = self._bridge.catch_up(self._chatbots(), way.follower.start)
        self._read_chatbots()
        self._upto = way.follower.start
        self._status.goes(way.name, way.why)
        self._status.at("follow", 0, None)
        self._status.caught_up(way.follower.caught_up_at, way.follower.pause_seconds)
        self._status.compared(found)
        self._note(way.follower)
        self._progress.well()
        log.info("sync_bridged", way=way.name, gone=len(found.gone), missing=found.missing_rows)
        return found

    def _follow(self, follower: Follower, way: str) -> None:
        self._status.at("follow", 0, None)
        while True:
            for batch in follower.batches(WAIT_SECONDS):
                self._upto = batch.upto
                self._bridge.applying.changes(batch.changes, base=self._bridge.state.base, ends=batch.ends)
                follower.acknowledge(batch.upto)
                self._look_after(follower, way, is_between=batch.ends)
            self._look_after(follower, way)

    def _look_after(self, follower: Follower, way: str, *, is_between: bool = True) -> None:
        """What is due besides the changes; between parts of a transaction nothing that says rows itself."""
        self._progress.pause(0.0)
        self._status.reached()
        now = time.monotonic()
        if now - self._accounts_at >= ACCOUNTS_SECONDS:
            self._accounts_at = now
            self._bridge.applying.placing.chatbots = self._chatbots()
            self._look_at_tables()
        self._status.caught_up(follower.caught_up_at, follower.pause_seconds)
        if is_noted := now - self._noted_at >= NOTED_SECONDS:
            self._note(follower)
            self._progress.well()
        if not is_between:
            return
        self._read_chatbots()
        if is_noted:
            self._look_whether_confirmed(way)
        if way != SWEEP:
            return
        if now >= self._comparing_at:
            self._compare(way)
        if now >= self._log_looked_at:
            self._look_for_the_log()

    def _look_for_the_log(self) -> None:
        """Sweeps see later what is gone, and cost more: back to the log, once it can be followed.

        Raises:
            BridgeNeededError: so it can.
        """
        self._log_looked_at = time.monotonic() + LOOK_FOR_THE_LOG_SECONDS
        found, why = self._owner.ways.log_again(self._source.followed)
        if found is None:
            self._status.goes(SWEEP, why)
            self._status.meanwhile = ""
            return
        message = f"The log can be followed again (way: {found}): what sweeps may have missed is bridged."
        raise BridgeNeededError(message, code=LOG_AGAIN)

    def _chatbots(self) -> PlacedChatbots:
        found = self._owner.accounts.refresh(self._reader)
        self._to_read |= found.to_read  # until it is read; what is forgotten of it, the next bridge finds
        return found

    def _read_chatbots(self) -> None:
        """Those that are new, or of another company: all that the source has of them."""
        if self._to_read:
            chatbots, self._to_read = sorted(self._to_read), set()
            self._bridge.applying.read_chatbots(chatbots, lambda: self._watch.pause(0.0))

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
        self._bridge.note_stopped()
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
        # Without all conversations nothing is compared, and it stays confirmed until it can be.
        can_compare = self._source.has_all("conversation")
        if can_compare and self._bridge.applying.held and self._store.load().confirmed:
            self._bridge.state.confirmed = True
            self._compare(way)

    def _compare(self, way: str) -> None:
        """Compare keys again: without a log, that is how it is seen what is gone."""
        began = time.monotonic()
        position = self._upto
        if way == SWEEP:
            with reported(self._reader.address):
                position = flushed_position(self._reader.connection)
        # Not above what the log may still bring: some of it can be older than what is read now.
        revision = max(position + self._bridge.state.base, self._bridge.applying.last)
        self._status.compared(self._bridge.compare(revision))
        took = time.monotonic() - began
        self._comparing_at = time.monotonic() + max(FIRST_COMPARING_SECONDS, SHARE_OF_COMPARING * took)
