"""States of gaps: what people say of them, what the proof finds, and the history of both."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from botlens.gaps.life_cycle import rows
from botlens.gaps.life_cycle.edits import GapEdit, apply, require_version
from botlens.gaps.life_cycle.stillness import GapStillness
from botlens.gaps.life_cycle.tables import GapLinkRow, GapRow
from botlens.gaps.life_cycle.values import (
    ChangeKind,
    CurrentLink,
    GapChange,
    GapRecord,
    GapStanding,
    GapState,
)
from botlens.gaps.proof.verdicts import Decision
from botlens.tenants.rows import lock_company, require_chatbot

BY_BOTLENS: Final = "botlens"
"""Who it is that links at night, and finds whether a fix holds."""

_A_DAY: Final = timedelta(days=1)
_TAKEN_BACK: Final = "What is known by now no longer bears it out."


class GapStates(GapStillness):
    """The part of `GapLifeCycle` that knows states."""

    def standing(self, company_id: str) -> GapStanding:
        """All that was said of the gaps of a company, as of one moment."""
        return self._database.memory.recall(("gaps", company_id), lambda: self._read(company_id))

    def _read(self, company_id: str) -> GapStanding:
        while True:
            with self._database.reading() as session:
                links = {each.chatbot_id: _link(each) for each in rows.links_of(session, company_id)}
                found = GapStanding(
                    records={each.id: gap_record(each) for each in rows.gaps_of(session, company_id)},
                    lineage=rows.lineage_of(session, company_id),
                    moves=rows.moves_of(session, company_id),
                    links={chatbot: link for chatbot, (link, _) in links.items()},
                )
            # A server may show later statements what was committed meanwhile: then it is no one moment.
            with self._database.reading() as session:
                if links == {each.chatbot_id: _link(each) for each in rows.links_of(session, company_id)}:
                    return found

    def require_bot(self, company_id: str, chatbot_id: str) -> None:
        """Pass if there is such a bot.

        Raises:
            NotFoundError: `unknown_chatbot`.
        """
        with self._database.reading() as session:
            require_chatbot(session, company_id, chatbot_id)

    def edit_gap(
        self,
        company_id: str,
        chatbot_id: str,
        gap_id: str,
        edit: GapEdit,
        *,
        who: str,
        if_version: int | None = None,
        fixed_at: datetime | None = None,
    ) -> GapRecord:
        """Change what is given of a gap. That there is such a gap, the caller knows.

        Args:
            company_id: whose.
            chatbot_id: of which bot.
            gap_id: which.
            edit: what to change.
            who: changes it, as `Caller.who`.
            if_version: the version that it must still have; None does not ask.
            fixed_at: since when it is fixed, if the edit says that it is and no time; by default since now.

        Raises:
            InvalidError: a value cannot be right; `field` names it.
            ConflictError: `version_conflict`.
            NotFoundError: `unknown_company`, `unknown_chatbot`.
        """
        now = self._clock()
        edit = edit.checked(now)
        bot = (company_id, chatbot_id)
        with self.still(company_id), self._database.writing() as session:
            company = lock_company(session, company_id)
            require_chatbot(session, company_id, chatbot_id)
            row = rows.find_gap(session, bot, gap_id)
            require_version(row.version, if_version)
            changes = apply(row, edit, fixed_at or now, company.gap_limit)
            for number, change in enumerate(changes):
                said = {"note": edit.note, "reason": edit.reason} if number == len(changes) - 1 else {}
                rows.note_change(
                    session,
                    bot,
                    gap_id,
                    change.kind,
                    now,
                    who,
                    before=change.before,
                    after=change.after,
                    **said,
                )
            if changes:
                rows.touch_gap(session, row)
            return gap_record(row)

    def decide_gap(
        self,
        company_id: str,
        chatbot_id: str,
        gap_id: str,
        decision: Decision | None,
        *,
        fixed_at: datetime,
        was_verified: bool = False,
        is_whole: bool = True,
    ) -> GapRecord:
        """Keep what is proven of a fix. If the gap is not as fixed at `fixed_at` any more, nothing changes.

        A decision is a function of the sessions, but those of today may still change: one that no longer
        holds is taken back only a day after it was made. That a fix which was verified has failed is kept at
        once.

        Args:
            company_id: whose.
            chatbot_id: of which bot.
            gap_id: which.
            decision: the last one that the sessions since the fix prove; None if they prove nothing.
            fixed_at: the fix that was judged.
            was_verified: whether they proved the fix before they proved that it no longer holds: both are in
                the history then, also where they are found at one look.
            is_whole: whether all sessions since the fix are still there. What was proven by some that the
                company has not kept stays proven: then nothing is taken back.

        Raises:
            NotFoundError: `unknown_company`, `unknown_chatbot`.
        """
        now = self._clock()
        bot = (company_id, chatbot_id)
        after = GapState.FIXED if decision is None else GapState(decision.value)
        with self.still(company_id), self._database.writing() as session:
            lock_company(session, company_id)
            require_chatbot(session, company_id, chatbot_id)
            row = rows.find_gap(session, bot, gap_id)
            if row.fixed_at != fixed_at or row.state == after:
                return gap_record(row)
            if _is_back(row, after) and (not is_whole or _is_of_today(row, now)):
                return gap_record(row)
            reason = _TAKEN_BACK if _is_back(row, after) else None
            states = [row.state, after.value]
            if after is GapState.REOPENED and row.state == GapState.FIXED and was_verified:
                states.insert(1, GapState.VERIFIED.value)
            for old, new in pairwise(states):
                rows.note_change(
                    session,
                    bot,
                    gap_id,
                    ChangeKind.STATE,
                    now,
                    BY_BOTLENS,
                    before=old,
                    after=new,
                    reason=reason,
                )
            # Not before the fix, whatever the clock says by now.
            row.state, row.decided_at = after.value, None if decision is None else max(now, fixed_at)
            row.version += 1
            return gap_record(row)

    def gap_history(self, company_id: str, chatbot_id: str, gap_id: str) -> list[GapChange]:
        """Every change of a gap, the earliest first."""
        with self._database.reading() as session:
            found = rows.history_of(session, (company_id, chatbot_id), gap_id)
            return [
                GapChange(
                    each.at, each.who, ChangeKind(each.kind), each.before, each.after, each.note, each.reason
                )
                for each in found
            ]


def gap_record(row: GapRow) -> GapRecord:
    """A row as a value."""
    return GapRecord(
        row.chatbot_id,
        row.id,
        GapState(row.state),
        row.version,
        row.title,
        row.fixed_at,
        row.failing_limit,
        row.decided_at,
    )


def _is_back(row: GapRow, after: GapState) -> bool:
    """Whether a decision would be taken back; a relapse takes none back."""
    is_relapse = row.state == GapState.VERIFIED and after is GapState.REOPENED
    return row.decided_at is not None and not is_relapse


def _is_of_today(row: GapRow, now: datetime) -> bool:
    """Whether it is too early to take a decision back; one of the future was made by a wrong clock."""
    return row.decided_at is not None and abs(now - row.decided_at) < _A_DAY


def _link(row: GapLinkRow) -> tuple[CurrentLink, int]:
    return CurrentLink(row.current, row.linked_at), row.edits
