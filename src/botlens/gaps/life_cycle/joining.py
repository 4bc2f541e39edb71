"""Gaps that people merge and split. Their questions are there at once; the next link has them there, too."""

import hashlib
import secrets
from collections.abc import Collection

from botlens.errors import ConflictError, InvalidError
from botlens.gaps.grouping.identity import Passage
from botlens.gaps.life_cycle import rows
from botlens.gaps.life_cycle.edits import require_version
from botlens.gaps.life_cycle.states import gap_record
from botlens.gaps.life_cycle.stillness import GapStillness
from botlens.gaps.life_cycle.values import ChangeKind, GapRecord
from botlens.tenants.rows import lock_company, require_chatbot


class GapJoining(GapStillness):
    """The part of `GapLifeCycle` that knows merging and splitting."""

    def merge_gaps(
        self,
        company_id: str,
        chatbot_id: str,
        gap_id: str,
        others: Collection[str],
        *,
        who: str,
        if_version: int | None = None,
    ) -> GapRecord:
        """Have all questions of other gaps in this one, which stays as it is otherwise.

        That there are such gaps, and that they are of this bot, the caller knows.

        Args:
            company_id: whose.
            chatbot_id: of which bot.
            gap_id: the gap that stays.
            others: those that go into it.
            who: does it, as `Caller.who`.
            if_version: the version that the gap must still have; None does not ask.

        Raises:
            InvalidError: no other is named, or the gap itself.
            ConflictError: `version_conflict`, or `gap_went`: one of them is in another gap by now.
            NotFoundError: `unknown_company`, `unknown_chatbot`.
        """
        named = sorted(set(others))
        if not named or gap_id in named:
            raise InvalidError("Name the other gaps that are to go into this one.", field="with")
        now, bot = self._clock(), (company_id, chatbot_id)
        with self.still(company_id), self._database.writing() as session:
            lock_company(session, company_id)
            require_chatbot(session, company_id, chatbot_id)
            went_into = rows.lineage_of(session, company_id).went_into
            gone = [each for each in (gap_id, *named) if each in went_into]
            if gone:
                message = f"The gap {gone[0]} went into {went_into[gone[0]]} meanwhile. Read the gaps again."
                raise ConflictError(message, code="gap_went")
            row = rows.find_gap(session, bot, gap_id)
            require_version(row.version, if_version)
            rows.add_lineage(
                session, bot, ChangeKind.MERGED, [Passage(each, gap_id) for each in named], now, who
            )
            for each in named:
                rows.forget_gap(session, bot, each)
            rows.touch_gap(session, row)
            return gap_record(row)

    def split_gap(
        self,
        company_id: str,
        chatbot_id: str,
        gap_id: str,
        questions: Collection[str],
        *,
        who: str,
        if_version: int | None = None,
    ) -> tuple[GapRecord, GapRecord]:
        """Have some questions of a gap in a new one, which is open.

        That they are some of its questions and not all, the caller knows.

        Args:
            company_id: whose.
            chatbot_id: of which bot.
            gap_id: the gap that the others stay in.
            questions: by normal form.
            who: does it, as `Caller.who`.
            if_version: the version that the gap must still have; None does not ask.

        Returns:
            The gap and the new one.

        Raises:
            InvalidError: no question is named.
            ConflictError: `version_conflict`.
            NotFoundError: `unknown_company`, `unknown_chatbot`.
        """
        if not questions:
            raise InvalidError("Name the questions that are to have a gap of their own.", field="questions")
        now, bot, new_id = self._clock(), (company_id, chatbot_id), new_gap_id()
        with self.still(company_id), self._database.writing() as session:
            lock_company(session, company_id)
            require_chatbot(session, company_id, chatbot_id)
            row, new = (rows.find_gap(session, bot, each) for each in (gap_id, new_id))
            require_version(row.version, if_version)
            rows.put_moves(session, bot, map(question_key, questions), new_id)
            rows.add_lineage(session, bot, ChangeKind.SPLIT, [Passage(gap_id, new_id)], now, who)
            for each in (row, new):
                rows.touch_gap(session, each)
            return gap_record(row), gap_record(new)


def new_gap_id() -> str:
    """One that no gap has or had; it is no word of a route."""
    return "g_" + secrets.token_urlsafe(9)


def question_key(normal_form: str) -> str:
    """What stands for a question where its words shall not be kept."""
    return hashlib.sha256(normal_form.encode("utf-8", "surrogatepass")).hexdigest()[:32]
