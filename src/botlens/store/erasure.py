"""Takes what was deleted off the disk: conversations, whole chatbots, whole companies."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from botlens.store.connection import ClickHouse, StoreError
from botlens.store.reading import SOME_CONVERSATIONS, some_conversations
from botlens.store.schema import EVENTS

OF_NO_COMPANY: Final[Mapping[str, str]] = MappingProxyType(
    {"writers": "it says which process writes to the store, and beats for all companies at once"}
)
"""Tables without rows of companies, each with the reason. All others have a column for the company and one
for the chatbot."""

_OURS = (
    "SELECT DISTINCT table FROM system.columns WHERE database = currentDatabase() AND name = 'company_id' "
    "AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() "
    "AND startsWith(comment, 'botlens: ')) ORDER BY table"
)
_FAILING = (
    "SELECT latest_fail_reason FROM system.mutations WHERE database = currentDatabase() "
    "AND table = {table:String} AND NOT is_done AND latest_fail_reason != '' LIMIT 1"
)
_OF_COMPANY = f"company_id = {{company_id:String}} AND {SOME_CONVERSATIONS}"


def erase_conversations(store: ClickHouse, keys: Iterable[tuple[str, str, str]]) -> None:
    """Have all rows of conversations (company, chatbot, conversation) removed, but for their deletion.

    The store rewrites the files that hold them in the background, and goes on with it after a restart. Empty
    facts of a deleted conversation stay too. All tables of facts are erased from, whichever serves.
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


class WholeErasure:
    """All rows of one company, or of one of its chatbots, in every table that holds rows of companies.

    The tables are those that the store has: one that is being made anew, or was left by an older version, is
    erased as well. What others keep in the same database is not touched.

    Args:
        store: has them.
        company_id: whose.
        chatbot_id: of which chatbot; None is all of the company.
    """

    def __init__(self, store: ClickHouse, company_id: str, chatbot_id: str | None) -> None:
        self._store = store
        own = "company_id = {company_id:String}"
        self._where = own if chatbot_id is None else f"{own} AND chatbot_id = {{chatbot_id:String}}"
        self._parameters = {"company_id": company_id, "chatbot_id": chatbot_id or ""}

    def chatbots(self) -> list[str]:
        """The chatbots that have raw events among these rows."""
        statement = f"SELECT DISTINCT chatbot_id FROM {EVENTS} WHERE {self._where} ORDER BY 1"
        return [row[0] for row in self._store.maintain(statement, self._parameters)]

    def remaining(self) -> dict[str, int]:
        """How many rows are left, by table; tables without any are not named."""
        found = {}
        for table in self._tables():
            statement = f"SELECT count() FROM {table} WHERE {self._where}"
            ((rows,),) = self._store.maintain(statement, self._parameters)
            if rows:
                found[table] = int(rows)
        return found

    def begin(self) -> None:
        """Have the store rewrite the files that hold them; it goes on with it after a restart."""
        for table in self.remaining():
            self._store.maintain(f"ALTER TABLE {table} DELETE WHERE {self._where}", self._parameters)

    def check(self) -> None:
        """Pass unless the store cannot rewrite its files.

        Raises:
            StoreError: it cannot; the cause says why.
        """
        for table in self._tables():
            for (reason,) in self._store.maintain(_FAILING, {"table": table}):
                raise StoreError from RuntimeError(reason)

    def _tables(self) -> list[str]:
        return [row[0] for row in self._store.maintain(_OURS)]
