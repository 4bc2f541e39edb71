"""What is asked of `said`, as values: so that a question can go to who has the company, and be asked there.

    question.of(reader) == said_names(reader, question.within)

The answer of each is of the type that its `ANSWER` says.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct

from botlens.store.reading import CompanyReader
from botlens.store.said import (
    SaidNames,
    SaidRange,
    SaidRecords,
    event_names_of,
    said_names,
    said_ranges,
    said_records,
)

Answered_co = TypeVar("Answered_co", covariant=True)

SaidKey = tuple[str, str]
"""(chatbot id, conversation id) of one company."""

NamesInConversation = tuple[dict[str, None], dict[str, None]]
"""The ids of messages, and of those that votes are on: see `event_names_of`."""


class SaidQuestion(Struct, Generic[Answered_co], frozen=True, tag=True):
    """A question about what counts of one company.

    Attributes:
        ANSWER: the type of the answer.
    """

    ANSWER: ClassVar[Any]

    def of(self, reader: CompanyReader) -> Answered_co:
        """The answer of one state."""
        raise NotImplementedError


class RangesOfChatbot(SaidQuestion[list[SaidRange]], frozen=True, tag=True):
    """See `said_ranges`."""

    ANSWER: ClassVar[Any] = list[SaidRange]
    chatbot_id: str

    def of(self, reader: CompanyReader) -> list[SaidRange]:
        """The answer of one state."""
        return said_ranges(reader, self.chatbot_id)


class NamesInRange(SaidQuestion[SaidNames], frozen=True, tag=True):
    """See `said_names`."""

    ANSWER: ClassVar[Any] = SaidNames
    within: SaidRange

    def of(self, reader: CompanyReader) -> SaidNames:
        """The answer of one state."""
        return said_names(reader, self.within)


class NamesInConversations(SaidQuestion[dict[SaidKey, NamesInConversation]], frozen=True, tag=True):
    """See `event_names_of`."""

    ANSWER: ClassVar[Any] = dict[SaidKey, NamesInConversation]
    keys: Sequence[SaidKey]

    def of(self, reader: CompanyReader) -> dict[SaidKey, NamesInConversation]:
        """The answer of one state."""
        return event_names_of(reader, self.keys)


class RecordsInConversations(SaidQuestion[dict[SaidKey, SaidRecords]], frozen=True, tag=True):
    """See `said_records`."""

    ANSWER: ClassVar[Any] = dict[SaidKey, SaidRecords]
    keys: Sequence[SaidKey]
    names: Sequence[str]

    def of(self, reader: CompanyReader) -> dict[SaidKey, SaidRecords]:
        """The answer of one state."""
        return said_records(reader, self.keys, self.names)


AnySaidQuestion = RangesOfChatbot | NamesInRange | NamesInConversations | RecordsInConversations
"""All of them: what can be sent."""
