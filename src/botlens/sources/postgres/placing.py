"""Where what rows say belongs: remembered, else asked of the source."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.places import NOWHERE, Numbers, RowPlaces, SourceConversations
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.sheets import Sheet, Spot
from botlens.sources.postgres.text_hashes import Hashes, hashes_of


@dataclass(frozen=True, slots=True)
class PlacedChatbots:
    """The chatbots that events may be of.

    Attributes:
        placed: the company of each, by its id.
        to_read: those whose conversations are to be read whole: new, back, or of another company by now.
    """

    placed: Mapping[str, str] = field(default_factory=dict)
    to_read: frozenset[str] = frozenset()


AskChatbots = Callable[[], PlacedChatbots]
"""Reads the chatbots that there are now."""


class AccountsOfSource(Protocol):
    """Makes companies, chatbots and plans here what they are in the source."""

    def refresh(self, reader: SourceReader) -> PlacedChatbots:
        """Read them there now, and write what differs.

        Raises:
            BotlensError: the source, or the accounts database, does not answer.
        """


class Placing:
    """Knows the conversation of each row, the chatbot of each conversation, the company of each chatbot.

    Args:
        entities: all of them.
        chatbots: those that there are.
        ask_chatbots: asked when another one is named.

    Attributes:
        conversations: the source's.
        rows: by the number of an entity, where its rows are.
        chatbots: those that there are.
        former: where conversations were before they moved.
    """

    def __init__(
        self, entities: Sequence[ReadEntity], chatbots: PlacedChatbots, ask_chatbots: AskChatbots
    ) -> None:
        self.chatbots = chatbots
        self._ask_chatbots = ask_chatbots
        self._asked: set[str] = set()
        self.conversations = SourceConversations()
        self.former: dict[str, set[Spot]] = {}
        self.rows = {each.number: RowPlaces(self.conversations) for each in entities}
        self._headers = [each for each in entities if each.kind == "conversation"]
        self._messages = [each for each in entities if each.kind == "message"]
        self._is_asked_for_messages = wanted = any(
            each.kind == "feedback" and "conversation" not in each.fields for each in entities
        )
        by_name = [each for each in self._messages if wanted and not each.is_named_by_key]
        self._by_name = {each.number: RowPlaces(self.conversations) for each in by_name}

    def forget(self, entity: ReadEntity) -> None:
        """Its rows will be told anew."""
        self.rows[entity.number] = RowPlaces(self.conversations)
        if entity.number in self._by_name:
            self._by_name[entity.number] = RowPlaces(self.conversations)

    def fill(self, entity: ReadEntity, keys: pa.Array, numbers: Numbers, names: pa.Array) -> Hashes:
        """Many rows of an entity at once: see `RowPlaces.fill`. Gives the hashes of their names."""
        hashes = hashes_of(keys)
        if entity.is_named_by_key:
            self.rows[entity.number].fill(hashes, numbers, None)
            return hashes
        self.rows[entity.number].fill(hashes, numbers, names.to_pylist())
        named = hashes_of(names)
        if entity.number in self._by_name:
            self._by_name[entity.number].fill(named, numbers, None)
        return named

    def loaded(self, entity: ReadEntity, keys: pa.Array, numbers: Numbers, events: pa.Table) -> None:
        """Messages were loaded: votes that name a message alone will ask where it is."""
        if entity.kind == "message" and self._is_asked_for_messages:
            self.fill(entity, keys, numbers, events.column("id").combine_chunks())

    def filled(self, entity: ReadEntity) -> None:
        """All of them are there."""
        self.rows[entity.number].filled()
        if entity.number in self._by_name:
            self._by_name[entity.number].filled()

    def put(self, entity: ReadEntity, key: str, conversation: str, name: str) -> None:
        """A row is there."""
        self.rows[entity.number].put(key, conversation, name)
        if entity.number in self._by_name:
            self._by_name[entity.number].put(name, conversation, name)

    def drop(self, entity: ReadEntity, key: str) -> None:
        """A row is gone."""
        found = self.rows[entity.number].find(key)
        self.rows[entity.number].drop(key)
        if found is not None and entity.number in self._by_name:
            self._by_name[entity.number].drop(found[1])

    def spot_of(self, conversation: str) -> Spot | None:
        """Where a conversation is."""
        chatbot = self.conversations.chatbot_of(conversation)
        company = None if chatbot is None else self.company_of(chatbot)
        return None if chatbot is None or company is None else Spot(company, chatbot, conversation)

    def company_of(self, chatbot: str) -> str | None:
        """The company of a chatbot; one that is not known is asked for once."""
        found = self.chatbots.placed.get(chatbot)
        if found is None and chatbot not in self._asked:
            # With it all that were named so far: what is not among the answer now was not there then.
            self._asked.update((chatbot, *self.conversations.chatbots))
            self.chatbots = self._ask_chatbots()
            found = self.chatbots.placed.get(chatbot)
        return found

    def register(self, sheet: Sheet, reader: SourceReader) -> dict[str, str]:
        """Conversations are there: gives those that were of another chatbot, with that one.

        A change of the log may be older than what is known, which was read since: then the conversation is
        where it is by now. It would be taken from there, for good, and brought back by a change that follows.
        """
        moved: dict[str, str] = {}
        conversations, chatbots = sheet.conversations, sheet.column("chatbot_id")
        now = self._where_now(zip(conversations, chatbots, strict=True), reader)
        for place, (conversation, said) in enumerate(zip(conversations, chatbots, strict=True)):
            if not conversation or not said:
                continue
            chatbot = now.get(conversation, said)
            before = self.conversations.put(conversation, chatbot)
            if before is not None:
                moved[conversation] = before
            sheet.spots[place] = self.spot_of(conversation)
            if sheet.spots[place] is None and sheet.telling.good[place]:
                sheet.refuse(place, "unknown_chatbot", chatbot, f"chatbot:{chatbot}")
        return moved

    def _where_now(
        self, said: Iterable[tuple[str | None, str | None]], reader: SourceReader
    ) -> dict[str, str]:
        """The chatbots of conversations that are said to be of another than is known; gone ones stay."""
        found: dict[str, str] = {}
        for conversation, chatbot in said:
            known = self.conversations.chatbot_of(conversation) if conversation else None
            if conversation and chatbot and known not in (None, chatbot):
                found[conversation] = known
        for entity in self._headers if found else ():
            for table in entity.read_where(reader, "id", list(found)):
                asked = Sheet.of_table(entity, table)
                rows = zip(asked.conversations, asked.column("chatbot_id"), strict=True)
                found.update((each, chatbot) for each, chatbot in rows if each and chatbot)
        return found

    def place(self, sheets: Sequence[Sheet], reader: SourceReader, besides: Sequence[Sheet] = ()) -> None:
        """Say where the rows of sheets belong that are not of conversations; set aside what is nowhere.

        Args:
            sheets: of messages and ratings, or of votes.
            reader: of the source.
            besides: of votes, what was read with them: the messages that they are on may be among it.
        """
        said = _said_by(besides)
        others = [each for each in sheets if each.entity.kind != "conversation"]
        named = [self._conversations_of(each, said) for each in others]
        self._ask_messages(others, named, reader)
        self._ask_conversations((each for each in _flat(named) if each), reader)
        for sheet, conversations in zip(others, named, strict=True):
            self._spread(sheet, conversations)

    def _conversations_of(self, sheet: Sheet, said: Mapping[str, str]) -> list[str | None]:
        if not is_placed_by_message(sheet.entity):
            return sheet.conversations
        return [said.get(name) or self.conversation_of_message(name) for name in sheet.names]

    def conversation_of_message(self, name: str) -> str | None:
        """The conversation of a message, if it is remembered."""
        for places in self._places_of_messages():
            found = places.find(name)
            if found is not None:
                return found[0]
        return None

    def conversations_of_messages(self, names: pa.Array) -> Numbers:
        """The numbers of the conversations of many messages, as far as they are remembered."""
        hashes = hashes_of(names)
        numbers = np.full(len(hashes), NOWHERE, np.int32)
        for places in self._places_of_messages():
            numbers = np.where(numbers == NOWHERE, places.numbers_of(hashes), numbers)
        return numbers

    def _places_of_messages(self) -> Iterable[RowPlaces]:
        return (
            self._by_name[each.number] if each.number in self._by_name else self.rows[each.number]
            for each in self._messages
            if each.number in self._by_name or each.is_named_by_key
        )

    def _ask_messages(
        self, sheets: Sequence[Sheet], named: Sequence[list[str | None]], reader: SourceReader
    ) -> None:
        """Ask the source for the conversations of messages that only votes name.

        A message that says nothing which can be taken is not there for a vote, either.
        """
        unknown: dict[str, None] = {}
        for sheet, conversations in zip(sheets, named, strict=True):
            if sheet.entity.kind == "feedback":
                names = zip(sheet.names, conversations, strict=True)
                unknown.update((name, None) for name, conversation in names if name and conversation is None)
        found: dict[str, str] = {}
        for entity in self._messages if unknown else ():
            for table in entity.read_where(reader, "id", list(unknown)):
                asked = Sheet.of_table(entity, table)
                self.place([asked], reader)
                asked.say()
                found |= _said_by([asked])
                for key, name in zip(asked.keys, asked.names, strict=True):
                    if name in found:
                        self.put(entity, key, found[name], name)
        for sheet, conversations in zip(sheets, named, strict=True):
            if sheet.entity.kind == "feedback":
                for place, name in enumerate(sheet.names):
                    conversations[place] = conversations[place] or found.get(name)

    def _ask_conversations(self, wanted: Iterable[str], reader: SourceReader) -> None:
        unknown = dict.fromkeys(each for each in wanted if self.conversations.chatbot_of(each) is None)
        for entity in self._headers if unknown else ():
            for table in entity.read_where(reader, "id", list(unknown)):
                self.register(Sheet.of_table(entity, table), reader)

    def _spread(self, sheet: Sheet, conversations: Sequence[str | None]) -> None:
        for place, conversation in enumerate(conversations):
            if conversation is None:
                if sheet.telling.good[place]:
                    name = sheet.names[place]
                    sheet.refuse(place, "unknown_message", waits_for=f"message:{name}")
                continue
            sheet.spots[place] = self.spot_of(conversation)
            if sheet.spots[place] is None and sheet.telling.good[place]:
                self._refuse_place(sheet, place, conversation)

    def _refuse_place(self, sheet: Sheet, place: int, conversation: str) -> None:
        chatbot = self.conversations.chatbot_of(conversation)
        if chatbot is None:
            sheet.refuse(place, "unknown_conversation", waits_for=f"conversation:{conversation}")
        else:
            sheet.refuse(place, "unknown_chatbot", chatbot, f"chatbot:{chatbot}")


def is_placed_by_message(entity: ReadEntity) -> bool:
    """Whether rows are votes that belong where their message is: they count only if that does."""
    return entity.kind == "feedback" and "conversation" not in entity.entity.fields


def _said_by(sheets: Iterable[Sheet]) -> dict[str, str]:
    """The conversations of the messages that sheets say."""
    said: dict[str, str] = {}
    for sheet in sheets:
        if sheet.entity.kind == "message":
            rows = zip(sheet.names, sheet.conversations, sheet.events, strict=True)
            said.update(
                (name, conversation)
                for name, conversation, event in rows
                if conversation and event is not None
            )
    return said


def _flat(lists: Iterable[Iterable[str | None]]) -> Iterable[str | None]:
    return (each for some in lists for each in some)
