"""Puts a day's questions into the gaps that there are: each into the nearest, if that is near enough.

For chatbots with so many questions that linking all of them takes long. What joins no gap stays alone until
the night's link.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from botlens.gaps.kept.memberships import ALONE, last_written, write_members
from botlens.gaps.kept.spaces import KeptSpace, read_space
from botlens.gaps.kept.standing import Standing, standings
from botlens.gaps.kept.summaries import WHOLE, GapSummary, read_summaries, write_summaries
from botlens.gaps.life_cycle.values import GapStanding
from botlens.gaps.link.look import Look, look_of, members_before
from botlens.gaps.link.work import LinkOutcome, LinkWork
from botlens.gaps.questions.asked import AskedQuestion

MANY: Final = 5_000
"""Of fewer questions all are linked anew whenever some come: it takes a moment."""

_GROWN: Final = 0.1
"""If so large a part is new, all are linked anew."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the questions of a chatbot finds, beside the link that counts.

    Attributes:
        known: the gap of each question that was linked, or `ALONE`.
        questions: those with signals, by now.
    """

    known: Mapping[str, str]
    questions: Sequence[AskedQuestion]

    @property
    def new(self) -> list[AskedQuestion]:
        """Those that no link has looked at."""
        return [each for each in self.questions if each.question not in self.known]

    @property
    def can_attach(self) -> bool:
        """Whether there are many, few of which are new, and none is gone."""
        new = self.new
        gone = len(self.known) + len(new) - len(self.questions)
        return len(self.known) > MANY and not gone and len(new) <= _GROWN * len(self.known)


def attach_new(work: LinkWork) -> LinkOutcome | None:
    """Put what came since the link that counts into its gaps; None if all is to be linked anew.

    Raises:
        StoppedError: the job must end.
        BotlensError: the store, the accounts or the process that links do not do their part.
    """
    chatbot_id, standing = work.chatbot_id, work.cycle.standing(work.company_id)
    link = standing.link(chatbot_id).number
    look = look_of(work, standing)
    looked = Looked(members_before(work, standing), look.questions)
    if not link or not looked.can_attach:
        return None
    links = {chatbot_id: link}
    kept, (summaries, chatbots) = work.read(
        lambda reader: (read_space(reader, chatbot_id, link), read_summaries(reader, links))
    )
    if kept is None or kept.model != work.process.about().key:
        return None
    homes = _attached(work, standing, kept, looked.new)
    own = {gap_id: each for (_, gap_id), each in summaries.items()}
    if work.cycle.standing(work.company_id) != standing:
        return None  # somebody changed a gap meanwhile: what is known of them here is of before
    written = 1 + max(work.written, work.read(lambda reader: last_written(reader, links)))
    under = (work.store, work.company_id, chatbot_id, link)
    write_members(*under, homes, written)
    grew = _grown(work, link, look, own, homes)
    whole = replace(chatbots[chatbot_id], seen=look.seen, questions=len(look.questions))
    write_summaries(*under, [(WHOLE, whole), *grew.items()], written)
    unanswered = {gap_id: each.unanswered for gap_id, each in (own | grew).items()}
    return LinkOutcome(link, len(look.questions), len(own), unanswered)


def _attached(
    work: LinkWork, standing: GapStanding, kept: KeptSpace, new: Sequence[AskedQuestion]
) -> dict[str, str]:
    """The gap that each new question joins, or `ALONE`."""
    vectors = work.vectors(kept.model)
    vectors.complete((each.question for each in new), work.process, work.progress, work.written)
    homes = dict.fromkeys((each.question for each in new), ALONE)
    if kept.gaps:
        for names, part in vectors.slices(sorted(homes)):
            for name, at in zip(names, work.process.attach(kept.space, kept.means, part), strict=True):
                if at >= 0:
                    homes[name] = standing.lineage.follow(kept.gaps[at])
    return homes


def _grown(
    work: LinkWork, link: int, look: Look, own: Mapping[str, GapSummary], homes: Mapping[str, str]
) -> dict[str, GapSummary]:
    """What is known by now of the gaps that questions joined."""
    joined: dict[str, list[AskedQuestion]] = {}
    for each in look.questions:
        if homes.get(each.question, ALONE) in own:
            joined.setdefault(homes[each.question], []).append(each)
    weaker = [gap_id for gap_id, each in own.items() if not each.unanswered]
    stands = work.read(lambda reader: standings(reader, work.chatbot_id, link, weaker, work.written))
    weeks = look.weeks(work.written)
    return {
        gap_id: _joined(own[gap_id], questions, stands.get(gap_id, Standing()), weeks)
        for gap_id, questions in joined.items()
    }


def _joined(summary: GapSummary, joined: Sequence[AskedQuestion], stand: Standing, weeks: int) -> GapSummary:
    """What is known of a gap that some questions joined."""
    return replace(
        summary,
        questions=summary.questions + len(joined),
        unanswered=summary.unanswered or any(each.unanswered for each in joined),
        **stand.figures(weeks),
    )
