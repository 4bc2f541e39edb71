"""Links of a chatbot's gaps: each has a number, and the one that counts moves in one step.

Memberships are written under the number of a new link first; a crash leaves the old gaps whole, and the
number is never given again. What people did meanwhile wins: then the new link is not taken, and is made
again.
"""

from collections.abc import Mapping, Sequence

from botlens.errors import ConflictError
from botlens.gaps.grouping.identity import Passage
from botlens.gaps.life_cycle import rows
from botlens.gaps.life_cycle.states import BY_BOTLENS, GapStates
from botlens.gaps.life_cycle.values import BegunLink, ChangeKind, CurrentLink
from botlens.tenants.rows import lock_company, require_chatbot


class GapLinks(GapStates):
    """The part of `GapLifeCycle` that knows links."""

    def links(self, company_id: str) -> Mapping[str, int]:
        """By chatbot of a company, the number of the link that counts; of those that have one."""
        return {
            chatbot_id: link.number
            for chatbot_id, link in self.standing(company_id).links.items()
            if link.number
        }

    def begin_link(self, company_id: str, chatbot_id: str) -> BegunLink:
        """Give a number to a link that is to be made, and tell what it must keep to.

        Raises:
            NotFoundError: `unknown_company`, `unknown_chatbot`.
        """
        with self.still(company_id), self._database.writing() as session:
            lock_company(session, company_id)
            require_chatbot(session, company_id, chatbot_id)
            row = rows.link_of(session, (company_id, chatbot_id))
            row.begun += 1
            number, edits = row.begun, row.edits
        # Read afterwards: if somebody does something in between, `edits` is of before, and it is not taken.
        return BegunLink(number, edits, self.standing(company_id))

    def move_link(
        self,
        company_id: str,
        chatbot_id: str,
        begun: BegunLink,
        merged: Sequence[Passage] = (),
        split: Sequence[Passage] = (),
    ) -> CurrentLink:
        """Have the memberships of a link count from now on, and keep which gaps merged and split in it.

        Raises:
            ConflictError: `link_overtaken`, somebody changed a gap since it was begun, or a later link counts
                already: make it again.
            NotFoundError: `unknown_company`, `unknown_chatbot`.
        """
        now, bot = self._clock(), (company_id, chatbot_id)
        with self.still(company_id), self._database.writing() as session:
            lock_company(session, company_id)
            require_chatbot(session, company_id, chatbot_id)
            row = rows.link_of(session, bot)
            if row.edits != begun.edits or row.current >= begun.number:
                message = "Gaps were changed while they were linked. They are linked again."
                raise ConflictError(message, code="link_overtaken")
            rows.add_lineage(session, bot, ChangeKind.MERGED, merged, now, BY_BOTLENS)
            rows.add_lineage(session, bot, ChangeKind.SPLIT, split, now, BY_BOTLENS)
            rows.forget_moves(session, bot)
            row.current, row.linked_at = begun.number, now
            return CurrentLink(row.current, row.linked_at)
