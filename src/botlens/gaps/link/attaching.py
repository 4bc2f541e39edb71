"""Puts a day's questions into the gaps that there are: each into the nearest, if that is near enough.

For chatbots with so many questions that linking all of them takes long. What joins no gap stays alone until
the night's link.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from botlens.gaps.kept.memberships import ALONE
from botlens.gaps.kept.spaces import KeptSpace
from botlens.gaps.kept.standing import Standing
from botlens.gaps.kept.summaries import GapSummary
from botlens.gaps.kept.vectors import KeptVectors
from botlens.gaps.process.link_process import LinkProcess
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


def attached(
    process: LinkProcess, vectors: KeptVectors, kept: KeptSpace, new: Sequence[AskedQuestion]
) -> dict[str, str]:
    """The gap that each new question joins, or `ALONE`; all of them have vectors."""
    homes = dict.fromkeys((each.question for each in new), ALONE)
    if kept.gaps:
        for names, part in vectors.slices(sorted(homes)):
            for name, at in zip(names, process.attach(kept.space, kept.means, part), strict=True):
                if at >= 0:
                    homes[name] = kept.gaps[at]
    return homes


def grown(summary: GapSummary, stand: Standing, joined: Sequence[AskedQuestion], weeks: int) -> GapSummary:
    """What is known of a gap that some questions joined."""
    return replace(
        summary,
        questions=summary.questions + len(joined),
        unanswered=summary.unanswered or any(each.unanswered for each in joined),
        first_asked=stand.first_asked,
        sessions=stand.sessions,
        sessions_of_it_alone=stand.alone,
        weeks=stand.weeks[-weeks:],
        lately=stand.lately,
        before=stand.before,
    )
