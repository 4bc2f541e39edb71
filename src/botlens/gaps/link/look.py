"""A look at the questions of one chatbot, before they are linked."""

from collections.abc import Mapping
from dataclasses import dataclass

from botlens.gaps.kept.memberships import ALONE, questions_in, read_members
from botlens.gaps.kept.standing import WEEKS
from botlens.gaps.kept.summaries import ChatbotSummary, read_summaries
from botlens.gaps.life_cycle.joining import question_key
from botlens.gaps.life_cycle.values import GapStanding
from botlens.gaps.link.work import LinkWork
from botlens.gaps.questions.asked import (
    AskedQuestion,
    extent_of,
    has_scores,
    unanswered_questions,
    unread_questions,
)
from botlens.gaps.questions.marking import keep_signals
from botlens.moments import DAY
from botlens.store.reading import CompanyReader


@dataclass(frozen=True, slots=True)
class Look:
    """What the facts say: the highest version, the first start, whether there are scores, the questions.

    `unanswered` are the gaps of before that had more than weaker signs; they keep their strength. Of what
    began before `gone_until` some was there once, and is not any more.
    """

    seen: int
    first: int
    scores: bool
    questions: list[AskedQuestion]
    unanswered: frozenset[str]
    gone_until: int

    @property
    def names(self) -> frozenset[str]:
        """The questions by normal form."""
        return frozenset(each.question for each in self.questions)

    def weeks(self, written: int) -> int:
        """How many of the last weeks there were, from the first conversation on, at a moment."""
        return max(1, min(WEEKS, -((self.first - written) // (7 * DAY))))


def look_of(work: LinkWork, standing: GapStanding, *, texts: bool = True) -> Look:
    """The questions that failed, and those of gaps that somebody touched: these stay whole.

    Without `texts`, what failed is told without what is written.
    """
    failing = unanswered_questions if texts else unread_questions
    keep_signals(work.store, work.commits, work.company_id, work.chatbot_id, work.progress)
    chatbot_id, current = work.chatbot_id, standing.link(work.chatbot_id).number

    def ask(reader: CompanyReader) -> Look:
        failed = {each.question: each for each in failing(reader, chatbot_id)}
        kept = questions_in(reader, chatbot_id, current, _kept_whole(standing)) if current else []
        both = {each.question: each for each in kept} | failed
        summaries, chatbots = read_summaries(reader, {chatbot_id: current} if current else {})
        seen, first = extent_of(reader, chatbot_id)
        return Look(
            seen,
            first,
            has_scores(reader, [chatbot_id]).get(chatbot_id, False),
            [both[name] for name in sorted(both)],
            frozenset(gap_id for (_, gap_id), each in summaries.items() if each.unanswered),
            _gone_until(chatbots.get(chatbot_id), first, work.written) if current else 0,
        )

    return work.read(ask)


def members_before(work: LinkWork, standing: GapStanding) -> dict[str, str]:
    """The gap that each question is in by now, or `ALONE`."""
    return homes_now(standing, work.chatbot_id, written_members(work, standing))


def written_members(work: LinkWork, standing: GapStanding) -> dict[str, str]:
    """The gap that each question was in when that was written, or `ALONE`."""
    chatbot_id, current = work.chatbot_id, standing.link(work.chatbot_id).number
    return work.read(lambda reader: read_members(reader, {chatbot_id: current})) if current else {}


def homes_now(standing: GapStanding, chatbot_id: str, written: Mapping[str, str]) -> dict[str, str]:
    """The same with what people have said since."""
    if not standing.moves.get(chatbot_id) and not standing.lineage.went_into:
        return dict(written)
    return {
        question: standing.gap_of(chatbot_id, question_key(question), gap_id or None) or ALONE
        for question, gap_id in written.items()
    }


def touched_gaps(standing: GapStanding) -> frozenset[str]:
    """The gaps that a person did something to."""
    return frozenset(gap_id for gap_id, record in standing.records.items() if record.is_touched)


def _kept_whole(standing: GapStanding) -> frozenset[str]:
    """Those, and the gaps that went into them, under which their questions may still stand."""
    touched, lineage = touched_gaps(standing), standing.lineage
    return touched | {old for old in lineage.went_into if lineage.follow(old) in touched}


def _gone_until(before: ChatbotSummary | None, first: int, now: int) -> int:
    """Up to when something is gone: by where the conversations begin, and where they began before."""
    if before is None or before.first is None:  # what was written of it is of another version, or of a backup
        return first
    is_later = before.first and (first or now) > before.first
    return max(before.gone_until, first or now) if is_later else before.gone_until
