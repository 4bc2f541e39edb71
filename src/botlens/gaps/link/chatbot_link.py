"""Links the questions of one chatbot: groups by meaning, ids by what was together before, names, figures.

All of it is written under the number of the link, which nobody reads. Then that number becomes the current
one, in one step: whatever ends in the middle leaves the gaps as they were.
"""

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from botlens.gaps.grouping.identity import Identities
from botlens.gaps.kept.memberships import ALONE, write_members
from botlens.gaps.kept.points import KeptPoints
from botlens.gaps.kept.summaries import WHOLE, ChatbotSummary, write_summaries
from botlens.gaps.kept.vectors import asked_by_nobody
from botlens.gaps.life_cycle.values import GapStanding
from botlens.gaps.link.findings import findings
from botlens.gaps.link.groups import Grouped, grouped_by_meaning, identified
from botlens.gaps.link.look import Look, look_of, members_before, touched_gaps
from botlens.gaps.link.pace import joins_at_once
from botlens.gaps.link.work import LinkCounts, LinkOutcome, LinkWork
from botlens.moments import microseconds
from botlens.store.gap_rows import drop_links, forget_questions

_POINTS_AT_ONCE: Final = 8_192


class ChatbotLink:
    """One chatbot's link.

    Args:
        work: what it works with.
    """

    def __init__(self, work: LinkWork) -> None:
        self._work = work

    def link(self) -> LinkOutcome:
        """Link all questions anew.

        Raises:
            StoppedError: the job must end.
            ConflictError: `link_overtaken`: somebody changed a gap meanwhile.
            BotlensError: the store, the accounts or the process that links do not do their part.
        """
        work, company_id, chatbot_id = self._work, self._work.company_id, self._work.chatbot_id
        begun = work.cycle.begin_link(company_id, chatbot_id)
        before = members_before(work, begun.standing)
        look = look_of(work, begun.standing)
        touched = touched_gaps(begun.standing)
        grouped = grouped_by_meaning(work, look.questions, before, touched)
        identities = identified(look.questions, grouped.labels, before, touched)
        strong = self._write(begun.number, look, identities, grouped)
        work.cycle.move_link(company_id, chatbot_id, begun, identities.merged, identities.split)
        drop_links(work.store, company_id, chatbot_id, begun.number, self._fix_numbers(begun.standing))
        counts = LinkCounts(begun.number, len(look.questions), len(identities.ids))
        return LinkOutcome(counts, look.seen, look.gone_until, look.names, strong)

    def _write(self, link: int, look: Look, identities: Identities, grouped: Grouped) -> dict[str, bool]:
        """Write all that is found under a link; returns by gap whether it has more than weaker signs."""
        work = self._work
        under = (work.store, work.company_id, work.chatbot_id, link)
        homes = {each.question: ALONE for each in look.questions}
        for gap_id, group in zip(identities.ids, identities.groups, strict=True):
            homes |= dict.fromkeys(group, gap_id)
        write_members(*under, homes, work.written)
        found = findings(work, link, look, identities, grouped)
        if grouped.space is not None and joins_at_once(len(look.questions)):
            self._keep_points(link, look, homes)
        whole = ChatbotSummary(
            work.written,
            look.seen,
            look.scores,
            grouped.model,
            grouped.why_not,
            len(look.questions),
            look.first,
            look.gone_until,
        )
        write_summaries(*under, [(WHOLE, whole), *found], work.written)
        return {gap_id: each.unanswered for gap_id, each in found}

    def _keep_points(self, link: int, look: Look, homes: Mapping[str, str]) -> None:
        """Keep where the questions lie that are in no gap, for those that come later to be compared with."""
        work = self._work
        kept = KeptPoints(work.store, work.company_id, work.chatbot_id, link)
        alone = [at for at, each in enumerate(look.questions) if homes[each.question] == ALONE]
        for first in range(0, len(alone), _POINTS_AT_ONCE):
            part = alone[first : first + _POINTS_AT_ONCE]
            names = [look.questions[at].question for at in part]
            kept.write(names, work.process.points(np.array(part)), work.written)

    def _fix_numbers(self, standing: GapStanding) -> list[int]:
        """What fixes keep in place of links."""
        return [
            microseconds(each.fixed_at)
            for each in standing.records.values()
            if each.chatbot_id == self._work.chatbot_id and each.fixed_at is not None
        ]


def forget_deleted(work: LinkWork, linked: Collection[str]) -> None:
    """Have the words removed that nobody has asked, by now, but for those that were linked all the same."""
    gone = work.read(lambda reader: asked_by_nobody(reader, work.chatbot_id))
    not_linked = [each for each in gone if each not in linked]
    forget_questions(work.store, work.company_id, work.chatbot_id, not_linked)
