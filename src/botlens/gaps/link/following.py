"""Follows what became of gaps that somebody says are fixed: measures questions, and has the proof decide."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from botlens.commit.port import Commits
from botlens.gaps.kept.evidence import (
    Fix,
    FixProof,
    curve_days,
    fix_days,
    next_written,
    unmeasured,
    write_measured,
    write_proof,
)
from botlens.gaps.kept.memberships import by_gap, read_members
from botlens.gaps.kept.spaces import KeptSpace, read_space, write_space
from botlens.gaps.kept.vectors import KeptVectors
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.life_cycle.values import GapRecord
from botlens.gaps.process.link_process import LinkProcess
from botlens.gaps.process.replies import NoModelError
from botlens.gaps.proof.verdicts import DEFAULT_LIMIT, judge
from botlens.jobs.job import Progress
from botlens.moments import microseconds
from botlens.store.connection import ClickHouse
from botlens.store.reading import CompanyReader

WORDS = "words"
"""The basis of a proof where nothing knows what questions mean."""


class FixFollower:
    """Follows the fixes of one chatbot.

    Args:
        store: has the tables of gaps.
        commits: give the facts.
        cycle: keeps what is decided.
        process: embeds and measures.
        progress: of the job.
        now: of the look.
    """

    def __init__(
        self,
        store: ClickHouse,
        commits: Commits,
        cycle: GapLifeCycle,
        process: LinkProcess,
        progress: Progress,
        now: datetime,
    ) -> None:
        self._store = store
        self._snapshots = commits.snapshots
        self._cycle = cycle
        self._process = process
        self._progress = progress
        self._written = microseconds(now)

    def follow(
        self,
        company_id: str,
        chatbot_id: str,
        zone: ZoneInfo,
        unanswered: Mapping[str, bool],
        kept_since: datetime,
    ) -> None:
        """Look at every fix of a chatbot.

        Args:
            company_id: whose.
            chatbot_id: of which chatbot.
            zone: of the days.
            unanswered: by gap, whether it has more than weaker signs.
            kept_since: what is older the company has not kept.

        Raises:
            StoppedError: the job must end.
        """
        standing = self._cycle.standing(company_id)
        current = standing.link(chatbot_id).number
        for record in standing.records.values():
            if record.chatbot_id == chatbot_id and record.fixed_at is not None and current:
                fix = Fix(chatbot_id, record.gap_id, record.fixed_at, unanswered.get(record.gap_id, True))
                self._look_at(company_id, fix, record, current, zone, is_whole=fix.fixed_at >= kept_since)

    def _look_at(
        self, company_id: str, fix: Fix, record: GapRecord, link: int, zone: ZoneInfo, *, is_whole: bool
    ) -> None:
        basis = self._measure(company_id, fix, link)
        before, after = self._snapshots.read(company_id, lambda reader: fix_days(reader, fix, basis, zone))
        written = self._snapshots.read(company_id, lambda reader: next_written(reader, fix, self._written))
        write_proof(self._store, company_id, fix, FixProof(basis, before, after), written)
        verdict = judge(curve_days(after), record.limit or DEFAULT_LIMIT)
        decided = None if verdict.decided is None else verdict.decided.decision
        self._cycle.decide_gap(
            company_id,
            fix.chatbot_id,
            fix.gap_id,
            decided,
            fixed_at=fix.fixed_at,
            was_verified=len(verdict.decisions) > 1,
            is_whole=is_whole,
        )

    def _measure(self, company_id: str, fix: Fix, link: int) -> str:
        """Measure what was not measured yet; returns by what."""
        try:
            key = self._process.about().key
        except NoModelError:
            self._measure_by_words(company_id, fix, link)
            return WORDS
        vectors = KeptVectors(self._store, company_id, fix.chatbot_id, key)
        frozen = self._frozen(company_id, fix, link, key, vectors)
        if frozen is None:
            self._measure_by_words(company_id, fix, link)
            return WORDS
        new = self._snapshots.read(company_id, lambda reader: unmeasured(reader, fix, key))
        vectors.complete(new, self._process, self._progress, self._written)
        for names, part in vectors.slices(new):
            near = self._process.similar(frozen.space, frozen.means, part)
            write_measured(self._store, company_id, fix, key, names, near.tolist(), self._written)
        return key

    def _frozen(
        self, company_id: str, fix: Fix, link: int, key: str, vectors: KeptVectors
    ) -> KeptSpace | None:
        """The space of a fix and where the gap lies in it: kept from the first look on, for one model."""
        kept, space, own = self._snapshots.read(
            company_id,
            lambda reader: (
                read_space(reader, fix.chatbot_id, fix.number, fix.gap_id),
                read_space(reader, fix.chatbot_id, link),
                self._own(reader, fix, link),
            ),
        )
        if kept is not None and kept.model == key:
            return kept
        names, points = vectors.of(own)
        if space is None or space.model != key or not names:
            return None
        centre = self._process.centre(space.space, points)
        frozen = KeptSpace(key, space.space, (fix.gap_id,), centre)
        written = self._snapshots.read(company_id, lambda reader: next_written(reader, fix, self._written))
        write_space(self._store, company_id, fix.chatbot_id, fix.number, frozen, written, fix.gap_id)
        return frozen

    def freeze(self, company_id: str, chatbot_id: str) -> None:
        """Keep the space that gaps were fixed in, before a link comes to another one."""
        standing = self._cycle.standing(company_id)
        current = standing.link(chatbot_id).number
        for record in standing.records.values():
            if record.chatbot_id == chatbot_id and record.fixed_at is not None and current:
                fix = Fix(chatbot_id, record.gap_id, record.fixed_at, unanswered=True)
                self._freeze(company_id, fix, current)

    def _freeze(self, company_id: str, fix: Fix, link: int) -> None:
        kept, space = self._snapshots.read(
            company_id,
            lambda reader: (
                read_space(reader, fix.chatbot_id, fix.number, fix.gap_id),
                read_space(reader, fix.chatbot_id, link),
            ),
        )
        if kept is None and space is not None:
            vectors = KeptVectors(self._store, company_id, fix.chatbot_id, space.model)
            self._frozen(company_id, fix, link, space.model, vectors)

    def _measure_by_words(self, company_id: str, fix: Fix, link: int) -> None:
        own = self._snapshots.read(company_id, lambda reader: self._own(reader, fix, link))
        ones = [1.0] * len(own)
        write_measured(self._store, company_id, fix, WORDS, sorted(own), ones, self._written)

    def _own(self, reader: CompanyReader, fix: Fix, link: int) -> frozenset[str]:
        """The questions that are in the gap."""
        members = read_members(reader, {fix.chatbot_id: link})
        return by_gap(members).get(fix.gap_id, frozenset())
