"""The source's keys beside what counts here: what no row says any more, and what nothing here says.

Keys, not counts: a row that went and one that came on the same day have the same count. On the way the places
of all rows are remembered, for the changes that follow.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.commit.port import Commits
from botlens.sources.postgres.applying import EventName
from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.placing import Placing
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.sheets import Spot
from botlens.sources.postgres.state import StateStore
from botlens.sources.postgres.telling import tell
from botlens.store.said import SaidName, deleted_conversations, said_conversations, said_names

_COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("conversation", "id"),
    "feedback": ("conversation", "message", "value"),
    "rating": ("conversation", "score"),
}
_READ_BY: Final = {"message": "id", "feedback": "message", "rating": "conversation"}
_VOTES: Final = {"positive": 1, "negative": -1}
_AT_ONCE: Final = 100_000

Key = tuple[str, str]
"""(conversation, message); of ratings the message is ''."""


@dataclass(slots=True)
class KeyColumns:
    """The names that the rows of one entity have: a chatbot's lie beside each other."""

    entity: ReadEntity
    chatbots: list[str]
    starts: NDArray[np.int64]
    conversations: pa.Array
    names: pa.Array
    values: NDArray[np.int8]

    def of(self, chatbot: str) -> Iterator[tuple[Key, int]]:
        """Those of a chatbot, with the value of votes and ratings."""
        if chatbot not in self.chatbots:
            return
        at = self.chatbots.index(chatbot)
        part = slice(int(self.starts[at]), int(self.starts[at + 1]))
        conversations, names = self.conversations[part].to_pylist(), self.names[part].to_pylist()
        for conversation, name, value in zip(conversations, names, self.values[part].tolist(), strict=True):
            yield (conversation, name), value


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
        self._columns: list[KeyColumns] = []
        self._stale: list[tuple[ReadEntity, set[str]]] = []

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
        table = entity.read(self._reader, fields=wanted)
        aside = self._set_aside(entity, table)
        kept: dict[str, list[Any]] = {"chatbot": [], "conversation": [], "name": [], "value": []}
        for at in range(0, len(table), _AT_ONCE):
            self._between()
            self._take(entity, table.slice(at, _AT_ONCE), wanted, aside, kept)
        self._placing.filled(entity)
        self._columns.append(_sorted(entity, kept))

    def _set_aside(self, entity: ReadEntity, table: pa.Table) -> set[str]:
        """The keys of rows that are set aside; those that are not in the table are stale."""
        aside, cut = self._store.set_aside_keys(entity.name)
        if stale := (aside | cut).difference(table.column("key").to_pylist() if aside or cut else ()):
            self._stale.append((entity, stale))
        return aside

    def _take(
        self,
        entity: ReadEntity,
        table: pa.Table,
        wanted: Sequence[str],
        aside: set[str],
        kept: dict[str, list[Any]],
    ) -> None:
        keys = table.column("key").to_pylist()
        fields = {name: table.column(name).combine_chunks() for name in wanted}
        fields |= {
            name: each for name, each in entity.constants(len(keys)).items() if name in _COMPARED[entity.kind]
        }
        telling = tell(entity.entity, fields, len(keys), needed=())
        names = _names(entity, keys, telling.columns)
        conversations = self._conversations(entity, telling.columns, names)
        values = _values(entity.kind, telling.columns, len(keys))
        good = [
            place
            for place, (key, conversation, name) in enumerate(zip(keys, conversations, names, strict=True))
            if conversation is not None and name is not None and key not in aside
        ]
        found = [conversations[place] for place in good]
        said = [names[place] for place in good]
        self._placing.fill(entity, [keys[place] for place in good], found, said)  # type: ignore[arg-type]
        chatbot_of = self._placing.conversations.chatbot_of
        kept["chatbot"] += [chatbot_of(each) or "" for each in found if each is not None]
        kept["conversation"].append(pa.array(found, pa.string()))
        kept["name"].append(pa.array(said, pa.string()))
        kept["value"].append(values[good])

    def _conversations(
        self, entity: ReadEntity, columns: Mapping[str, pa.Array], names: Sequence[str | None]
    ) -> list[str | None]:
        if "conversation_id" in columns:
            found: list[str | None] = columns["conversation_id"].to_pylist()
            return found
        of_message = self._placing.conversation_of_message
        return [None if name is None else of_message(name) for name in names]

    def _read_conversations(self, entity: ReadEntity) -> None:
        table = entity.read(self._reader, fields=("id", "chatbot"))
        self._set_aside(entity, table)
        ids, chatbots = table.column("id").to_pylist(), table.column("chatbot").to_pylist()
        keys = table.column("key").to_pylist()
        good = [place for place, each in enumerate(ids) if each and chatbots[place]]
        for place in good:
            self._placing.conversations.put(ids[place], chatbots[place])
        found = [ids[place] for place in good]
        self._placing.fill(entity, [keys[place] for place in good], found, found)
        self._placing.filled(entity)

    def differences(self) -> Differences:
        """What differs, of all chatbots that there are."""
        found = Differences(stale=self._stale)
        theirs: dict[str, set[str]] = {}
        for conversation in self._placing.conversations.ids:
            chatbot = self._placing.conversations.chatbot_of(conversation)
            if chatbot is not None:
                theirs.setdefault(chatbot, set()).add(conversation)
        for chatbot, company in self._placing.chatbots.placed.items():
            self._between()
            self._compare(company, chatbot, theirs.get(chatbot, set()), found)
        return found

    def _compare(self, company: str, chatbot: str, conversations: set[str], found: Differences) -> None:
        deleted, here = self._commits.snapshots.read(
            company,
            lambda reader: (deleted_conversations(reader, chatbot), said_conversations(reader, chatbot)),
        )
        found.here["conversation"] += len(here)
        gone = set(here) - conversations
        headers = [each for each in self._entities if each.kind == "conversation"]
        for entity in headers[:1]:
            found.conversations += [(entity, Spot(company, chatbot, each)) for each in sorted(gone)]
            for each in conversations.difference(here, deleted):
                found.misses(entity, "id", each)
            found.deleted += [(entity, Spot(company, chatbot, each)) for each in conversations & deleted]
        said = self._commits.snapshots.read(company, lambda reader: list(_flat(said_names(reader, chatbot))))
        here_now = _Here(company, chatbot, said, deleted, gone)
        for kind in _COMPARED:
            self._compare_kind(kind, here_now, found)

    def _compare_kind(self, kind: str, here: "_Here", found: Differences) -> None:
        columns = [each for each in self._columns if each.entity.kind == kind]
        theirs: dict[Key, tuple[ReadEntity, set[int]]] = {}
        for each in columns:
            for key, value in each.of(here.chatbot):
                theirs.setdefault(key, (each.entity, set()))[1].add(value)
        found.compared += len(theirs)
        for name, said in here.of(kind) if columns else ():
            found.here[kind] += 1
            other = theirs.get(name)
            if other is None:
                spot = Spot(here.company, here.chatbot, name[0])
                if name[0] not in here.gone:
                    found.gone.append((columns[0].entity, EventName(kind, spot, name[1])))
            elif said in other[1]:
                del theirs[name]
            else:
                found.different += 1
        for (conversation, message), (entity, _) in theirs.items():
            if conversation not in here.deleted:
                found.misses(entity, _READ_BY[kind], conversation if kind == "rating" else message)


