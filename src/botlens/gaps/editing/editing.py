"""What people do to gaps: fix, dismiss, open, name, merge and split them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from threading import Lock

from botlens.answers.scope import Scope, needs
from botlens.commit.port import Commits
from botlens.errors import InvalidError
from botlens.events.question import normal_form
from botlens.gaps.editing.moving import move_questions
from botlens.gaps.kept.admission import GapAdmissions
from botlens.gaps.kept.memberships import read_members
from botlens.gaps.life_cycle.edits import GapEdit
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link.look import homes_now
from botlens.gaps.reading.finding import FoundGap, found_gap
from botlens.gaps.reading.steady import SteadyReads
from botlens.store.connection import ClickHouse
from botlens.store.reading import CompanyReader
from botlens.tenants.plans import GAPS


class GapEditing:
    """Changes gaps.

    Args:
        store: has the tables of gaps.
        commits: give snapshots of them.
        cycle: keeps what people say.
        admissions: to write of chatbots, until they are erased.
    """

    def __init__(
        self, store: ClickHouse, commits: Commits, cycle: GapLifeCycle, admissions: GapAdmissions
    ) -> None:
        self._store = store
        self._snapshots = commits.snapshots
        self._reads = SteadyReads(commits.snapshots, cycle)
        self._cycle = cycle
        self._admissions = admissions
        # In a company one at a time: what is read of a gap and written again.
        self._alone: defaultdict[str, Lock] = defaultdict(Lock)

    @needs(GAPS)
    def edit(
        self, scope: Scope, gap_id: str, edit: GapEdit, *, who: str = "", if_version: int | None = None
    ) -> str:
        """Change what is given of a gap; returns the id that it has now.

        Raises:
            InvalidError: a value cannot be right.
            NotFoundError: `unknown_gap`.
            ConflictError: `version_conflict`.
        """
        found = self._find(scope, gap_id)
        self._cycle.edit_gap(
            scope.company.id,
            found.chatbot_id,
            found.id,
            edit,
            who=who,
            if_version=if_version,
            fixed_at=scope.now,
        )
        return found.id

    @needs(GAPS)
    def merge(
        self,
        scope: Scope,
        gap_id: str,
        others: Collection[str],
        *,
        who: str = "",
        if_version: int | None = None,
    ) -> str:
        """Have all questions of other gaps in this one; returns its id.

        Raises:
            InvalidError: no other is named, or one of another chatbot.
            NotFoundError: `unknown_gap`.
            ConflictError: `version_conflict`, `gap_went`.
        """
        found, store = self._find_to_write(scope, gap_id)
        with_them = [self._find(scope, each) for each in others]
        if any(each.chatbot_id != found.chatbot_id for each in with_them):
            raise InvalidError("Gaps of two chatbots do not become one.", field="with")
        names = {each.id for each in with_them}
        with self._alone[scope.company.id]:
            self._cycle.merge_gaps(
                scope.company.id, found.chatbot_id, found.id, names, who=who, if_version=if_version
            )
            now = self._again(scope, found)
            moved = self._snapshots.read(scope.company.id, lambda reader: _questions_of(reader, now))
            move_questions(store, self._snapshots, scope, now, sorted(moved), found.id)
        return found.id

    @needs(GAPS)
    def split(
        self,
        scope: Scope,
        gap_id: str,
        questions: Sequence[str],
        *,
        who: str = "",
        if_version: int | None = None,
    ) -> tuple[str, str]:
        """Have some questions of a gap in a new one; returns the ids of both.

        Args:
            scope: whose.
            gap_id: which.
            questions: in whatever wording; compared by normal form.
            who: does it.
            if_version: the version that the gap must still have.

        Raises:
            InvalidError: a question is not in the gap, or none would be left.
            NotFoundError: `unknown_gap`.
            ConflictError: `version_conflict`.
        """
        found, store = self._find_to_write(scope, gap_id)
        moved = {normal_form(each) for each in questions}
        with self._alone[scope.company.id]:
            own = self._reads.read(
                scope.company.id,
                lambda reader, standing: _questions_of(reader, found_gap(reader, standing, scope, gap_id)),
            )
            if strangers := sorted(moved - own):
                message = f"`{strangers[0][:100]}` is no question of this gap."
                raise InvalidError(message, field="questions")
            if moved == own:
                raise InvalidError("That is all of the gap: leave it a question.", field="questions")
            _, new = self._cycle.split_gap(
                scope.company.id, found.chatbot_id, found.id, moved, who=who, if_version=if_version
            )
            now = self._again(scope, found)
            move_questions(store, self._snapshots, scope, now, sorted(moved), new.gap_id)
        return found.id, new.gap_id

    def _find(self, scope: Scope, gap_id: str) -> FoundGap:
        return self._reads.read(
            scope.company.id, lambda reader, standing: found_gap(reader, standing, scope, gap_id)
        )

    def _find_to_write(self, scope: Scope, gap_id: str) -> tuple[FoundGap, ClickHouse]:
        """A gap, and the store that takes rows of its chatbot until that is erased."""
        found = self._find(scope, gap_id)
        store = self._store.admitted(self._admissions.of(scope.company.id, found.chatbot_id))
        self._cycle.require_bot(scope.company.id, found.chatbot_id)
        return found, store

    def _again(self, scope: Scope, found: FoundGap) -> FoundGap:
        """The same gap under the link that counts now: a later one than at first, perhaps.

        A link that was begun before the change is not taken any more, and one that was begun after it knows
        of it.
        """
        standing = self._cycle.standing(scope.company.id)
        return replace(found, link=standing.link(found.chatbot_id).number, standing=standing)


def _questions_of(reader: CompanyReader, found: FoundGap) -> set[str]:
    """The questions of a gap by normal form, with what people have said since they were written."""
    chatbot_id, standing = found.chatbot_id, found.standing
    homes = homes_now(standing, chatbot_id, read_members(reader, found.links))
    return {question for question, home in homes.items() if home == found.id}
