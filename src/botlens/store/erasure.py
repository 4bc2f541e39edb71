"""Takes what was deleted off the disk: messages, conversations, whole chatbots, whole companies."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from botlens.events.record import FEEDBACK, MESSAGE
from botlens.metrics.conversation import RecordName
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from botlens.store.reading import SOME_CONVERSATIONS, some_conversations
from botlens.store.saved_rows import forget_saved
from botlens.store.schema import EVENTS, FACTS
from botlens.store.upgrades import look_for_others

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


_FIRST_WAIT, _LONGEST_WAIT = 0.05, 1.0


def erase_conversations(store: ClickHouse, keys: Iterable[tuple[str, str, str]]) -> None:
    """Have all rows of conversations (company, chatbot, conversation) removed, but for their deletion.

    The store rewrites the files that hold them in the background, and goes on with it after a restart. Empty
    facts of a deleted conversation stay too. All tables of facts are erased from, whichever serves.
    """
    look_for_others(store)
    tables = [(EVENTS, "kind != 'deletion'"), *((name, "(counted OR test)") for name in store.facts.all)]
    by_company: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for company_id, chatbot_id, conversation_id in keys:
        by_company[company_id].append((chatbot_id, conversation_id))
    for company_id, conversations in by_company.items():
        forget_saved(store, company_id, {chatbot_id for chatbot_id, _ in conversations})
        parameters = {"company_id": company_id, **some_conversations(conversations)}
        for table, row_says_something in tables:
            where = f"{_OF_COMPANY} AND {row_says_something}"
            store.maintain(store.topology.delete(table, where), parameters)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was deleted by itself in a conversation (company, chatbot, conversation) that goes on.

    Attributes:
        key: which conversation.
        version: of its facts that know of it.
        names: what was deleted, and at which revision: what has a higher one stays.
    """

    key: tuple[str, str, str]
    version: int
    names: Mapping[RecordName, int]

    def and_then(self, later: "TakenBack") -> "TakenBack":
        """This, and what was deleted in the same conversation later."""
        names = {name: max(at, self.names.get(name, at)) for name, at in later.names.items()}
        return TakenBack(self.key, later.version, {**self.names, **names})


def erase_taken_back(store: ClickHouse, deleted: Iterable[TakenBack]) -> None:
    """Have messages, and what was written with votes, removed; and older facts, which have texts of them.

    As in `erase`, in the background. Rows of a vote or a rating that hold no text stay, as does the deletion:
    no number knows them, and files are not rewritten whenever somebody takes a vote back.
    """
    look_for_others(store)
    by_company: defaultdict[str, dict[tuple[str, str], TakenBack]] = defaultdict(dict)
    for each in deleted:
        by_company[each.key[0]][each.key[1], each.key[2]] = each
    for company_id, conversations in by_company.items():
        delete_rows(store, company_id, EVENTS, _EVENT, _events_taken_back(store, company_id, conversations))
        with_messages = {
            key: each for key, each in conversations.items() if any(kind == MESSAGE for kind, _ in each.names)
        }
        if with_messages:
            forget_saved(store, company_id, {chatbot_id for chatbot_id, _ in with_messages})
        for table in store.facts.all if with_messages else ():
            delete_rows(
                store, company_id, table, FACTS_PLACES, _older_facts(store, company_id, table, with_messages)
            )


_EVENT = {
    "chatbot_id": "String",
    "conversation_id": "String",
    "toInt8(kind)": "Int8",
    "event_id": "String",
    "rank": "Int64",
    "precedence": "Int64",
}
FACTS_PLACES = {"chatbot_id": "String", "day": "Int32", "conversation_id": "String", "version": "UInt64"}
"""What names a row within a company, with the types."""

_Conversations = Mapping[tuple[str, str], TakenBack]
"""By (chatbot id, conversation id), of one company."""