@dataclass(frozen=True, slots=True)
class _Here:
    """What counts here of a chatbot; which of its conversations were deleted, and which are to be."""

    company: str
    chatbot: str
    said: Sequence[SaidName]
    deleted: frozenset[str]
    gone: set[str]

    def of(self, kind: str) -> Iterator[tuple[Key, int]]:
        """Of one kind, with the value of votes and ratings."""
        for name in self.said:
            value = _value_here(kind, name)
            if value is not None:
                yield (name.conversation_id, name.message_id), value


def _value_here(kind: str, name: SaidName) -> int | None:
    """What counts here of a kind: 0 of messages; None if nothing does."""
    if kind == "message":
        return 0 if name.is_message else None
    return (name.vote if kind == "feedback" else name.rating) or None


def _names(entity: ReadEntity, keys: Sequence[str], columns: Mapping[str, pa.Array]) -> list[str | None]:
    if entity.kind == "rating":
        return [""] * len(keys)
    if entity.is_named_by_key:
        return list(keys)
    found: list[str | None] = columns["id" if entity.kind == "message" else "message_id"].to_pylist()
    return found


def _values(kind: str, columns: Mapping[str, pa.Array], count: int) -> NDArray[np.int8]:
    if kind == "message":
        return np.zeros(count, np.int8)
    if kind == "feedback":
        return np.array([_VOTES.get(each, 0) for each in columns["value"].to_pylist()], np.int8)
    scores = (each if each is not None and 0 < each <= 5 else 0 for each in columns["score"].to_pylist())
    return np.fromiter(scores, np.int8, count)


def _sorted(entity: ReadEntity, kept: Mapping[str, list[Any]]) -> KeyColumns:
    chatbots, codes = np.unique(np.array(kept["chatbot"], dtype=object), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(chatbots) + 1))

    def ordered(arrays: list[pa.Array]) -> pa.Array:
        whole = pa.chunked_array(arrays, pa.string()).cast(pa.large_string()).combine_chunks()
        return whole.take(pa.array(order))

    values = np.concatenate(kept["value"]) if kept["value"] else np.empty(0, np.int8)
    return KeyColumns(
        entity, list(chatbots), starts, ordered(kept["conversation"]), ordered(kept["name"]), values[order]
    )


def _flat(blocks: Iterable[list[SaidName]]) -> Iterator[SaidName]:
    return (each for block in blocks for each in block)
