"""What is seen of rows becomes events: what is said anew, what is taken back, what has to wait.

Of one transaction all that is gone is looked at together, at its end: what another row says again is not
taken back, and if more than half of a table is gone at once nothing of it is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import pyarrow as pa
import structlog

from botlens.commit.port import Commits
from botlens.events.types import Deletion
from botlens.moments import EPOCH
from botlens.sources.postgres.asides import Asides
from botlens.sources.postgres.changes import RowChange
from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.mapping import TableMapping, TableName
from botlens.sources.postgres.outgoing import Outgoing
from botlens.sources.postgres.placing import Placing, is_placed_by_message
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.seeing import Seen, SeenRow, see_changes, see_table
from botlens.sources.postgres.sheets import Sheet, Spot
from botlens.sources.postgres.state import StateStore

log = structlog.get_logger(__name__)

_FEWEST_HELD: Final = 100
_FEWEST_OF_ALL: Final = 10

_SHARED: Final = {"feedback": "message", "rating": "conversation"}
"""Kinds of which several rows may be one thing here, and what they share: if one goes, another may say it."""

PlaceOfRow = tuple[int, str]
"""The number of an entity, and the key of a row."""

_TAKEN_BACK: Final = ("message", "feedback", "rating")


@dataclass(frozen=True, slots=True)
class EventName:
    """What an event is of."""

    kind: str
    spot: Spot
    name: str


@dataclass(slots=True)
class Transaction:
    """What one revision has said and taken back so far.

    Attributes:
        revision: of all of it.
        said: by which row, the last that did.
        gone: what a row said, and no longer does.
        rows_gone: how many rows of each table are gone.
        conversations: that are gone, or elsewhere.
        untold: messages that say nothing any more.
    """

    revision: int
    said: dict[EventName, PlaceOfRow] = field(default_factory=dict)
    gone: dict[EventName, ReadEntity] = field(default_factory=dict)
    rows_gone: Counter[TableName] = field(default_factory=Counter)
    conversations: dict[Spot, ReadEntity] = field(default_factory=dict)
    untold: dict[str, None] = field(default_factory=dict)


def is_held(gone: int, of: int) -> bool:
    """Whether so many rows of a table are not taken back before an operator has confirmed that they are gone.

    More than half of a table at once is more often a mistake than meant; of small tables it is every day.
    """
    return 2 * gone > of and gone >= (_FEWEST_OF_ALL if gone >= of else _FEWEST_HELD)


class Applying:
    """Takes what is seen of rows in. For one thread.

    Args:
        mapping: what is where.
        entities: all of them, as they are read.
        placing: where rows belong.
        reader: for rows that must be read again.
        commits: take the events.
        store: keeps what is set aside.

    Attributes:
        held: by table, how many rows were gone at once of how many: nothing of that was taken back.
        stopped: tables that cannot be followed any more, and the column that is missing.
        last: the revision of the last that was taken in.
    """

    def __init__(
        self,
        mapping: TableMapping,
        entities: Sequence[ReadEntity],
        placing: Placing,
        reader: SourceReader,
        commits: Commits,
        store: StateStore,
    ) -> None:
        self._mapping = mapping
        self.entities = entities
        self.placing = placing
        self._reader = reader
        self._outgoing = Outgoing(commits)
        self.asides = Asides(store, entities)
        self._open: Transaction | None = None
        self._taken_back: set[str] = set()
        self.held: dict[TableName, tuple[int, int]] = {}
        self.stopped: dict[TableName, str] = {}
        self.last = 0

    @property
    def events(self) -> int:
        """How many have been committed."""
        return self._outgoing.committed

    def changes(self, changes: Sequence[RowChange], *, base: int, ends: bool) -> None:
        """Take changes of the log in; durable when this returns.

        Args:
            changes: in the order of commits.
            base: what is added to their revisions.
            ends: whether the last transaction of them is complete.
        """
        wanted = [each for each in self.entities if each.table.name not in self.stopped]
        seen = see_changes(changes, wanted, self._reader, self._mapping.zone, base)
        self.stopped.update(seen.lacking)
        for table in seen.emptied:
            self._emptied(table)
        self._take_in(seen)
        if ends:
            self._end()
        self._commit()

    def tables(self, entity: ReadEntity, tables: Iterable[pa.Table], revision: int) -> int:
        """Take rows in that were read, as of a revision; how many there were."""
        count = 0
        for table in tables:
            self._take_in(see_table(entity, table, revision))
            self._end()
            self._commit()
            count += len(table)
        return count

    def gone(
        self,
        names: Iterable[tuple[ReadEntity, EventName]],
        conversations: Iterable[tuple[ReadEntity, Spot]],
        revision: int,
    ) -> None:
        """No row says this any more, as of a revision."""
        self._end()
        self._open = Transaction(
            revision,
            gone={name: entity for entity, name in names},
            conversations={spot: entity for entity, spot in conversations},
        )
        self._end()
        self._commit()

    def deleted_here(self, conversations: Iterable[tuple[ReadEntity, Spot]]) -> None:
        """The source has conversations that were deleted here: they are counted aloud."""
        for entity, spot in conversations:
            self.asides.deleted_here(entity, spot)
        self._commit()

    def read_chatbots(self, chatbots: Iterable[str]) -> None:
        """All conversations of these chatbots are to be said anew: they are new here, or elsewhere by now."""
        conversations = [
            each for chatbot in chatbots for each in self.placing.conversations.of_chatbot(chatbot)
        ]
        self._end()
        if conversations:
            self._open = Transaction(self.last + 1)
            self._read_conversations(conversations, self._open, headers=True)
            self._end()
        for chatbot in chatbots:
            self.asides.came(f"chatbot:{chatbot}")
        self._read_waiting()
        self._commit()

    # What is seen

    def _take_in(self, seen: Seen) -> None:
        moved = self._say(seen.sheets)
        for row in seen.rows:
            if self._open is None or self._open.revision != row.revision:
                self._end()
                self._open = Transaction(row.revision)
            self._row(row, self._open, moved)
            self.last = max(self.last, row.revision)
        self._read_waiting()

    def _say(self, sheets: Sequence[Sheet]) -> dict[str, str]:
        """Find out where sheets belong, and what they say; gives conversations of another chatbot now."""
        moved: dict[str, str] = {}
        for sheet in sheets:
            if sheet.entity.kind == "conversation":
                moved |= self.placing.register(sheet)
        votes = [each for each in sheets if each.entity.kind == "feedback"]
        others = [each for each in sheets if each.entity.kind != "feedback"]
        for part in (others, votes):  # what votes are on is said by then
            self.placing.place(part, self._reader, others)
            for sheet in part:
                sheet.say()
        return moved

    def _row(self, row: SeenRow, transaction: Transaction, moved: dict[str, str]) -> None:
        has_ground = row.sheet is not None and self._is_on_something(row)
        self.asides.note(row.entity, row.key, None if row.sheet is None else row.sheet.aside.get(row.place))
        if row.entity.kind == "conversation":
            self._conversation(row, transaction, moved)
            return
        before = self._name_of(row.entity, row.key)
        event = None if row.sheet is None else row.sheet.events[row.place]
        spot = None if row.sheet is None else row.sheet.spots[row.place]
        if row.sheet is None or event is None or spot is None or not has_ground:
            self.placing.drop(row.entity, row.key)
            if before is not None:
                self._release(before, row, transaction)
                if before.kind == "message":
                    transaction.untold[before.name] = None
                    if row.sheet is not None:
                        self._taken_back.add(before.name)
                transaction.rows_gone[row.entity.table.name] += row.sheet is None
            return
        name = EventName(row.entity.kind, spot, row.sheet.names[row.place])
        self.placing.put(row.entity, row.key, spot.conversation, name.name)
        self._outgoing.add(spot.company_id, event)
        transaction.said[name] = (row.entity.number, row.key)
        transaction.gone.pop(name, None)
        if before is not None and before != name:
            self._release(before, row, transaction)
        if name.kind == "message":
            self.asides.came(f"message:{name.name}")
            comes_back = name.name in self._taken_back
            self._taken_back.discard(name.name)
            if comes_back or before not in (None, name):
                self._read_votes([name.name], transaction)

    def _is_on_something(self, row: SeenRow) -> bool:
        """Whether a vote is on a message that says something, as far as was seen by then."""
        if row.sheet is None or row.sheet.events[row.place] is None or not is_placed_by_message(row.entity):
            return True
        name = row.sheet.names[row.place]
        if self.placing.conversation_of_message(name) is not None:
            return True
        row.sheet.refuse(row.place, "unknown_message", waits_for=f"message:{name}")
        return False

    def _name_of(self, entity: ReadEntity, key: str) -> EventName | None:
        """What a row has said so far."""
        found = self.placing.rows[entity.number].find(key)
        spot = None if found is None else self.placing.spot_of(found[0])
        return None if found is None or spot is None else EventName(entity.kind, spot, found[1])

    @staticmethod
    def _release(name: EventName, row: SeenRow, transaction: Transaction) -> None:
        """A row says this no more.

        It may have said it in this transaction: what is read besides is as it is by now, which came later.
        """
        if name.kind in _TAKEN_BACK and transaction.said.get(name) in (None, (row.entity.number, row.key)):
            transaction.said.pop(name, None)
            transaction.gone[name] = row.entity

    def _conversation(self, row: SeenRow, transaction: Transaction, moved: dict[str, str]) -> None:
        found = self.placing.rows[row.entity.number].find(row.key)
        before = None if found is None else found[0]
        conversation = None if row.sheet is None else row.sheet.conversations[row.place]
        if before is not None and before != conversation and (spot := self.placing.spot_of(before)):
            transaction.conversations[spot] = row.entity
            transaction.rows_gone[row.entity.table.name] += row.sheet is None
        if row.sheet is None or not conversation:
            self.placing.drop(row.entity, row.key)
            return
        self.placing.put(row.entity, row.key, conversation, conversation)
        self.asides.came(f"conversation:{conversation}")
        event, spot = row.sheet.events[row.place], row.sheet.spots[row.place]
        if event is not None and spot is not None:
            self._outgoing.add(spot.company_id, event)
        if (chatbot := moved.pop(conversation, None)) is not None:
            company = self.placing.chatbots.placed.get(chatbot)
            if company is not None:
                transaction.conversations[Spot(company, chatbot, conversation)] = row.entity
            self._read_conversations([conversation], transaction)

    # What must be read besides

    def _read(
        self, entity: ReadEntity, name: str, values: Sequence[str], transaction: Transaction
    ) -> list[str]:
        """Say what rows say of which a field is one of these; gives the names of their events."""
        names: list[str] = []
        for table in entity.read_where(self._reader, name, values):
            seen = see_table(entity, table, transaction.revision)
            moved = self._say(seen.sheets)
            for row in seen.rows:
                self._row(row, transaction, moved)
            names += seen.sheets[0].names
        return names

    def _read_conversations(
        self, conversations: Sequence[str], transaction: Transaction, *, headers: bool = False
    ) -> None:
        """Say all of some conversations anew."""
        messages: list[str] = []
        for entity in self.entities:
            if headers and entity.kind == "conversation":
                self._read(entity, "id", conversations, transaction)
            elif entity.kind != "conversation" and "conversation" in entity.entity.fields:
                names = self._read(entity, "conversation", conversations, transaction)
                messages += names if entity.kind == "message" else []
        self._read_votes(messages, transaction)

    def _read_votes(self, messages: Sequence[str], transaction: Transaction) -> None:
        for entity in self.entities if messages else ():
            if entity.kind == "feedback":
                self._read(entity, "message", messages, transaction)

    def _read_waiting(self) -> None:
        """What waited for something that is there by now."""
        waiting = self.asides.ready()
        if not waiting:
            return
        self._end()
        transaction = self._open = Transaction(self.last + 1)
        for entity in self.entities:
            keys = waiting.get(entity.name, [])
            for table in entity.read_keys(self._reader, keys) if keys else ():
                seen = see_table(entity, table, transaction.revision)
                moved = self._say(seen.sheets)
                for row in seen.rows:
                    self._row(row, transaction, moved)
        self._end()

    # The end of a transaction

    def _emptied(self, table: TableName) -> None:
        count = sum(len(self.placing.rows[each.number]) for each in self.entities if each.table.name == table)
        if count:
            self.held[table] = (count, count)

    def _end(self) -> None:
        """The transaction that is open is complete: take back what nothing of it says."""
        transaction, self._open = self._open, None
        if transaction is None:
            return
        self._hold(transaction)
        self._read_votes(list(transaction.untold), transaction)  # they wait for their message from now on
        self._look_for_others(transaction)
        at = EPOCH
        for name in transaction.gone:
            spot = name.spot
            if spot in transaction.conversations:
                continue  # it goes with its conversation; one that was moved has another spot by now
            self._outgoing.add(
                spot.company_id,
                Deletion(
                    spot.chatbot_id,
                    spot.conversation,
                    cast("Any", name.kind),
                    at,
                    None if name.kind == "rating" else name.name,
                    transaction.revision,
                ),
            )
        for spot in transaction.conversations:
            self._outgoing.add(
                spot.company_id, Deletion(spot.chatbot_id, spot.conversation, "conversation", at)
            )
            if self.placing.conversations.chatbot_of(spot.conversation) == spot.chatbot_id:
                self.placing.conversations.drop(spot.conversation)

    def _hold(self, transaction: Transaction) -> None:
        """Take nothing back of a table that lost more than half of its rows."""
        for table, gone in transaction.rows_gone.items():
            there = sum(
                len(self.placing.rows[each.number]) for each in self.entities if each.table.name == table
            )
            if not is_held(gone, gone + there):
                continue
            self.held[table] = (gone, gone + there)
            log.warning("sync_held", table=str(table), gone=gone, of=gone + there)
            transaction.gone = {
                name: each for name, each in transaction.gone.items() if each.table.name != table
            }
            transaction.conversations = {
                spot: each for spot, each in transaction.conversations.items() if each.table.name != table
            }

    def _look_for_others(self, transaction: Transaction) -> None:
        """Other rows that say the same: several votes on one message are one here."""
        for entity in self.entities:
            shared = _SHARED.get(entity.kind)
            gone = [name for name, own in transaction.gone.items() if own is entity and shared is not None]
            if shared is None or not gone:
                continue
            values = [name.name if shared == "message" else name.spot.conversation for name in gone]
            self._read(entity, shared, list(dict.fromkeys(values)), transaction)

    def _commit(self) -> None:
        """Have all of it durable, then note what was set aside."""
        refused = self._outgoing.commit()
        self.asides.save(refused)
