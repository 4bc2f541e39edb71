"""Takes deleted conversations off the disk."""

from collections import defaultdict
from collections.abc import Iterable

from botlens.store.connection import ClickHouse
from botlens.store.reading import SOME_CONVERSATIONS, some_conversations
from botlens.store.schema import EVENTS

_OF_COMPANY = f"company_id = {{company_id:String}} AND {SOME_CONVERSATIONS}"


def erase(store: ClickHouse, keys: Iterable[tuple[str, str, str]]) -> None:
    """Have all rows of conversations (company, chatbot, conversation) removed, but for their deletion.

    The store rewrites the files that hold them in the background, and goes on with it after a restart. Facts
    are kept too where they say nothing any more. That is so in every table of facts, whichever serves.
    """
    tables = [(EVENTS, "kind != 'deletion'"), *((name, "(counted OR test)") for name in store.facts.all)]
    by_company: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for company_id, chatbot_id, conversation_id in keys:
        by_company[company_id].append((chatbot_id, conversation_id))
    for company_id, conversations in by_company.items():
        parameters = {"company_id": company_id, **some_conversations(conversations)}
        for table, row_says_something in tables:
            store.maintain(
                f"ALTER TABLE {table} DELETE WHERE {_OF_COMPANY} AND {row_says_something}", parameters
            )
