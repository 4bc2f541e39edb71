"""Words that lie in a store although they were deleted: somebody wrote them after they were erased.

A node of a cluster that was taken for dead may do so, minutes later; and whoever brings a slot to another
shard has read them before. They are in no number; but they must not stay on a disk.
"""

from collections import defaultdict

from botlens.events.record import FEEDBACK, MESSAGE, MESSAGE_DELETION
from botlens.metrics.conversation import RecordName
from botlens.store.connection import ClickHouse
from botlens.store.erasure import FACTS_PLACES, TakenBack, delete_rows, erase_conversations, erase_taken_back
from botlens.store.reading import (
    SOME_CONVERSATIONS,
    CompanyReader,
    all_facts,
    events,
    facts,
    some_conversations,
)
from botlens.store.upgrades import look_for_others

_AT_ONCE = 500
_CONVERSATION = ("chatbot_id", "conversation_id")
_NAMED = (*_CONVERSATION, "event_id")
_SOME = "SELECT DISTINCT toString(chatbot_id), conversation_id FROM"
_DELETED = events("kind = 'deletion'", _CONVERSATION)
_STILL_THERE = events("kind != 'deletion'", _CONVERSATION)
_OF_DELETED = f"{_SOME} {_STILL_THERE} WHERE ({', '.join(_CONVERSATION)}) IN {_DELETED} ORDER BY 1, 2"

_DELETIONS = "kind IN ('message_deletion', 'feedback_deletion')"
_WITH_TEXTS = events("kind = 'message' OR (kind = 'feedback' AND content != '')", _NAMED)
_WITH_TAKEN_BACK = (
    f"{_SOME} {_WITH_TEXTS} WHERE ({', '.join(_NAMED)}) IN {events(_DELETIONS, _NAMED)} ORDER BY 1, 2"
)
_TAKEN_BACK = (
    "SELECT toString(chatbot_id), conversation_id, toInt8(kind), event_id, max(rank) FROM "
    f"{events(SOME_CONVERSATIONS + ' AND ' + _DELETIONS)} "
    "GROUP BY chatbot_id, conversation_id, kind, event_id"
)

_MESSAGES_DELETED = events("kind = 'message_deletion'", _CONVERSATION)
_WITH_MESSAGES_DELETED = f"{_SOME} {_MESSAGES_DELETED} ORDER BY 1, 2"
_PLACES = (*_CONVERSATION, "day", "version")
_FACTS_THAT_SAY = (
    "SELECT toString(chatbot_id), day, conversation_id, version FROM "
    f"{all_facts(SOME_CONVERSATIONS + ' AND NOT gone', _PLACES)}"
)
_FACTS_THAT_COUNT = (
    "SELECT toString(chatbot_id), conversation_id, max(version) FROM "
    f"{facts(SOME_CONVERSATIONS, _PLACES)} GROUP BY chatbot_id, conversation_id"
)

_Conversation = tuple[str, str]


def erase_leftovers(store: ClickHouse, company_id: str) -> int:
    """Have what was deleted of a company removed: conversations and single messages; there are few.

    Args:
        store: has them.
        company_id: whose.

    Returns:
        How many conversations had to be erased again.

    Raises:
        StoreError: the store does not answer.
    """
    look_for_others(store)
    reader = CompanyReader(store.reserved, company_id)
    deleted = [(row[0], row[1]) for row in reader.rows(_OF_DELETED, {})]
    for at in range(0, len(deleted), _AT_ONCE):
        erase_conversations(store, ((company_id, *each) for each in deleted[at : at + _AT_ONCE]))
    suspects = [(row[0], row[1]) for row in reader.rows(_WITH_TAKEN_BACK, {})]
    for at in range(0, len(suspects), _AT_ONCE):
        names = _taken_back(reader, suspects[at : at + _AT_ONCE])
        # Of no version of facts: those of an owner that is gone have lower ones than what is there.
        erase_taken_back(store, (TakenBack((company_id, *key), 0, each) for key, each in names.items()))
    shortened = [(row[0], row[1]) for row in reader.rows(_WITH_MESSAGES_DELETED, {})]
    for at in range(0, len(shortened), _AT_ONCE):
        _erase_replaced(store, company_id, shortened[at : at + _AT_ONCE])
    return len(deleted)


def _erase_replaced(store: ClickHouse, company_id: str, conversations: list[_Conversation]) -> None:
    """Have facts removed that were replaced, of conversations that had messages which are deleted."""
    for table in store.facts.all:
        reader = CompanyReader(store.reserved, company_id, table=table)
        some = some_conversations(conversations)
        current = {(row[0], row[1]): row[2] for row in reader.rows(_FACTS_THAT_COUNT, some)}
        rows = reader.rows(_FACTS_THAT_SAY, some)
        older = [row for row in rows if row[3] < current.get((row[0], row[2]), 0)]
        delete_rows(store, company_id, table, FACTS_PLACES, older)


def _taken_back(
    reader: CompanyReader, conversations: list[_Conversation]
) -> dict[_Conversation, dict[RecordName, int]]:
    """What was taken back in some conversations, and at which revision: with a message goes its vote."""
    found: defaultdict[_Conversation, dict[RecordName, int]] = defaultdict(dict)
    for chatbot_id, conversation_id, kind, name, at in reader.rows(
        _TAKEN_BACK, some_conversations(conversations)
    ):
        own = found[chatbot_id, conversation_id]
        for of in (MESSAGE, FEEDBACK) if kind == MESSAGE_DELETION else (FEEDBACK,):
            own[of, name] = max(at, own.get((of, name), at))
    return dict(found)
