"""What the life cycle of gaps hands out: frozen values, never rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class GapState(StrEnum):
    """What is known of a gap. Verified and reopened are found by the proof, never set by hand."""

    OPEN = "open"
    FIXED = "fixed"
    VERIFIED = "verified"
    REOPENED = "reopened"
    DISMISSED = "dismissed"


class ChangeKind(StrEnum):
    """What a change of a gap was of; `before` and `after` of it are two of these."""

    STATE = "state"
    """States."""

    TITLE = "title"
    """Titles that people gave; None is the one that botlens finds."""

    MERGED = "merged"
    """`before` is the gap that went into this one."""

    SPLIT = "split"
    """`after` is the gap that some questions of this one went to; of that one, `before` is this."""


@dataclass(frozen=True, slots=True)
class GapRecord:
    """What people and the proof said of a gap. A gap that nobody touched is open, of version 0.

    Attributes:
        chatbot_id: whose.
        gap_id: which.
        state: as it is now.
        version: grows by one with each change.
        title: that somebody gave it; None where nobody did.
        fixed_at: since when somebody says that it is fixed, in UTC; None if nobody does.
        limit: the failing share that the fix must stay below; the company's at the time of the fix.
        decided_at: when the proof found what `state` says, in UTC.
    """

    chatbot_id: str
    gap_id: str
    state: GapState = GapState.OPEN
    version: int = 0
    title: str | None = None
    fixed_at: datetime | None = None
    limit: float | None = None
    decided_at: datetime | None = None

    @property
    def is_touched(self) -> bool:
        """Whether somebody did something to it: then it never loses a question by itself."""
        return self.version > 0


@dataclass(frozen=True, slots=True)
class GapChange:
    """A change of a gap: when (UTC), by whom (`Caller.who`; what the proof found, `botlens`), of what."""

    at: datetime
    by: str
    change: ChangeKind
    before: str | None
    after: str | None
    note: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CurrentLink:
    """The link whose memberships count now; `number` 0 is none so far."""

    number: int
    linked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lineage:
    """What became of the gaps of a chatbot, by people and by nights.

    Attributes:
        went_into: by a gap that is no more, the one that most of its questions went to.
        came_from: by a gap, the one that it was split from.
    """

    went_into: dict[str, str]
    came_from: dict[str, str]

    def follow(self, gap_id: str) -> str:
        """The gap where the questions of this one are now: itself, unless it went into another."""
        seen = {gap_id}
        while (following := self.went_into.get(gap_id)) is not None and following not in seen:
            seen.add(following)
            gap_id = following
        return gap_id

    def merged_from(self, gap_id: str) -> list[str]:
        """The gaps that went into this one, at once or by way of others, sorted."""
        return sorted(old for old in self.went_into if old != gap_id and self.follow(old) == gap_id)

    def split_into(self, gap_id: str) -> list[str]:
        """The gaps that were split from this one, sorted."""
        return sorted(new for new, old in self.came_from.items() if old == gap_id)
