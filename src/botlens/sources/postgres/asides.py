"""What is set aside of the rows that come in, and what of it waits for something."""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.outgoing import OutgoingEvent
from botlens.sources.postgres.sheets import Spot
from botlens.sources.postgres.state import CUT, DELETED_HERE, SetAside, StateStore


class Asides:
    """Notes what is set aside, and writes it down with the next commit.

    Args:
        store: keeps it.
        entities: all of them.
    """

    def __init__(self, store: StateStore, entities: Sequence[ReadEntity]) -> None:
        self._store = store
        self._entities = entities
        self._new: dict[tuple[str, str], SetAside] = {}
        self._taken: dict[str, list[str]] = {}
        self._came: dict[str, None] = {}
        self.load()

    def load(self) -> None:
        """What was set aside before."""
        self._waits = self._store.waited_for()
        self._deleted_here: dict[tuple[str, str], str | None] = {}
        self._known: dict[str, set[int]] = {}
        self._cut: dict[str, set[int]] = {}
        for each in self._entities:
            aside, cut = self._store.set_aside_keys(each.name)
            self._known[each.name] = set(map(hash, aside | cut))
            self._cut[each.name] = set(map(hash, cut))
            if each.kind == "conversation":
                found = self._store.deleted_here(each.name)
                self._deleted_here |= {(each.name, key): chatbot for key, chatbot in found.items()}

    def note(self, entity: ReadEntity, key: str, aside: SetAside | None, spot: Spot | None = None) -> None:
        """A row was seen: it is set aside, or (None) it is taken or gone. In the order of revisions.

        Args:
            entity: of the row.
            key: of the row.
            aside: what is to be known of it.
            spot: where what it says belongs; None if that is not known, or the row is gone.
        """
        is_taken = aside is None or aside.reason == CUT
        if is_taken and spot is not None and self._is_deleted_here(entity, spot):
            return
        if aside is not None:
            self.add(aside)
        else:
            self.forget(entity, key)

    def _is_deleted_here(self, entity: ReadEntity, spot: Spot) -> bool:
        """Whether nothing of a conversation is taken where it is, whatever its row says."""
        return self._deleted_here.get((entity.name, spot.conversation)) == spot.chatbot_id

    def all_taken(self, entity: ReadEntity, keys: pa.ChunkedArray) -> None:
        """Rows with these keys say something that is taken."""
        if self._known[entity.name]:
            for key in keys.to_pylist():
                self.forget(entity, key)

    def add(self, aside: SetAside) -> None:
        """A row is set aside."""
        self._new[aside.entity, aside.key] = aside
        self._deleted_here.pop((aside.entity, aside.key), None)
        value = hash(aside.key)
        self._known[aside.entity].add(value)
        if aside.reason == CUT:
            self._cut[aside.entity].add(value)
        else:
            self._cut[aside.entity].discard(value)
        if aside.waits_for is not None:
            self._waits.add(aside.waits_for)

    def refused(self, row: tuple[str, str], code: str, field: str, company: str, chatbot: str) -> None:
        """What a row (entity, key) says is not taken here; with its chatbot it is, once that is there."""
        waits_for, word = (f"chatbot:{chatbot}", chatbot) if code == "unknown_chatbot" else (None, field)
        self.add(SetAside(*row, code, word, company, chatbot, waits_for))

    def forget(self, entity: ReadEntity, key: str) -> None:
        """A row is not set aside (any more)."""
        if hash(key) in self._known[entity.name]:
            self._forget(entity.name, key)

    def forget_all(self, entity: ReadEntity, keys: Iterable[str]) -> None:
        """These rows are gone."""
        for key in keys:
            self.forget(entity, key)

    def deleted_here(self, entity: ReadEntity, spot: Spot) -> None:
        """A conversation that the source has was deleted here: it is not counted any more."""
        row, value = (entity.name, spot.conversation), hash(spot.conversation)
        says_nothing = value in self._known[entity.name] and value not in self._cut[entity.name]
        if self._is_deleted_here(entity, spot) or (says_nothing and row not in self._deleted_here):
            return  # if its row says nothing that can be taken, that comes first
        self.add(SetAside(*row, DELETED_HERE, "", spot.company_id, spot.chatbot_id))
        self._deleted_here[row] = spot.chatbot_id

    def _forget(self, name: str, key: str) -> None:
        self._new.pop((name, key), None)
        self._deleted_here.pop((name, key), None)
        self._known[name].discard(hash(key))
        self._cut[name].discard(hash(key))
        self._taken.setdefault(name, []).append(key)

    def came(self, what: str) -> None:
        """Something is there now that rows may wait for."""
        if what in self._waits:
            self._came[what] = None

    def ready(self) -> dict[str, list[str]]:
        """The rows, by entity, that waited for what came; those that wait still are noted anew when read."""
        if not self._came:
            return {}
        came, self._came = list(self._came), {}
        self._waits.difference_update(came)
        wanted = set(came)
        found: dict[str, list[str]] = {}
        for entity, key in self._store.waiting_for(came):
            found.setdefault(entity, []).append(key)
        for (entity, key), aside in self._new.items():
            if aside.waits_for in wanted:
                found.setdefault(entity, []).append(key)
        return {entity: list(dict.fromkeys(keys)) for entity, keys in found.items()}

    def save(self, refused: Sequence[OutgoingEvent] = ()) -> None:
        """Write down what was noted, and rows whose events were not kept."""
        for each in refused:
            if each.row is not None:
                self.refused(each.row, each.refusal, "", each.company_id, each.event.chatbot_id)
        if self._new or self._taken:
            self._store.change_set_aside(list(self._new.values()), self._taken)
        self._new, self._taken = {}, {}
