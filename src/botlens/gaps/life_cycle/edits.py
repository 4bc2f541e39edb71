"""What somebody may say of a gap, and what its row and its history make of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from botlens.errors import ConflictError, InvalidError
from botlens.gaps.life_cycle.tables import GapRow
from botlens.gaps.life_cycle.values import ChangeKind, GapState
from botlens.tenants import fields
from botlens.tenants.values import UNSET, Unset

NOTE_LENGTH: Final = 2_000
BY_HAND: Final = (GapState.OPEN, GapState.FIXED, GapState.DISMISSED)
"""States that people set. The others are found by the proof."""

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class GapEdit:
    """What somebody says of a gap; what is not given stays as it is.

    Attributes:
        state: of `BY_HAND`.
        at: since when it is fixed, if that is what `state` says; by default since now.
        note: of what was done.
        reason: why it is dismissed.
        title: for people; None is the one that botlens finds.
    """

    state: GapState | None = None
    at: datetime | None = None
    note: str | None = None
    reason: str | None = None
    title: str | Unset | None = UNSET

    def checked(self, now: datetime) -> "GapEdit":
        """Itself, without blanks at the ends of texts, if it can be.

        Raises:
            InvalidError: a value cannot be right; `field` names it.
        """
        edit = GapEdit(
            self.state,
            self.at,
            _remark(self.note, "note"),
            _remark(self.reason, "reason"),
            self.title if self.title is UNSET or self.title is None else fields.title(self.title, "title"),
        )
        _check_state(edit, now)
        return edit


def _check_state(edit: GapEdit, now: datetime) -> None:
    if edit == GapEdit():
        raise InvalidError("Nothing is said of the gap: send a `state`, a `title` or a `note`.")
    if edit.state is not None and edit.state not in BY_HAND:
        message = (
            f"'{edit.state}' is found by the questions that come, and never set by hand. "
            f"Choose from: {', '.join(BY_HAND)}."
        )
        raise InvalidError(message, field="state")
    if edit.state is GapState.DISMISSED and edit.reason is None:
        raise InvalidError("A gap is dismissed for a reason: say it in 'reason'.", field="reason")
    if edit.reason is not None and edit.state is None:
        raise InvalidError("A reason is one for a state: send 'state', or send a 'note'.", field="reason")
    if edit.at is not None:
        _check_moment(edit, edit.at, now)


def _check_moment(edit: GapEdit, at: datetime, now: datetime) -> None:
    if edit.state is not GapState.FIXED:
        raise InvalidError("'at' says since when a gap is fixed: send it with that state.", field="at")
    if at.tzinfo is None:
        raise InvalidError("'at' must be a time with an offset, like 2026-03-01T09:30:00+01:00.", field="at")
    if at < _EARLIEST:
        raise InvalidError("'at' lies before 2000: that is no time of a fix.", field="at")
    if at > now + _CLOCKS_DIFFER:
        raise InvalidError("'at' lies in the future: nothing can be proven of it yet.", field="at")


def _remark(value: str | None, field: str) -> str | None:
    if value is None:
        return None
    if not fields.storable(value) or len(value) > NOTE_LENGTH:
        message = f"'{field}' must be a text of at most {NOTE_LENGTH:,} characters without NUL."
        raise InvalidError(message, field=field)
    return value.strip() or None


def require_version(current: int, if_version: int | None) -> None:
    """Pass if a gap is still of the version that somebody saw, or that does not matter.

    Raises:
        ConflictError: `version_conflict`.
    """
    if if_version not in (None, current):
        raise ConflictError(
            f"This gap was changed meanwhile: it is of version {current} now. "
            "Read it again, and decide anew.",
            field="if_version",
        )


@dataclass(frozen=True, slots=True)
class EditedPart:
    """What an edit changed of a row."""

    kind: ChangeKind
    before: str | None = None
    after: str | None = None


def apply(row: GapRow, edit: GapEdit, now: datetime, limit: float) -> list[EditedPart]:
    """Change a row as an edit that was checked says, but for its version. What changes nothing is no change.

    Args:
        row: of the gap.
        edit: what was said.
        now: since when it is fixed, if it was not and the edit names no time.
        limit: the failing share that a fix must stay below.
    """
    changes = []
    if not isinstance(edit.title, Unset) and edit.title != row.title:
        changes.append(EditedPart(ChangeKind.TITLE, row.title, edit.title))
        row.title = edit.title
    if edit.state is not None and _says_more(row, edit):
        changes.append(EditedPart(ChangeKind.STATE, row.state, edit.state.value))
        is_fix = edit.state is GapState.FIXED
        row.state = edit.state.value
        row.fixed_at = (edit.at or now) if is_fix else None
        row.failing_limit = limit if is_fix else None
        row.decided_at = None
    if not changes and (edit.note is not None or edit.reason is not None):
        changes.append(EditedPart(ChangeKind.NOTE))
    return changes


def _says_more(row: GapRow, edit: GapEdit) -> bool:
    return edit.state != row.state or (edit.at is not None and edit.at != row.fixed_at)
