"""The states of conversations that events arrive for.

A conversation that is new to the store needs no look-up: that is known from a sorted array of hashes, a few
bytes a conversation, loaded when a chatbot first gets events. One that was active lately is in memory. Only
an old one that wakes up is read from the store.
"""

from collections import OrderedDict
from collections.abc import Container, Iterable, Sequence
from itertools import islice

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from botlens.events.record import Record
from botlens.metrics.facts import ConversationState, Facts, derive
from botlens.metrics.long import SHORT, LongConversation
from botlens.metrics.numbers import Change
from botlens.store.connection import ClickHouse
from botlens.store.facts import conversation_hash, known_conversations
from botlens.store.raw_events import load_states
from botlens.store.reading import CompanyReader

Key = tuple[str, str, str]
"""(company id, chatbot id, conversation id)."""

_IN_MEMORY = 10_000
_COMPACT_AT = 20_000
_LOADED_AT_ONCE = 2_000


class Entry(Struct, gc=False):
    """A conversation's state and the facts that were derived from it; None before its first commit.

    `hash` is the conversation's, where it was needed. If the conversation is `long`, the facts are those
    without their lists.
    """

    state: ConversationState
    facts: Facts | None
    hash: int | None = None
    long: LongConversation | None = None

    def take(self, key: Key, records: Iterable[Record], threshold: float) -> Change | None:
        """Take records in; returns how the facts have changed, if they have."""
        before = self.facts
        if self.long is not None:
            difference = self.long.take(records)
            self.facts = self.long.facts
            return difference
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


class _Known:
    """The hashes of a chatbot's conversations. A false "yes" costs a look-up, a "no" is always true."""

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self._sorted = hashes
        self._new: set[int] = set()

    def which(self, hashes: Sequence[int]) -> list[bool]:
        """Which of these are known."""
        wanted = np.fromiter(hashes, np.uint64, len(hashes))
        places = self._sorted.searchsorted(wanted)
        places[places == len(self._sorted)] = 0
        found = self._sorted[places] == wanted if len(self._sorted) else np.zeros(len(hashes), np.bool_)
        return [old or value in self._new for old, value in zip(found.tolist(), hashes, strict=True)]

    def add(self, value: int) -> None:
        self._new.add(value)
        if len(self._new) > _COMPACT_AT:
            new = np.sort(np.fromiter(self._new, np.uint64, len(self._new)))
            self._sorted = np.insert(self._sorted, self._sorted.searchsorted(new), new)
            self._new = set()


class ConversationStates:
    """States by conversation. For the one thread that commits; nothing here is shared."""

    def __init__(self, store: ClickHouse, *, capacity: int = _IN_MEMORY) -> None:
        self._store = store
        self._capacity = capacity
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._known: dict[tuple[str, str], _Known] = {}

    def prepare(self, company_id: str, keys: Iterable[tuple[str, str]], thresholds: dict[str, float]) -> None:
        """Make sure that `entry` will answer for these (chatbot id, conversation id) from memory."""
        strangers: dict[str, list[str]] = {}
        for chatbot_id, conversation_id in keys:
            key = (company_id, chatbot_id, conversation_id)
            if key in self._entries:
                self._entries.move_to_end(key)
            else:
                strangers.setdefault(chatbot_id, []).append(conversation_id)
        wanted = []
        for chatbot_id, conversations in strangers.items():
            hashes = [conversation_hash(conversation) for conversation in conversations]
            known = self._known_of(company_id, chatbot_id).which(hashes)
            for conversation_id, value, old in zip(conversations, hashes, known, strict=True):
                if old:
                    wanted.append((chatbot_id, conversation_id))
                else:
                    entry = Entry(ConversationState(), None, value)
                    self._entries[company_id, chatbot_id, conversation_id] = entry
        for at in range(0, len(wanted), _LOADED_AT_ONCE):
            part = wanted[at : at + _LOADED_AT_ONCE]
            states = load_states(CompanyReader(self._store, company_id), part)
            for chatbot_id, conversation_id in part:
                state = states.get((chatbot_id, conversation_id))
                self._entries[company_id, chatbot_id, conversation_id] = (
                    Entry(ConversationState(), None)
                    if state is None
                    else _loaded(chatbot_id, conversation_id, state, thresholds[chatbot_id])
                )

    def entry(self, key: Key) -> Entry:
        """The entry of a prepared conversation, to be changed in place."""
        return self._entries[key]

    def committed(self, key: Key, entry: Entry) -> None:
        """From now on the conversation is one that the store knows, or will after the next flush."""
        value = conversation_hash(key[2]) if entry.hash is None else entry.hash
        self._known_of(key[0], key[1]).add(value)

    @property
    def surplus(self) -> int:
        """How many more are in memory than should be."""
        return max(0, len(self._entries) - self._capacity)

    def trim(self, at_most: int, keep: Container[Key]) -> None:
        """Drop what was not used lately, except for conversations that are not in the store yet."""
        for key in list(islice(self._entries, min(at_most, self.surplus))):
            if key in keep:
                self._entries.move_to_end(key)
            else:
                del self._entries[key]

    def forget(self, company_id: str, chatbot_id: str) -> None:
        """Drop what was derived for a chatbot, whose facts are being made anew."""
        for key in [key for key in self._entries if key[:2] == (company_id, chatbot_id)]:
            del self._entries[key]
        self._known.pop((company_id, chatbot_id), None)

    def _known_of(self, company_id: str, chatbot_id: str) -> _Known:
        known = self._known.get((company_id, chatbot_id))
        if known is None:
            known = _Known(known_conversations(self._store, company_id, chatbot_id))
            self._known[company_id, chatbot_id] = known
        return known


def _loaded(chatbot_id: str, conversation_id: str, state: ConversationState, threshold: float) -> Entry:
    if state.size <= SHORT:
        return Entry(state, derive(chatbot_id, conversation_id, state, threshold))
    long = LongConversation(chatbot_id, conversation_id, state, threshold)
    return Entry(state, long.facts, None, long)
