"""Which conversations changed since something was read, and whether their questions have signs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from botlens.gaps.questions.asked import OF_CHATBOTS
from botlens.gaps.questions.signals import HAS_SIGNALS, NEEDS_RECORDS
from botlens.store.reading import CompanyReader, all_facts

_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class ChangedConversation:
    """A conversation as it became at a version of its facts.

    Attributes:
        key: chatbot and conversation.
        version: of the facts.
        questions: by normal form; of one that is deleted there are none.
        has_signals: whether one of them may have a sign.
        needs_records: whether there may be a sign that facts do not tell.
    """

    key: tuple[str, str]
    version: int
    questions: frozenset[str]
    has_signals: bool
    needs_records: bool


_COLUMNS: Final = (
    "chatbot_id",
    "conversation_id",
    "version",
    "questions",
    "question_again",
    "unanswered",
    "negative",
    "handoffs",
    "fallbacks",
    "user_messages",
)
_STATEMENT: Final = (
    f"SELECT toString(chatbot_id), conversation_id, version, questions, {HAS_SIGNALS}, {NEEDS_RECORDS} "
    f"FROM {all_facts(f'{OF_CHATBOTS} AND version > {{since:UInt64}}', _COLUMNS)} LIMIT {_MOST + 1}"
)


class ConversationChanges:
    """What changed of some chatbots, read once for all who ask.

    Args:
        reader: of the company.
        chatbots: whose.
    """

    def __init__(self, reader: CompanyReader, chatbots: Sequence[str]) -> None:
        self._reader = reader
        self._chatbots = chatbots
        self._low: int | None = None
        self._found: list[ChangedConversation] | None = None

    def since(self, version: int) -> list[ChangedConversation] | None:
        """What has facts of a higher version, also such as were replaced by now; None of more than 1,000."""
        if self._low is None or version < self._low or self._found is None:
            rows = self._reader.rows(_STATEMENT, {"chatbots": list(self._chatbots), "since": version})
            self._low = version
            self._found = None if len(rows) > _MOST else [_changed(*row) for row in rows]
        return self._found and [each for each in self._found if each.version > version]


def _changed(
    chatbot_id: str, conversation_id: str, version: int, questions: Sequence[str], signals: int, records: int
) -> ChangedConversation:
    key = (chatbot_id, conversation_id)
    return ChangedConversation(key, int(version), frozenset(questions), bool(signals), bool(records))
