"""Conversations that ended long ago."""

from collections.abc import Sequence

from botlens.moments import DAY
from botlens.store.reading import CompanyReader, facts

_LAST = "if(messages > 0, ended_at, newest_at)"
"""When a conversation was last heard of: at its last message (or its start, if that is later); without
messages, at the latest time of any of its events."""


def conversations_before(
    reader: CompanyReader, chatbots: Sequence[str], limit: int, most: int
) -> list[tuple[str, str]]:
    """Some conversations of chatbots that were last heard of before a time, tests too.

    One without any time is none of them, nor is one that was deleted.

    Args:
        reader: of the company.
        chatbots: which.
        limit: microseconds since 1970.
        most: how many at most.

    Returns:
        (chatbot id, conversation id) each.
    """
    old = (
        f"chatbot_id IN {{chatbots:Array(String)}} AND day <= {{day:Int32}} "
        f"AND toUnixTimestamp64Micro({_LAST}) < {{limit:Int64}} AND toUnixTimestamp64Micro({_LAST}) != 0"
    )
    rows = reader.rows(
        f"SELECT chatbot_id, conversation_id FROM {facts(old)} LIMIT {{most:UInt32}}",
        {"chatbots": list(chatbots), "day": limit // DAY, "limit": limit, "most": most},
    )
    return [(row[0], row[1]) for row in rows]
