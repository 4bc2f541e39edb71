"""What rows say becomes events, and what must be read besides, because of what they say."""

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from botlens.sources.postgres.asides import Asides
from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.outgoing import Outgoing
from botlens.sources.postgres.placing import Placing, is_placed_by_message
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.row_transaction import EventName, Transaction
from botlens.sources.postgres.seeing import SeenRow, see_table
from botlens.sources.postgres.sheets import Sheet, Spot

_SHARED: Final = {"feedback": "message", "rating": "conversation"}
"""Kinds of which several rows may be one thing here, and what they share: if one goes, another may say it."""


class RowSaying:
    """Says what rows say. For one thread.

    Args:
        entities: all of them, as they are read.
        placing: where rows belong.
        reader: for rows that must be read again.
        asides: keeps what is set aside.
        outgoing: takes the events.
    """

    def __init__(
        self,
        entities: Sequence[ReadEntity],
        placing: Placing,
        reader: SourceReader,
        asides: Asides,
        outgoing: Outgoing,
    ) -> None:
        self.entities = entities
        self.placing = placing
        self.asides = asides
        self._reader = reader
        self._outgoing = outgoing
        self._taken_back: set[str] = set()

    def sheets(self, sheets: Sequence[Sheet]) -> dict[str, str]:
        """Find out where sheets belong, and what they say; gives conversations of another chatbot now."""
        moved: dict[str, str] = {}
        for sheet in sheets:
            if sheet.entity.kind == "conversation":
                moved |= self.placing.register(sheet, self._reader)
        votes = [each for each in sheets if each.entity.kind == "feedback"]
        others = [each for each in sheets if each.entity.kind != "feedback"]
        for part in (others, votes):  # what votes are on is said by then
            self.placing.place(part, self._reader, others)
            for sheet in part:
                sheet.say()
        return moved

    def table(self, entity: ReadEntity, table: pa.Table, transaction: Transaction) -> list[str]:
        """Say rows that were read; gives the names of their events."""
        seen = see_table(entity, table, transaction.revision)
        moved = self.sheets(seen.sheets)
        for row in seen.rows:
            self.row(row, transaction, moved)
        return seen.sheets[0].names

    def row(self, row: SeenRow, transaction: Transaction, moved: dict[str, str]) -> None:
        """Say a row, and take back what it said before.

        Args:
            row: as it was seen; its sheet has been said.
            transaction: in which.
            moved: conversations of another chatbot now, as `sheets` gives them.
        """
        has_ground = row.sheet is not None and self._is_on_something(row)
        if row.sheet is None:
            self.asides.note(row.entity, row.key, None)
        else:
            aside, there = row.sheet.aside.get(row.place), row.sheet.spots[row.place]
            self.asides.note(row.entity, row.key, aside, there)
        if row.entity.kind == "conversation":
            self._conversation(row, transaction, moved)
            return
        before = self._name_of(row.entity, row.key)
        event = None if row.sheet is None else row.sheet.events[row.place]
        spot = None if row.sheet is None else row.sheet.spots[row.place]
        if row.sheet is None or event is None or spot is None or not has_ground:
            self.placing.drop(row.entity, row.key)
            if before is not None:
                transaction.release(before, (row.entity.number, row.key), row.entity)
                if before.kind == "message":
                    transaction.untold[before.name] = None
                    if row.sheet is not None:
                        self._taken_back.add(before.name)
                transaction.rows_gone[row.entity.table.name] += row.sheet is None
            return
        name = EventName(row.entity.kind, spot, row.sheet.names[row.place])
        self.placing.put(row.entity, row.key, spot.conversation, name.name)
        self._outgoing.add(spot.company_id, event, (row.entity.name, row.key))
        transaction.said[name] = (row.entity.number, row.key)
        transaction.gone.pop(name, None)
        if before is not None and before != name:
            transaction.release(before, (row.entity.number, row.key), row.entity)
            transaction.moved.add(before)
        if name.kind == "message":
            self.asides.came(f"message:{name.name}")
            comes_back = name.name in self._taken_back
            self._taken_back.discard(name.name)
            if comes_back or before not in (None, name):
                self.read_votes([name.name], transaction)

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
            self._outgoing.add(spot.company_id, event, (row.entity.name, row.key))
        if (chatbot := moved.pop(conversation, None)) is not None:
            company = self.placing.chatbots.placed.get(chatbot)
            if company is not None:
                spot_before = Spot(company, chatbot, conversation)
                transaction.conversations[spot_before] = row.entity
                transaction.moved.add(spot_before)
            self.read_conversations([conversation], transaction)

    def _read(
        self, entity: ReadEntity, name: str, values: Sequence[str], transaction: Transaction
    ) -> list[str]:
        """Say what rows say of which a field is one of these; gives the names of their events."""
        names: list[str] = []
        for table in entity.read_where(self._reader, name, values):
            names += self.table(entity, table, transaction)
        return names

    def read_conversations(
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
        self.read_votes(messages, transaction)

    def read_votes(self, messages: Sequence[str], transaction: Transaction) -> None:
        """Say the votes on some messages anew."""
        for entity in self.entities if messages else ():
            if entity.kind == "feedback":
                self._read(entity, "message", messages, transaction)

    def read_shared(self, transaction: Transaction) -> None:
        """Other rows that say the same: several votes on one message are one here."""
        for entity in self.entities:
            shared = _SHARED.get(entity.kind)
            gone = [name for name, own in transaction.gone.items() if own is entity and shared is not None]
            if shared is None or not gone:
                continue
            values = [name.name if shared == "message" else name.spot.conversation for name in gone]
            self._read(entity, shared, list(dict.fromkeys(values)), transaction)
