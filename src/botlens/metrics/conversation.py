"""What is known of one conversation: of each of its records the one that counts.

A `ConversationState` can take records in any order, any number of times. What it comes to, `facts` says.
"""

from collections.abc import Iterable
from operator import attrgetter

from msgspec import Struct, field

from botlens.events.record import (
    CONVERSATION,
    DELETION,
    FEEDBACK,
    HANDOFF,
    MESSAGE,
    OUTCOME,
    RATING,
    TAKEN_BACK_BY,
    Record,
)

in_order = attrgetter("created_at", "sequence", "event_id")
"""What the messages of a conversation are sorted by."""

_standing = attrgetter("precedence", "rank", "arrival")

RecordName = tuple[int, str]
"""(kind, event id): what a record is called inside its conversation."""


class ConversationState(Struct, gc=False):
    """The winning records of one conversation, by kind and name. Nothing in it can be part of a cycle.

    A conversation that is `deleted` stays so and holds nothing, whatever comes before or after its deletion.
    `taken_back` has the highest revision at which something was deleted by itself, whether it was ever there
    or not: of that name, nothing of this revision or a lower one is held.
    """

    header: Record | None = None
    messages: dict[str, Record] = field(default_factory=dict)
    votes: dict[str, Record] = field(default_factory=dict)
    rating: Record | None = None
    handoffs: dict[str, Record] = field(default_factory=dict)
    outcomes: dict[str, Record] = field(default_factory=dict)
    deleted: bool = False
    taken_back: dict[RecordName, int] = field(default_factory=dict)

    def apply(self, record: Record) -> None:
        """Take one record in. Idempotent, and free of order but for the arrival numbers."""
        kind = record.kind
        if self.deleted or (self.taken_back and self.drops(record)):
            return
        if kind == MESSAGE:
            _keep(self.messages, record)
        elif kind == CONVERSATION:
            self.header = _winner(self.header, record)
        elif kind == FEEDBACK:
            _keep(self.votes, record)
        elif kind == RATING:
            self.rating = _winner(self.rating, record)
        elif kind == HANDOFF:
            _keep(self.handoffs, record)
        elif kind == OUTCOME:
            _keep(self.outcomes, record)
        elif kind == DELETION:
            self.header = self.rating = None
            self.messages, self.votes, self.handoffs, self.outcomes = {}, {}, {}, {}
            self.taken_back = {}
            self.deleted = True
        elif kind in TAKEN_BACK_BY:
            self._take_back(TAKEN_BACK_BY[kind], record.event_id, record.rank)

    def _take_back(self, kind: int, name: str, revision: int) -> None:
        self.taken_back[kind, name] = revision
        if kind == MESSAGE:
            _drop(self.messages, name, revision)
        if kind in (MESSAGE, FEEDBACK):
            _drop(self.votes, name, revision)
        elif self.rating is not None and self.rating.revision <= revision:
            self.rating = None

    def taken_back_at(self, kind: int, name: str) -> int:
        """The highest revision at which something was taken back; -1 if it never was.

        With a message goes the vote on it.
        """
        at = self.taken_back.get((kind, name), -1)
        return max(at, self.taken_back.get((MESSAGE, name), -1)) if kind == FEEDBACK else at

    def drops(self, record: Record) -> bool:
        """Whether a record changes nothing since what it names is taken back, at its revision or above."""
        kind = TAKEN_BACK_BY.get(record.kind, record.kind)
        return record.revision <= self.taken_back_at(kind, record.event_id)

    def taken_back_among(self, records: Iterable[Record]) -> dict[RecordName, int]:
        """What some records take back, or say though it is taken back: the names, and at which revision."""
        found: dict[RecordName, int] = {}
        for record in records if self.taken_back else ():
            kind = TAKEN_BACK_BY.get(record.kind, record.kind)
            if self.drops(record):
                found[kind, record.event_id] = self.taken_back_at(kind, record.event_id)
        for kind, name in list(found):
            if kind == MESSAGE:
                found[FEEDBACK, name] = self.taken_back_at(FEEDBACK, name)
        return found

    def copy(self) -> "ConversationState":
        """The same records in a state of its own."""
        return ConversationState(
            self.header,
            self.messages.copy(),
            self.votes.copy(),
            self.rating,
            self.handoffs.copy(),
            self.outcomes.copy(),
            self.deleted,
            self.taken_back.copy(),
        )

    def in_order(self) -> list[Record]:
        """The messages in the order of the conversation."""
        return sorted(self.messages.values(), key=in_order)

    def holds(self, record: Record) -> bool:
        """Whether a record would take the place of one, or be none besides: so that it adds nothing."""
        by_kind = {
            MESSAGE: self.messages,
            FEEDBACK: self.votes,
            HANDOFF: self.handoffs,
            OUTCOME: self.outcomes,
        }
        kind = TAKEN_BACK_BY.get(record.kind)
        if kind is not None and (kind, record.event_id) in self.taken_back:
            return True
        records = by_kind.get(kind or record.kind)
        return records is None or record.event_id in records

    @property
    def has_moved_away(self) -> bool:
        """Whether a source that is followed has it at another chatbot by now: all of it was taken back here.

        Then its header says nothing at a revision (what was sent without one is of no source), and a rating
        was taken back at that revision or later. It may come back at a higher one. Handoffs and outcomes
        stay, uncounted, for they cannot be taken back.
        """
        header = self.header
        if header is None or self.rating or self.messages or self.votes:
            return False
        said = (header.session_id, header.language, header.channel, header.test)
        gone = self.taken_back.get((RATING, ""), -1)
        return header.created_at is None and not any(said) and gone >= header.rank > 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of it, or nothing is left."""
        said = (self.header, self.rating, self.messages, self.votes, self.handoffs, self.outcomes)
        return self.has_moved_away or not any(said)

    @property
    def size(self) -> int:
        """How many records it holds, but for the header and the rating; what is taken back counts, too."""
        said = len(self.messages) + len(self.votes) + len(self.handoffs) + len(self.outcomes)
        return said + len(self.taken_back)


def _keep(records: dict[str, Record], record: Record) -> None:
    old = records.setdefault(record.event_id, record)
    if old is not record:
        records[record.event_id] = _winner(old, record)


def _winner(old: Record | None, new: Record) -> Record:
    if old is None:
        return new
    return new if _standing(new) >= _standing(old) else old


def _drop(records: dict[str, Record], name: str, revision: int) -> None:
    """Drop what has a name, unless its revision is a higher one."""
    record = records.get(name)
    if record is not None and record.revision <= revision:
        del records[name]