def _events_taken_back(
    store: ClickHouse, company_id: str, conversations: _Conversations
) -> list[Sequence[Any]]:
    """The rows of raw events that are to go."""
    names = {name for each in conversations.values() for _, name in each.names}
    rows = store.maintain(
        f"SELECT DISTINCT {', '.join(_EVENT)} FROM {EVENTS} WHERE {_OF_COMPANY} "
        "AND (kind = 'message' OR (kind = 'feedback' AND content != '')) "
        "AND event_id IN {names:Array(String)}",
        {"company_id": company_id, "names": sorted(names), **some_conversations(list(conversations))},
    )
    return [row for row in rows if _is_taken_back(conversations[row[0], row[1]].names, *row[2:])]


def _is_taken_back(names: Mapping[RecordName, int], kind: int, name: str, rank: int, precedence: int) -> bool:
    revision = precedence if kind == FEEDBACK else rank
    return revision <= names.get((kind, name), -1)


def _older_facts(
    store: ClickHouse, company_id: str, table: str, conversations: _Conversations
) -> list[Sequence[Any]]:
    """The rows of a table of facts that do not know of it yet."""
    rows = store.maintain(
        f"SELECT DISTINCT {', '.join(FACTS_PLACES)} FROM {table} WHERE {_OF_COMPANY} AND NOT gone",
        {"company_id": company_id, **some_conversations(list(conversations))},
    )
    return [row for row in rows if row[3] < conversations[row[0], row[2]].version]


def delete_rows(
    store: ClickHouse, company_id: str, table: str, key: Mapping[str, str], rows: Sequence[Sequence[Any]]
) -> None:
    """Have rows of a company removed, which are named by the columns of a key."""
    if not rows:
        return
    places = range(1, len(key) + 1)
    zipped = ", ".join(f"{{key{at}:Array({kind})}}" for at, kind in zip(places, key.values(), strict=True))
    parts = ", ".join(f"key.{at}" for at in places)
    where = (
        f"company_id = {{company_id:String}} AND ({', '.join(key)}) IN "
        f"(SELECT {parts} FROM (SELECT arrayJoin(arrayZip({zipped})) AS key))"
    )
    store.maintain(
        store.topology.delete(table, where),
        {"company_id": company_id, **{f"key{at}": [row[at - 1] for row in rows] for at in places}},
    )


class WholeErasure:
    """All rows of one company, or of one of its chatbots, in every table that holds rows of companies.

    The tables are those that the store has: one that is being made anew, or was left by an older version, is
    erased as well. What others keep in the same database is not touched.

    Args:
        store: has them.
        company_id: whose.
        chatbot_id: of which chatbot; None is all of the company.
        below: events and facts with higher numbers stay: whoever comes late to it would erase what came since
            by the same name.
        before: called before each table has its rows erased, and while that is waited for; what it raises
            ends it.
    """

    def __init__(
        self,
        store: ClickHouse,
        company_id: str,
        chatbot_id: str | None,
        below: int | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._below, self._before = below, before
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
            statement = f"SELECT count() FROM {table} WHERE {self._where_in(table)}"
            ((rows,),) = self._store.maintain(statement, self._parameters)
            if rows:
                found[table] = int(rows)
        return found

    def begin(self) -> None:
        """Have the store rewrite the files that hold them; it goes on with it after a restart."""
        for table in self.remaining():
            self._before()
            self._store.maintain(self._store.topology.delete(table, self._where_in(table)), self._parameters)

    def finish(self, wait: Callable[[float], object]) -> None:
        """Wait until none is left.

        Args:
            wait: called with seconds between looks; what it raises ends it.

        Raises:
            StoreError: the store cannot rewrite its files.
        """
        seconds = _FIRST_WAIT
        while self.remaining():
            self._before()  # what remains may be of who has the company by now
            self.check()
            wait(seconds)
            seconds = min(2 * seconds, _LONGEST_WAIT)

    def check(self) -> None:
        """Pass unless the store cannot rewrite its files.

        Raises:
            StoreError: it cannot; the cause says why.
        """
        for table in self._tables():
            for (reason,) in self._store.maintain(_FAILING, {"table": table}):
                raise StoreError from RuntimeError(reason)

    def _where_in(self, table: str) -> str:
        number = "arrival" if table == EVENTS else "version" if table.startswith(FACTS) else None
        if number is None or self._below is None:
            return self._where
        return f"{self._where} AND {number} < {self._below}"

    def _tables(self) -> list[str]:
        return [row[0] for row in self._store.maintain(_OURS)]
