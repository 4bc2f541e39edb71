"""Conversations that one store has and another has never had: so that none is made like the wrong one.

Something stays of every conversation that was written once: when it is deleted, that it was. Nothing stays of
a chatbot that was deleted as a whole, so only those that there are count.
"""

from collections.abc import Collection
from typing import Final

from botlens.store.connection import ClickHouse
from botlens.store.reading import SOME_CONVERSATIONS, some_conversations
from botlens.store.schema import EVENTS

_LOOKED_AT: Final = 100
"""So many of a chatbot say it: a store that is taken for the right one by mistake knows none."""

_OWN: Final = "company_id = {company_id:String}"
_SOME: Final = (
    f"SELECT DISTINCT conversation_id FROM {EVENTS} WHERE {_OWN} AND chatbot_id = {{chatbot_id:String}} "
    f"LIMIT {_LOOKED_AT}"
)
_THOSE: Final = (
    f"SELECT DISTINCT chatbot_id, conversation_id FROM {EVENTS} WHERE {_OWN} AND {SOME_CONVERSATIONS}"
)


def has_never_had(store: ClickHouse, other: ClickHouse, company_id: str, chatbots: Collection[str]) -> bool:
    """Whether a store has never had some of the conversations that another has.

    A sample is looked at, of each chatbot.

    Args:
        store: may lack them.
        other: has them.
        company_id: whose.
        chatbots: those that the company has now.

    Raises:
        StoreError: one does not answer.
    """
    for each in sorted(chatbots):
        rows = other.maintain(_SOME, {"company_id": company_id, "chatbot_id": each})
        some = [(each, row[0]) for row in rows]
        if not some:
            continue
        known = store.maintain(_THOSE, {"company_id": company_id, **some_conversations(some)})
        if len(known) < len(some):
            return True
    return False
