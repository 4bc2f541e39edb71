"""The keys of all rows of the source; on the way the places of all rows are remembered."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.sources.postgres.entities import KEY, ReadEntity
from botlens.sources.postgres.key_marks import EntityKeys
from botlens.sources.postgres.places import NOWHERE, Numbers
from botlens.sources.postgres.placing import Placing
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.reading_ahead import ahead
from botlens.sources.postgres.state import StateStore
from botlens.sources.postgres.telling import tell
from botlens.store.heap import give_back_heap

_COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("conversation", "id"),
    "feedback": ("conversation", "message", "value"),
    "rating": ("conversation", "score"),
}
_VOTES: Final = {"positive": 1, "negative": -1}


class SourceKeys:
    """The keys of all rows. Of messages, votes and ratings a mark each is in memory.

    Args:
        reader: of the source.
        entities: whose tables can be read.
        placing: is filled.
        store: knows what is set aside.
        between: called between parts; what it raises ends the reading.

    Attributes:
        by_kind: those that were read, of each entity.
        stale: by entity, keys of rows that are set aside, and that the source has no more.
        relocated: by entity, keys of rows that are set aside, and were of another chatbot when they were.
        aside: ids of conversations whose rows are set aside.
    """

    def __init__(
        self,
        reader: SourceReader,
        entities: Sequence[ReadEntity],
        placing: Placing,
        store: StateStore,
        between: Callable[[], object],
    ) -> None:
        self._reader = reader
        self._entities = entities
        self._placing = placing
        self._store = store
        self._between = between
        self.by_kind: dict[str, list[EntityKeys]] = {}
        self.stale: list[tuple[ReadEntity, set[str]]] = []
        self.relocated: list[tuple[ReadEntity, list[str]]] = []
        self.aside: set[str] = set()

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
        stale = aside | cut
        were = _Chatbots(self._store, entity, aside)
        keys = EntityKeys(entity)
        with closing(self._tables(entity, wanted)) as tables:
            for table in tables:
                stale.difference_update(table.column(KEY).to_pylist() if stale else ())
                self._take(keys, table, wanted, were)
        if stale:
            self.stale.append((entity, stale))
        self.relocated.append((entity, were.relocated))
        give_back_heap()
        self._placing.filled(entity)
        give_back_heap()
        self.by_kind.setdefault(entity.kind, []).append(keys)

    def _tables(self, entity: ReadEntity, wanted: Sequence[str]) -> Generator[pa.Table, None, None]:
        """Fields of all rows, a piece ahead."""
        with closing(ahead(entity.read_all(self._reader, wanted), self._reader.leave_off)) as tables:
            for table in tables:
                self._between()
                yield table

    def _take(self, keys: EntityKeys, table: pa.Table, wanted: Sequence[str], were: "_Chatbots") -> None:
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
        if were.by_key:
            aside = pc.is_in(own, were.keys).to_numpy(zero_copy_only=False)
            were.are(own.filter(pa.array(aside)).to_pylist(), map(self._chatbot_of, numbers[aside].tolist()))
            good &= ~aside
        kept = pa.array(good)
        said, own, numbers = names.filter(kept), own.filter(kept), numbers[good]
        hashes = self._placing.fill(entity, own, numbers, said)
        keys.add(said, hashes, numbers, _values(entity.kind, telling.columns, count)[good])

    def _numbers(self, columns: Mapping[str, pa.Array], names: pa.Array) -> Numbers:
        """The numbers of the conversations that rows are of."""
        if "conversation_id" in columns:
            return self._placing.conversations.numbers_of(columns["conversation_id"], new=True)
        return self._placing.conversations_of_messages(names)

    def _chatbot_of(self, number: int) -> str | None:
        """The chatbot of the conversation of a number."""
        conversations = self._placing.conversations
        return None if number == NOWHERE else conversations.chatbot_of(conversations.ids[number])

    def _read_conversations(self, entity: ReadEntity) -> None:
        aside, cut = self._store.set_aside_keys(entity.name)
        stale = aside | cut
        were = _Chatbots(self._store, entity, aside)
        with closing(self._tables(entity, ("id", "chatbot"))) as tables:
            for table in tables:
                stale.difference_update(table.column(KEY).to_pylist() if stale else ())
                self._take_conversations(entity, table, aside, were)
        if stale:
            self.stale.append((entity, stale))
        self.relocated.append((entity, were.relocated))
        self._placing.filled(entity)

    def _take_conversations(
        self, entity: ReadEntity, table: pa.Table, aside: set[str], were: "_Chatbots"
    ) -> None:
        own, ids, chatbots = (table.column(name).combine_chunks() for name in (KEY, "id", "chatbot"))
        good = pc.and_kleene(pc.not_equal(ids, ""), pc.not_equal(chatbots, ""))
        kept, names = own.filter(good), ids.filter(good)
        numbers = self._placing.conversations.put_all(names, chatbots.filter(good))
        if aside:
            among = pc.is_in(kept, pa.array(sorted(aside), pa.string()))
            self.aside.update(names.filter(among).to_pylist())
            were.are(own.to_pylist(), chatbots.to_pylist())
        self._placing.fill(entity, kept, numbers, names)

    def close(self) -> None:
        """No key is needed any more."""
        for keys in self.by_kind.values():
            for each in keys:
                each.close()


class _Chatbots:
    """The chatbots that rows of an entity were of when they were set aside.

    Attributes:
        by_key: of rows; None is not known.
        keys: of all of them.
        relocated: those that are of others by now.
    """

    def __init__(self, store: StateStore, entity: ReadEntity, aside: set[str]) -> None:
        self.by_key = store.chatbots_of_set_aside(entity.name) if aside else {}
        self.keys = pa.array(sorted(self.by_key), pa.string())
        self.relocated: list[str] = []

    def are(self, keys: Iterable[str], chatbots: Iterable[str | None]) -> None:
        """Rows, set aside or not, are of these chatbots now."""
        for key, now in zip(keys, chatbots, strict=True):
            if self.by_key.get(key) is not None and now not in (None, self.by_key[key]):
                self.relocated.append(key)


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
