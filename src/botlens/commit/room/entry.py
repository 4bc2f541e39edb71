"""One conversation in memory: what is known of it, and the facts that were derived from that."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from botlens.events.record import Record
from botlens.metrics.conversation import ConversationState
from botlens.metrics.differences import Change, Difference
from botlens.metrics.facts import Facts, derive
from botlens.metrics.long import SHORT, LongConversation

StateKey = tuple[str, str, str]
"""(company id, chatbot id, conversation id)."""


class ConversationEntry(Struct, gc=False):
    """A conversation's state and the facts that were derived from it; None before its first commit.

    If the conversation is `long`, the facts are those without their lists. `hash` is the conversation's,
    where it was needed.
    """

    state: ConversationState
    facts: Facts | None
    long: LongConversation | None = None
    hash: int | None = None

    def take(self, key: StateKey, records: Iterable[Record], threshold: float) -> Change | None:
        """Take records in; returns how the facts have changed, if they have."""
        before = self.facts
        if self.long is not None and before is not None:
            renewed = before is not self.long.facts  # for another threshold: see `states`
            difference = self.long.take(records)
            self.facts = self.long.facts
            return Difference(before, self.facts, None) if renewed else difference
        for record in records:
            self.state.apply(record)
        if self.state.size > SHORT:
            self.long = LongConversation(key[1], key[2], self.state, threshold)
            self.facts = self.long.facts
            return self.long.first(before)
        facts = derive(key[1], key[2], self.state, threshold)
        if facts == before:
            return None
        self.facts = facts
        return before, facts


def entry_of(
    chatbot_id: str, conversation_id: str, state: ConversationState, threshold: float
) -> ConversationEntry:
    """The entry of a conversation that was read from the store."""
    if state.size <= SHORT:
        return ConversationEntry(state, derive(chatbot_id, conversation_id, state, threshold))
    long = LongConversation(chatbot_id, conversation_id, state, threshold)
    return ConversationEntry(state, long.facts, long)


def refused(entry: ConversationEntry, records: Sequence[Record], most: int) -> list[Record]:
    """Those of some records that would make a conversation longer than one may be, in their order."""
    room = most - entry.state.size
    if entry.long is None or len(records) <= room:
        return []
    new: set[tuple[int, str]] = set()
    beyond = []
    for record in records:
        name = record.kind, record.event_id
        if name in new or entry.state.holds(record):
            continue
        if len(new) < room:
            new.add(name)
        else:
            beyond.append(record)
    return beyond
