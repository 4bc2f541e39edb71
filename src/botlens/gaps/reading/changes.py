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
        newest: the latest time that an event of it tells, microseconds since 1970; None of one that is not
            counted (any more).
        questions: by normal form; of one that is deleted there are none.
        has_signals: whether one of them may have a sign.
        needs_records: whether there may be a sign that facts do not tell.
    """

    key: tuple[str, str]
    version: int
    newest: int | None
    questions: frozenset[str]
    has_signals: bool
    needs_records: bool


_COLUMNS: Final = (
    "chatbot_id",
    "conversation_id",
    "version",
    "newest_at",
    "counted",
    "questions",
    "question_again",
    "unanswered",
    "negative",
    "handoffs",
    "fallbacks",
    "user_messages",
)
_STATEMENT: Final = (
    "SELECT toString(chatbot_id), conversation_id, version, "
    "if(counted, toUnixTimestamp64Micro(newest_at), NULL), questions, "
    f"{HAS_SIGNALS}, {NEEDS_RECORDS} "
    f"FROM {all_facts(f'{OF_CHATBOTS} AND version > {{since:UInt64}}', _COLUMNS)} LIMIT {_MOST + 1}"
)


class ConversationChanges:
    """What changed of some chatbots, read once for all who ask.

    Args:
        reader: of the company.
        chatbots: whose.
        also: the version that somebody may ask from later on: what is read for others is read from there, so
            that one statement is enough for all. 0 is none.
    """

    def __init__(self, reader: CompanyReader, chatbots: Sequence[str], also: int = 0) -> None:
        self._reader = reader
        self._chatbots = chatbots
        self._also = also
        self._low = 0
        self._found: list[ChangedConversation] | None = None

    def since(self, version: int) -> list[ChangedConversation] | None:
        """What has facts of a higher version, also such as were replaced by now; None of more than 1,000."""
        if self._found is None or version < self._low:
            if 0 < self._also < version:
                self._read(self._also)
                self._also = 0  # so far back there are too many, or they are known
            if self._found is None or version < self._low:
                self._read(version)
        return self._found and [each for each in self._found if each.version > version]

    def _read(self, version: int) -> None:
        rows = self._reader.rows(_STATEMENT, {"chatbots": list(self._chatbots), "since": version})
        self._low = version
        self._found = None if len(rows) > _MOST else [_changed(*row) for row in rows]


def _changed(
    chatbot_id: str,
    conversation_id: str,
    version: int,
    newest: int | None,
    questions: Sequence[str],
    signals: int,
    records: int,
) -> ChangedConversation:
    key, asked = (chatbot_id, conversation_id), frozenset(questions)
    return ChangedConversation(key, int(version), newest, asked, bool(signals), bool(records))
