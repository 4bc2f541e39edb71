"""The source's keys beside what counts here: what no row says any more, and what nothing here says.

Keys, not counts: a row that went and one that came on the same day have the same count. On the way the places
of all rows are remembered, for the changes that follow.

Of the source the marks of all names are in memory, some bytes a row. What counts here is read in ranges of
conversations, one after the other, each beside the marks of the same conversations.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.commit.port import Commits
from botlens.sources.postgres.entities import KEY, ReadEntity
from botlens.sources.postgres.key_marks import EntityKeys, KeysOfPart, Marks, marks_of, with_value
from botlens.sources.postgres.places import NOWHERE, Numbers, SourceConversations, hashes_of
from botlens.sources.postgres.placing import Placing
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.row_transaction import EventName
from botlens.sources.postgres.sheets import Spot
from botlens.sources.postgres.state import StateStore
from botlens.sources.postgres.telling import tell
from botlens.store.heap import give_back_heap
from botlens.store.said import SaidRange, said_names, said_ranges

_COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("conversation", "id"),
    "feedback": ("conversation", "message", "value"),
    "rating": ("conversation", "score"),
}
_READ_BY: Final = {"message": "id", "feedback": "message", "rating": "conversation"}
_VOTES: Final = {"positive": 1, "negative": -1}


@dataclass(slots=True)
class Differences:
    """What differs between the source and us.

    Attributes:
        gone: what counts here and no row says.
        conversations: those that are here, and not in the source.
        missing: by entity and field to read by, the values of rows that say what does not count here.
        different: votes and ratings that say something else here; they are among `missing`, too.
        deleted: conversations that the source has, and that were deleted here, which is final.
        stale: by entity, keys of rows that are set aside, and that the source has no more.
        here: by kind, how much there is here.
        compared: how many names were looked at.
    """

    gone: list[tuple[ReadEntity, EventName]] = field(default_factory=list)
    conversations: list[tuple[ReadEntity, Spot]] = field(default_factory=list)
    missing: dict[tuple[int, str], dict[str, None]] = field(default_factory=dict)
    deleted: list[tuple[ReadEntity, Spot]] = field(default_factory=list)
    stale: list[tuple[ReadEntity, set[str]]] = field(default_factory=list)
    different: int = 0
    here: Counter[str] = field(default_factory=Counter)
    compared: int = 0

    def misses(self, entity: ReadEntity, field: str, value: str) -> None:
        """Rows of an entity, of which a field is this, say what does not count here."""
        self.missing.setdefault((entity.number, field), {})[value] = None

    def gone_by_kind(self) -> Counter[str]:
        """How much is gone."""
        found = Counter(name.kind for _, name in self.gone)
        found["conversation"] += len(self.conversations)
        return found

    @property
    def missing_rows(self) -> int:
        """How much is missing."""
        return sum(map(len, self.missing.values()))


class KeyComparison:
    """Reads the keys of all rows, and compares them.

    Args:
        reader: of the source.
        entities: whose tables can be read.
        placing: is filled.
        commits: have what counts here.
        store: knows what is set aside.
        between: called between parts; what it raises ends the comparison.
    """

    def __init__(
        self,
        reader: SourceReader,
        entities: Sequence[ReadEntity],
        placing: Placing,
        commits: Commits,
        store: StateStore,
        between: Any = lambda: None,
    ) -> None:
        self._reader = reader
        self._entities = entities
        self._placing = placing
        self._commits = commits
        self._store = store
        self._between = between
        self._keys: dict[str, list[EntityKeys]] = {}
        self._stale: list[tuple[ReadEntity, set[str]]] = []
        self._aside: set[str] = set()

    def read(self) -> None:
        """Read all keys, and remember where rows belong."""
        for kind in ("conversation", "message", "feedback", "rating"):
            for entity in self._entities:
                if entity.kind == kind:
                    self._between()
                    self._read(entity)

    def _read(self, entity: ReadEntity) -> None:
        if entity.kind == "conversation":
            self._read_conversations(entity)
            return
        wanted = [each for each in _COMPARED[entity.kind] if each in entity.fields]
        if entity.is_named_by_key:
            wanted.remove("id")
        aside, cut = self._store.set_aside_keys(entity.name)
        stale, without = aside | cut, pa.array(sorted(aside), pa.string())
        keys = EntityKeys(entity)
        for table in entity.read_all(self._reader, wanted):
            self._between()
            give_back_heap()
            stale.difference_update(table.column(KEY).to_pylist() if stale else ())
            self._take(keys, table, wanted, without)
        if stale:
            self._stale.append((entity, stale))
        give_back_heap()
        self._placing.filled(entity)
        give_back_heap()
        self._keys.setdefault(entity.kind, []).append(keys)

    def _take(self, keys: EntityKeys, table: pa.Table, wanted: Sequence[str], aside: pa.Array) -> None:
        entity, count = keys.entity, len(table)
        own = table.column(KEY).combine_chunks()
        fields = {name: table.column(name).combine_chunks() for name in wanted}
        fields |= {
            name: each for name, each in entity.constants(count).items() if name in _COMPARED[entity.kind]
        }
        telling = tell(entity.entity, fields, count, needed=())
        names = _names(entity, own, telling.columns)
        numbers = self._numbers(telling.columns, names)
        good = (numbers != NOWHERE) & names.is_valid().to_numpy(zero_copy_only=False)
        if len(aside):
            good &= ~pc.is_in(own, aside).to_numpy(zero_copy_only=False)
        kept = pa.array(good)
        said, own, numbers = names.filter(kept), own.filter(kept), numbers[good]
        hashes = self._placing.fill(entity, own, numbers, said)
        keys.add(said, hashes, numbers, _values(entity.kind, telling.columns, count)[good])

    def _numbers(self, columns: Mapping[str, pa.Array], names: pa.Array) -> Numbers:
        """The numbers of the conversations that rows are of."""
        if "conversation_id" in columns:
            return self._placing.conversations.numbers_of(columns["conversation_id"], new=True)
        return self._placing.conversations_of_messages(names)

    def _read_conversations(self, entity: ReadEntity) -> None:
        aside, cut = self._store.set_aside_keys(entity.name)
        stale = aside | cut
        for table in entity.read_all(self._reader, ("id", "chatbot")):
            self._between()
            stale.difference_update(table.column(KEY).to_pylist() if stale else ())
            ids, chatbots = table.column("id").to_pylist(), table.column("chatbot").to_pylist()
            good = [place for place, each in enumerate(ids) if each and chatbots[place]]
            for place in good:
                self._placing.conversations.put(ids[place], chatbots[place])
            if aside:
                keys = table.column(KEY).to_pylist()
                self._aside.update(ids[place] for place in good if keys[place] in aside)
            taken = pa.array(good, pa.int64())
            names = table.column("id").take(taken).combine_chunks()
            numbers = self._placing.conversations.numbers_of(names, new=False)
            self._placing.fill(entity, table.column(KEY).take(taken).combine_chunks(), numbers, names)
        if stale:
            self._stale.append((entity, stale))
        self._placing.filled(entity)

    def differences(self) -> Differences:
        """What differs, of all chatbots that there are."""
        found = Differences(stale=self._stale)
        ranges = [
            (company, each)
            for chatbot, company in self._placing.chatbots.placed.items()
            for each in self._ranges(company, chatbot)
        ]
        parts = self._parts_of_conversations([each for _, each in ranges])
        ordered = {kind: [each.in_parts(parts) for each in keys] for kind, keys in self._keys.items()}
        give_back_heap()
        missing = {each.entity.number: _Missing(each) for keys in self._keys.values() for each in keys}
        for part, (company, within) in enumerate(ranges):
            self._between()
            theirs = {kind: [each.part(part) for each in keys] for kind, keys in ordered.items()}
            numbers = np.flatnonzero(parts == part).tolist()
            conversations = {self._placing.conversations.ids[number] for number in numbers}
            self._compare(company, within, conversations, theirs, found, missing)
            give_back_heap()
        for each in missing.values():
            each.name(self._placing.conversations, found)
        return found

    def close(self) -> None:
        """No key is needed any more."""
        for keys in self._keys.values():
            for each in keys:
                each.close()

    def _ranges(self, company: str, chatbot: str) -> list[SaidRange]:
        self._between()
        return self._commits.snapshots.read(company, lambda reader: said_ranges(reader, chatbot))

    def _parts_of_conversations(self, ranges: Sequence[SaidRange]) -> NDArray[np.int32]:
        """By the number of a conversation the place of the range that it is in; `NOWHERE` if in none.

        The last is that of no conversation.
        """
        conversations = self._placing.conversations
        codes = conversations.codes()
        parts = np.full(len(codes), NOWHERE, np.int32)
        first = 0
        for chatbot, of_chatbot in groupby(ranges, lambda each: each.chatbot_id):
            ends = [each.until for each in of_chatbot if each.until is not None]
            code = conversations.code_of(chatbot)
            own = np.flatnonzero(codes == code) if code != NOWHERE else ()
            for number in own:
                parts[number] = first + bisect_left(ends, conversations.ids[number])
            first += len(ends) + 1
        return parts

    def _compare(
        self,
        company: str,
        within: SaidRange,
        conversations: set[str],
        theirs: Mapping[str, Sequence[KeysOfPart]],
        found: Differences,
        missing: Mapping[int, "_Missing"],
    ) -> None:
        """Compare some conversations of a chatbot: those that the source has of it, and what counts here."""
        chatbot = within.chatbot_id
        said = self._commits.snapshots.read(company, lambda reader: said_names(reader, within))
        here, deleted = said.conversations, said.deleted
        found.here["conversation"] += len(here)
        gone = here - conversations
        headers = [each for each in self._entities if each.kind == "conversation"]
        for entity in headers[:1]:
            found.conversations += [(entity, Spot(company, chatbot, each)) for each in sorted(gone)]
            for each in conversations.difference(here, deleted, self._aside):
                found.misses(entity, "id", each)
            found.deleted += [(entity, Spot(company, chatbot, each)) for each in conversations & deleted]
        mine = _Here(company, chatbot, deleted, gone, self._placing.conversations)
        for kind, keys in theirs.items():
            of_kind = said.messages if kind == "message" else said.signals
            _compare_kind(kind, keys, mine, of_kind, found, missing)


class _Missing:
    """Rows of one entity that say what does not count here. Named at the end: names are in a file."""

    def __init__(self, keys: EntityKeys) -> None:
        self._keys = keys
        self._rows: list[NDArray[np.int64]] = []
        self._numbers: list[Numbers] = []

    def add(self, rows: NDArray[np.int64], numbers: Numbers) -> None:
        """Some rows, and the numbers of their conversations."""
        self._rows.append(rows)
        self._numbers.append(numbers)

    def name(self, conversations: SourceConversations, found: Differences) -> None:
        """By what they are to be read."""
        entity = self._keys.entity
        rows = np.concatenate([*self._rows, np.empty(0, np.int64)])
        of_ratings = (conversations.ids[each] for own in self._numbers for each in own.tolist())
        for each in of_ratings if entity.kind == "rating" else self._keys.names_at(rows):
            found.misses(entity, _READ_BY[entity.kind], each)


@dataclass(frozen=True, slots=True)
class _Here:
    """A chatbot, and which of its conversations were deleted here, and which are to be."""

    company: str
    chatbot: str
    deleted: frozenset[str]
    gone: Collection[str]
    conversations: SourceConversations

    def names(self, kind: str, said: pa.Table) -> tuple[pa.Table, Marks, NDArray[np.int8]]:
        """What counts here of a kind, its marks, and the values of votes and ratings."""
        if kind != "message":
            said = said.filter(pc.not_equal(said.column(kind), 0))
        if self.deleted:
            lost = pa.array(sorted(self.deleted), pa.string())
            said = said.filter(pc.invert(pc.is_in(said.column("conversation_id"), lost)))
        values = np.zeros(len(said), np.int8) if kind == "message" else said.column(kind).to_numpy()
        marks = [
            marks_of(hashes_of(names), self.conversations.numbers_of(conversations, new=False))
            for conversations, names in zip(
                said.column("conversation_id").chunks, said.column("event_id").chunks, strict=True
            )
        ]
        return said, np.concatenate([*marks, np.empty(0, np.uint64)]), values.astype(np.int8)


def _compare_kind(
    kind: str,
    keys: Sequence[KeysOfPart],
    here: _Here,
    said: pa.Table,
    found: Differences,
    missing: Mapping[int, _Missing],
) -> None:
    """Compare the names of one kind of some conversations: of the source, by entity, and here."""
    theirs = np.concatenate([each.marks for each in keys])
    distinct, first = np.unique(theirs, return_index=True)
    names, marks, values = here.names(kind, said)
    ours, places = np.unique(marks, return_index=True)
    at = np.minimum(np.searchsorted(distinct, ours), max(len(distinct) - 1, 0))
    known = distinct[at] == ours if len(distinct) else np.zeros(len(ours), np.bool_)
    equal = known.copy()
    if kind != "message":
        valued = np.concatenate([with_value(each.marks, each.values) for each in keys])
        equal &= np.isin(with_value(ours, values[places]), valued)
    found.compared += len(distinct)
    found.here[kind] += len(ours)
    found.different += int((known & ~equal).sum())
    gone = pa.array(places[~known])
    for row in names.select(["conversation_id", "event_id"]).take(gone).to_pylist():
        if row["conversation_id"] not in here.gone:
            spot = Spot(here.company, here.chatbot, row["conversation_id"])
            found.gone.append((keys[0].entity, EventName(kind, spot, row["event_id"])))
    lacks = np.ones(len(distinct), np.bool_)
    lacks[at[equal]] = False
    _miss(keys, np.sort(first[lacks]), here, missing)


def _miss(
    keys: Sequence[KeysOfPart], places: NDArray[np.int64], here: _Here, missing: Mapping[int, _Missing]
) -> None:
    """What rows say does not count here, at some places of all keys of some conversations."""
    first = 0
    for own in keys:
        among = places[np.searchsorted(places, first) : np.searchsorted(places, first + len(own.marks))]
        rows = own.places[among - first].astype(np.int64)
        numbers = own.of_all.numbers[rows]
        kept = np.array([here.conversations.ids[each] not in here.deleted for each in numbers], np.bool_)
        missing[own.entity.number].add(rows[kept], numbers[kept])
        first += len(own.marks)


def _names(entity: ReadEntity, keys: pa.Array, columns: Mapping[str, pa.Array]) -> pa.Array:
    if entity.kind == "rating":
        return pa.repeat(pa.scalar(""), len(keys))
    if entity.is_named_by_key:
        return keys
    return columns["id" if entity.kind == "message" else "message_id"]


def _values(kind: str, columns: Mapping[str, pa.Array], count: int) -> NDArray[np.int8]:
    if kind == "message":
        return np.zeros(count, np.int8)
    if kind == "feedback":
        return np.array([_VOTES.get(each, 0) for each in columns["value"].to_pylist()], np.int8)
    scores = (each if each is not None and 0 < each <= 5 else 0 for each in columns["score"].to_pylist())
    return np.fromiter(scores, np.int8, count)
