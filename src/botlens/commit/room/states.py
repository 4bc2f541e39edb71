"""The states of conversations that events arrive for.

A conversation that is new to the store needs no look-up: a filter says so, which takes twelve bits for each
and is made when a chatbot first gets events. One that was active lately is in memory. Only an old one that
wakes up is read from the store.
"""

from collections import OrderedDict
from collections.abc import Callable, Container, Iterable
from itertools import islice

from botlens.commit.room.entry import ConversationEntry, StateKey, entry_of
from botlens.commit.room.known import Known, known_among, those_stored
from botlens.commit.room.missing import Loaded, Missing
from botlens.commit.room.settling import settle
from botlens.commit.thresholds import Thresholds
from botlens.events.record import Record
from botlens.metrics.conversation import ConversationState
from botlens.metrics.differences import Change
from botlens.metrics.long import LongConversation
from botlens.store.connection import ClickHouse
from botlens.store.facts import conversation_hash, conversations_with_events, known_conversations
from botlens.store.raw_events import load_states
from botlens.store.reading import CompanyReader

_IN_MEMORY = 10_000
_RECORDS = 400_000
_LOADED_AT_ONCE = 2_000


class ConversationStates:
    """States by conversation. For the one thread that commits; nothing here is shared but `load`, `let_go`.

    Args:
        store: where states are read from.
        capacity: how many conversations may stay in memory that need not.
        weight: how many records of long ones may.
    """

    def __init__(self, store: ClickHouse, *, capacity: int = _IN_MEMORY, weight: int = _RECORDS) -> None:
        self._store = store
        self._capacity = capacity
        self._most = weight
        self._entries: OrderedDict[StateKey, ConversationEntry] = OrderedDict()
        self._long: OrderedDict[StateKey, int] = OrderedDict()
        self._weight = 0
        self._known: dict[tuple[str, str], Known] = {}
        self._asked_for: dict[StateKey | tuple[str, str], int] = {}
        self._number = 0
        self.without_facts: set[tuple[str, str]] = set()
        """Chatbots (company id, chatbot id) of which conversations may have raw events and no facts yet."""
        self._leaving: list[LongConversation] = []

    def missing(self, company_id: str, keys: Iterable[tuple[str, str]], thresholds: Thresholds) -> Missing:
        """What must be loaded before `entry` can answer for these (chatbot id, conversation id)."""
        self._number += 1
        missing = Missing(company_id, self._number, [], set(), [], [], {})
        strangers: dict[str, list[str]] = {}
        for chatbot_id, conversation_id in keys:
            key = (company_id, chatbot_id, conversation_id)
            entry = self._entries.get(key)
            if entry is None:
                strangers.setdefault(chatbot_id, []).append(conversation_id)
                continue
            self._entries.move_to_end(key)
            if entry.long is None:
                continue
            if (behind := entry.long.behind()) is not None:
                missing.behind.append(behind)
            if entry.long.threshold != thresholds.of(chatbot_id):
                missing.outdated[chatbot_id, conversation_id] = entry.long, entry.state.copy()
        self._look_for(strangers, missing)
        for each in missing.keys:
            self._asked_for.setdefault((company_id, *each), missing.number)
        return missing

    def _look_for(self, strangers: dict[str, list[str]], missing: Missing) -> None:
        """Which of some conversations that are not in memory must be read; the others are begun here."""
        company_id = missing.company_id
        for chatbot_id, conversations in strangers.items():
            known = self._known.get((company_id, chatbot_id))
            if known is None:
                missing.chatbots.append(chatbot_id)
                if (company_id, chatbot_id) in self.without_facts:
                    missing.without_facts.add(chatbot_id)
                missing.keys += ((chatbot_id, each) for each in conversations)
                self._asked_for.setdefault((company_id, chatbot_id), missing.number)
            else:
                for conversation_id, value, old in known_among(known, conversations):
                    if old:
                        missing.keys.append((chatbot_id, conversation_id))
                    else:
                        entry = ConversationEntry(ConversationState(), None, None, value)
                        self._entries[company_id, chatbot_id, conversation_id] = entry

    def load(self, missing: Missing, thresholds: Thresholds) -> Loaded:
        """Read what is missing from the store. For any thread: it changes nothing here.

        Args:
            missing: see `missing`.
            thresholds: of the company's chatbots.

        Raises:
            StoreError: the store does not answer.
        """
        company_id = missing.company_id
        known = {
            each: self._load_known(company_id, each, by_events=each in missing.without_facts)
            for each in missing.chatbots
        }
        reader = CompanyReader(self._store, company_id)
        wanted = those_stored(missing.keys, known)
        entries: dict[tuple[str, str], ConversationEntry] = {}
        for at in range(0, len(wanted), _LOADED_AT_ONCE):
            part = wanted[at : at + _LOADED_AT_ONCE]
            states = load_states(reader, part)
            for key in part:
                state = states.get(key)
                entries[key] = (
                    ConversationEntry(ConversationState(), None)
                    if state is None
                    else entry_of(*key, state, thresholds.of(key[0]))
                )
        settle(missing.behind)
        renewed = {
            key: LongConversation(*key, state, thresholds.of(key[0]))
            for key, (_, state) in missing.outdated.items()
        }
        unwritten = [each.long.unwritten() for each in entries.values() if each.long is not None]
        unwritten += (each.unwritten() for each in renewed.values())
        return Loaded(missing, known, entries, unwritten, renewed)

    def _load_known(self, company_id: str, chatbot_id: str, *, by_events: bool) -> Known:
        """Facts are fewer than raw events, so they are asked where they know all conversations."""
        find = conversations_with_events if by_events else known_conversations
        return Known(find(self._store, company_id, chatbot_id), by_events=by_events)

    def worn(self) -> tuple[tuple[str, str], Known] | None:
        """A chatbot (company id, chatbot id) of which one filter should be made, see `Known.is_worn`.

        From now on it remembers what comes, and what is in memory: what is not in the store yet is.
        """
        for chatbot, known in self._known.items():
            if known.is_worn and chatbot not in self.without_facts:
                own = [(key[2], entry.hash) for key, entry in self._entries.items() if key[:2] == chatbot]
                known.remember([conversation_hash(name) if value is None else value for name, value in own])
                return chatbot, known
        return None

    def known_anew(self, chatbot: tuple[str, str], worn: Known) -> Known:
        """Read what the store has of a chatbot. For any thread: it changes nothing here."""
        return self._load_known(*chatbot, by_events=worn.by_events)

    def take_over(self, chatbot: tuple[str, str], worn: Known, stored: Known) -> None:
        """Let what was read take the place of what was `worn`, unless that was forgotten meanwhile."""
        if self._known.get(chatbot) is worn:
            self._known[chatbot] = worn.replaced_by(stored)

    def adopt(self, loaded: Loaded) -> None:
        """Take over what was loaded, but for what has changed since it was missing: that is missing still."""
        company_id, number = loaded.missing.company_id, loaded.missing.number
        for chatbot_id, known in loaded.known.items():
            if self._was_asked_for((company_id, chatbot_id), number):
                self._known.setdefault((company_id, chatbot_id), known)
        for each in loaded.missing.keys:
            key = (company_id, *each)
            entry = loaded.entries.get(each)
            if self._was_asked_for(key, number) and entry is not None and key not in self._entries:
                self._entries[key] = entry
                self._weigh(key, entry)
        for each, long in loaded.renewed.items():
            entry = self._entries.get((company_id, *each))
            # What came for it meanwhile has waited for this, unless it was dropped and read again.
            if entry is not None and entry.long is loaded.missing.outdated[each][0]:
                entry.long, entry.state = long, long.state

    def _was_asked_for(self, key: StateKey | tuple[str, str], number: int) -> bool:
        """Whether nothing has changed since it was found missing; from now on it is not."""
        asked = self._asked_for.get(key)
        if asked is None or asked > number:
            return False
        del self._asked_for[key]
        return True

    def prepare(self, company_id: str, keys: Iterable[tuple[str, str]], thresholds: Thresholds) -> None:
        """Make sure that `entry` will answer for these (chatbot id, conversation id) from memory.

        What is missing is loaded here and now.
        """
        keys = list(keys)
        missing = self.missing(company_id, keys, thresholds)
        if missing.keys or missing.outdated:
            missing.behind.clear()
            self.adopt(self.load(missing, thresholds))
        for chatbot_id, conversation_id in keys:
            key = (company_id, chatbot_id, conversation_id)
            if key not in self._entries:
                self._entries[key] = ConversationEntry(ConversationState(), None)

    def entry(self, key: StateKey) -> ConversationEntry:
        """The entry of a prepared conversation."""
        return self._entries[key]

    def take(self, key: StateKey, records: Iterable[Record], threshold: float) -> Change | None:
        """Have a prepared conversation take records in; returns how its facts have changed, if they have."""
        entry = self._entries[key]
        is_new = entry.facts is None
        change = entry.take(key, records, threshold)
        if is_new:  # from now on the store knows it, or will after the next flush
            value = conversation_hash(key[2]) if entry.hash is None else entry.hash
            self._known[key[0], key[1]].add(value)
        if entry.long is not None:
            if entry.state.deleted:
                self._leaving.append(entry.long)
                entry.long = None
            self._weigh(key, entry)
        return change

    @property
    def weight(self) -> int:
        """How many records the long conversations in memory have."""
        return self._weight

    @property
    def surplus(self) -> int:
        """How many more are in memory than should be."""
        heavy = self._weight > self._most and len(self._long) > 1
        return max(len(self._entries) - self._capacity, int(heavy), 0)

    def evict(self, at_most: int, keep: Container[StateKey]) -> None:
        """Drop what was not used lately, except for conversations that are not in the store yet."""
        for key in list(islice(self._entries, max(0, min(at_most, len(self._entries) - self._capacity)))):
            self._drop_or_keep(key, keep)
        for key in list(islice(self._long, at_most)):
            if self._weight <= self._most or len(self._long) == 1:
                break
            self._drop_or_keep(key, keep)

    def _drop_or_keep(self, key: StateKey, keep: Container[StateKey]) -> None:
        if key not in keep:
            self._drop(key)
            return
        self._entries.move_to_end(key)
        if key in self._long:
            self._long.move_to_end(key)

    def let_go(self) -> None:
        """Free the memory of long conversations that were dropped, bit by bit. For any thread."""
        while self._leaving:
            self._leaving.pop().let_go()

    def invalidate(self, company_id: str, chatbot_id: str) -> None:
        """Drop what was derived for a chatbot, whose facts are being made anew."""
        for key in [key for key in self._entries if key[:2] == (company_id, chatbot_id)]:
            self._drop(key)
        self._known.pop((company_id, chatbot_id), None)
        for asked in [asked for asked in self._asked_for if asked[:2] == (company_id, chatbot_id)]:
            del self._asked_for[asked]

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """Forget all that is known of some companies, and what is being read of them."""
        for key in [key for key in self._entries if belongs(key[0])]:
            self._drop(key)
        for chatbot in [chatbot for chatbot in self._known if belongs(chatbot[0])]:
            del self._known[chatbot]
        for asked in [asked for asked in self._asked_for if belongs(asked[0])]:
            del self._asked_for[asked]

    def _weigh(self, key: StateKey, entry: ConversationEntry) -> None:
        self._weight -= self._long.pop(key, 0)
        if entry.long is not None:
            self._long[key] = entry.state.size
            self._weight += entry.state.size

    def _drop(self, key: StateKey) -> None:
        entry = self._entries.pop(key)
        self._weight -= self._long.pop(key, 0)
        if entry.long is not None:
            self._leaving.append(entry.long)
