"""Records that are committed together: by company, and by conversation."""

from collections.abc import Container, Mapping, Sequence

from botlens.events.record import Record

Batches = Mapping[str, Sequence[Record]]
"""Records by company id."""

RecordsByConversation = dict[tuple[str, str], list[Record]]
"""Records of one company by (chatbot id, conversation id)."""

Touched = dict[str, RecordsByConversation]
"""Records by company id and conversation."""


def by_conversation(records: Sequence[Record]) -> RecordsByConversation:
    """The records by (chatbot id, conversation id), each in the order of arrival."""
    found: RecordsByConversation = {}
    for record in records:
        key = record.chatbot_id, record.conversation_id
        others = found.get(key)
        if others is None:
            found[key] = [record]
        else:
            others.append(record)
    return found


def touched_by(batches: Batches) -> Touched:
    """The records by company and conversation."""
    return {company_id: by_conversation(records) for company_id, records in batches.items()}


def without_conversations(left_out: Container[tuple[str, str, str]], batches: Batches) -> Batches:
    """The batches without the records of some conversations (company id, chatbot id, conversation id)."""
    return {
        company_id: [
            each for each in records if (company_id, each.chatbot_id, each.conversation_id) not in left_out
        ]
        for company_id, records in batches.items()
    }


def without_records(some: Sequence[Record], batches: Batches) -> Batches:
    """The batches without some of their records."""
    left_out = set(map(id, some))
    return {
        company_id: [each for each in records if id(each) not in left_out]
        for company_id, records in batches.items()
    }
