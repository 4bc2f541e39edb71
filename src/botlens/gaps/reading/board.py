"""The gaps of a company as they stand in a period: what a link found, what people said, what was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from botlens.gaps.kept.evidence import Fix, FixProof, curve_days, read_proofs
from botlens.gaps.kept.summaries import ChatbotSummary, GapSummary, Links, read_summaries
from botlens.gaps.life_cycle.values import GapRecord, GapStanding, GapState
from botlens.gaps.order.impact import Demand, ExpectedShare, expected_share
from botlens.gaps.order.rising import rising_gaps
from botlens.gaps.proof.curve import share_of
from botlens.gaps.questions.asked import has_scores
from botlens.gaps.questions.signals import NAMES
from botlens.gaps.reading.changes import ConversationChanges
from botlens.gaps.reading.counted import counted_gaps
from botlens.gaps.reading.figures import GapFigures
from botlens.gaps.reading.memory import GapMemory
from botlens.gaps.reading.waiting import (
    Reached,
    WaitingQuestions,
    asked_since,
    asked_within,
    reached,
    waiting,
)
from botlens.query.window import Window
from botlens.store.reading import CompanyReader

NOTHING: Final = GapFigures(0, 0, 0, 0, dict.fromkeys(NAMES, 0), 0, 0, {})


@dataclass(frozen=True, slots=True)
class GapOnBoard:
    """One gap: where it is, what a link found, what people said, what happened in the period."""

    chatbot_id: str
    id: str
    summary: GapSummary
    record: GapRecord
    figures: GapFigures

    @property
    def title(self) -> str:
        """What people call it, else what it asks."""
        return self.record.title or self.summary.title

    @property
    def first_asked(self) -> int | None:
        """The start of the first conversation that failed on it, in microseconds; None if none did."""
        return self.summary.first_asked or (self.figures.first if self.figures.questions else None)


def demand_of(gap: GapOnBoard) -> Demand:
    """Who failed on a gap in the weeks before its link."""
    summary = gap.summary
    return Demand(summary.sessions, summary.sessions_of_it_alone, summary.weeks)


def fix_of(gap: GapOnBoard) -> Fix | None:
    """The fix of a gap, if somebody says that it is fixed."""
    at = gap.record.fixed_at
    return None if at is None else Fix(gap.chatbot_id, gap.id, at, gap.summary.unanswered)


@dataclass(frozen=True, slots=True)
class Board:
    """All gaps of some chatbots.

    Attributes:
        gaps: in no order.
        chatbots: what was found of each chatbot that was linked.
        links: by chatbot, the number of its link.
        standing: what people and the proof said.
        waiting: what no link has looked at yet.
        proofs: what was found of fixes, by gap: of these, and of all that the company has verified.
        unread: by gap that was fixed, how many distinct questions its proof has not looked at yet, since the
            last look, or at all; none where it has seen all.
        expected: what share will fail in spite of an answer.
        rising: the gaps that are.
        has_scores: whether some answers of theirs say how sure they are; true where there are none yet.
        reading: another object each time that figures were counted.
    """

    gaps: Sequence[GapOnBoard]
    chatbots: Mapping[str, ChatbotSummary]
    links: Links
    standing: GapStanding
    waiting: WaitingQuestions
    proofs: Mapping[str, FixProof]
    unread: Mapping[str, int]
    expected: ExpectedShare
    rising: frozenset[str]
    has_scores: bool
    reading: object

    @property
    def weaker(self) -> list[str]:
        """The gaps with weaker signs alone."""
        return [each.id for each in self.gaps if not each.summary.unanswered]


def current_links(standing: GapStanding, chatbots: Sequence[str]) -> dict[str, int]:
    """The links that count, of those of some chatbots that have one."""
    found = {each: standing.link(each).number for each in chatbots}
    return {chatbot_id: number for chatbot_id, number in found.items() if number}


def read_board(
    reader: CompanyReader,
    memory: GapMemory,
    standing: GapStanding,
    chatbots: Sequence[str],
    window: Window,
) -> Board:
    """The board of some chatbots in a window.

    What links and the proof wrote is not read again because an event came: only they write another. Nor are
    figures counted again that no event has changed.
    """
    links = current_links(standing, chatbots)
    summaries, found = memory.recall_written(
        reader,
        ("links", frozenset(links.items())),
        lambda: read_summaries(reader, links),
        lambda found: len(found[0]) + len(found[1]),
    )
    weaker = [gap_id for (_, gap_id), each in summaries.items() if not each.unanswered]
    seen = {chatbot_id: each.seen for chatbot_id, each in found.items()}
    changes = ConversationChanges(reader, chatbots, also=min(seen.values(), default=0))
    newest = reached(reader, memory, chatbots, changes)
    waits = waiting(reader, links, seen, newest, changes)
    top = max((version for version, _ in newest.values()), default=0)
    counted = counted_gaps(reader, memory, links, weaker, window, top, changes)
    gaps = [
        GapOnBoard(
            chatbot_id,
            gap_id,
            summary,
            standing.record(chatbot_id, gap_id),
            counted.found.by_gap.get((chatbot_id, gap_id), NOTHING),
        )
        for (chatbot_id, gap_id), summary in summaries.items()
        if standing.lineage.follow(gap_id) == gap_id
        and (summary.title or standing.record(chatbot_id, gap_id).is_touched)  # else all of it was deleted
    ]
    fixes = _fixes(standing, gaps)
    proofs = memory.recall_written(
        reader,
        ("fixes", frozenset((each.chatbot_id, each.gap_id, each.number) for each in fixes)),
        lambda: read_proofs(reader, fixes),
        len,
    )
    return Board(
        gaps,
        found,
        links,
        standing,
        waits,
        proofs,
        _unread(reader, list(filter(None, map(fix_of, gaps))), proofs, seen, newest),
        expected_share(_verified_shares(standing, proofs)),
        rising_gaps({each.id: (each.summary.before, each.summary.lately) for each in gaps}),
        _has_scores(reader, chatbots, found),
        counted.reading,
    )


def _has_scores(reader: CompanyReader, chatbots: Sequence[str], found: Mapping[str, ChatbotSummary]) -> bool:
    """As the links found; a chatbot that has nothing to link is asked about."""
    unlinked = [each for each in chatbots if each not in found]
    said = [each.has_scores for each in found.values()]
    if not any(said) and unlinked:
        said += has_scores(reader, unlinked).values()
    return not said or any(said)


def _unread(
    reader: CompanyReader,
    fixes: Sequence[Fix],
    proofs: Mapping[str, FixProof],
    seen: Mapping[str, int],
    newest: Reached,
) -> dict[str, int]:
    """See `Board.unread`."""
    looked_at = {each.chatbot_id: seen.get(each.chatbot_id, 0) for each in fixes if each.gap_id in proofs}
    behind = {each: of for each, of in looked_at.items() if newest.get(each, (0, 0))[0] > of}
    later = asked_since(reader, behind)
    return {
        each.gap_id: later.get(each.chatbot_id, 0) if each.gap_id in proofs else asked_within(reader, each)
        for each in fixes
    }


def _fixes(standing: GapStanding, gaps: Sequence[GapOnBoard]) -> list[Fix]:
    """The fixes of the gaps, and of all that are verified."""
    own = {each.id for each in gaps}
    return [
        Fix(each.chatbot_id, each.gap_id, each.fixed_at, unanswered=True)
        for each in standing.records.values()
        if each.fixed_at is not None and (each.gap_id in own or each.state is GapState.VERIFIED)
    ]


def _verified_shares(standing: GapStanding, proofs: Mapping[str, FixProof]) -> list[float]:
    """The shares that failed still, of the gaps that are verified."""
    shares = []
    for each in standing.records.values():
        if each.state is GapState.VERIFIED and each.gap_id in proofs:
            share = share_of(curve_days(proofs[each.gap_id].after)).share
            if share is not None:
                shares.append(share)
    return shares
