"""What the life cycle of gaps hands out: frozen values, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


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

    NOTE = "note"
    """Nothing but what was noted."""

    MERGED = "merged"
    """`before` is the gap that went into `after`."""

    SPLIT = "split"
    """`before` is the gap of which some questions went into `after`."""


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


@dataclass(frozen=True, slots=True)
class CurrentLink:
    """The link whose memberships count now; `number` 0 is none so far. `linked_at` is in UTC."""

    number: int
    linked_at: datetime | None


NO_LINK: Final = CurrentLink(0, None)


@dataclass(frozen=True, slots=True)
class GapStanding:
    """All that people and the proof said of the gaps of a company, as it was at one moment.

    Attributes:
        records: by gap, of those that somebody touched.
        lineage: which gaps went into others, and came from others. Where a membership names a gap that went
            into another, its question is in that one.
        moves: by chatbot and the key of a question (`question_key`), the gap that somebody put it into since
            the current link: that one, and not what its membership says.
        links: by chatbot, the link whose memberships count.
    """

    records: Mapping[str, GapRecord]
    lineage: Lineage
    moves: Mapping[str, Mapping[str, str]]
    links: Mapping[str, CurrentLink]

    def record(self, chatbot_id: str, gap_id: str) -> GapRecord:
        """Of any gap: one that nobody touched is open."""
        return self.records.get(gap_id) or GapRecord(chatbot_id, gap_id)

    def link(self, chatbot_id: str) -> CurrentLink:
        """Of a chatbot; number 0 where it has none."""
        return self.links.get(chatbot_id, NO_LINK)

    def gap_of(self, chatbot_id: str, question: str, member_of: str | None) -> str | None:
        """The gap that a question is in.

        Args:
            chatbot_id: whose.
            question: its key (`question_key`).
            member_of: the gap that its membership under the current link names; None if it has none.
        """
        moved = self.moves.get(chatbot_id, {}).get(question, member_of)
        return None if moved is None else self.lineage.follow(moved)


@dataclass(frozen=True, slots=True)
class BegunLink:
    """A link that is being made.

    Attributes:
        number: of its memberships; no other link of the chatbot ever gets it.
        edits: how often people had changed gaps of the chatbot.
        standing: what they had said: no gap of its `records` may lose a question, and before the link a
            question was in `gap_of`.
    """

    number: int
    edits: int
    standing: GapStanding
