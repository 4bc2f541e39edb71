"""Reads of one company. The one place that puts the company into a statement."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pyarrow as pa

from botlens.store.connection import ClickHouse
from botlens.store.schema import EVENTS, FACTS

_CALLED = re.compile(rf"\b{FACTS}\b")


def facts(where: str = "1", columns: Iterable[str] = ("*",)) -> str:
    """The facts of the company that meet a condition, as a table expression: current versions only.

    Naming the columns that are needed is worth it: to plan a statement takes as long as to run it, and every
    column that a subquery passes on has its share in that.
    """
    selected = f"SELECT {', '.join(columns)} FROM {FACTS} FINAL"
    return f"({selected} WHERE company_id = {{company_id:String}} AND (NOT gone AND ({where})))"


def all_facts(where: str = "1", columns: Iterable[str] = ("*",)) -> str:
    """The same with the versions that were replaced but not merged away yet: cheaper, for sets of ids."""
    return (
        f"(SELECT {', '.join(columns)} FROM {FACTS} WHERE company_id = {{company_id:String}} AND ({where}))"
    )


def events(where: str = "1", columns: Iterable[str] = ("*",)) -> str:
    """The raw events of the company that meet a condition, as a table expression: all that are stored."""
    selected = f"SELECT {', '.join(columns)} FROM {EVENTS}"
    return f"({selected} WHERE company_id = {{company_id:String}} AND ({where}))"


def latest_events(where: str = "1", columns: Iterable[str] = ("*",)) -> str:
    """The same without those that a resend of the same rank has replaced, with the columns that are named."""
    selected = f"SELECT {', '.join(columns)} FROM {EVENTS} FINAL"
    return f"({selected} WHERE company_id = {{company_id:String}} AND ({where}))"


def between(until: str | None) -> str:
    """The condition of rows of `chatbot_id` with `after < conversation_id <= until`; None is no end."""
    ids = "chatbot_id = {chatbot_id:String} AND conversation_id > {after:String}"
    return ids if until is None else f"{ids} AND conversation_id <= {{until:String}}"


SOME_CONVERSATIONS = (
    "chatbot_id IN {chatbots:Array(String)} AND (chatbot_id, conversation_id) IN "
    "(SELECT key.1, key.2 FROM (SELECT arrayJoin(arrayZip("
    "{keys1:Array(String)}, {keys2:Array(String)})) AS key))"
)
"""The condition that a row is of one of the conversations in `some_conversations`."""


def some_conversations(keys: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The parameters of `SOME_CONVERSATIONS`: (chatbot id, conversation id) each."""
    return {
        "chatbots": sorted({chatbot for chatbot, _ in keys}),
        "keys1": [chatbot for chatbot, _ in keys],
        "keys2": [conversation for _, conversation in keys],
    }


@dataclass(slots=True)
class CompanyReader:
    """Runs reads for one company: statements name their tables by `facts()` and `events()`.

    `statements` counts them, also where threads run them at the same time. `table` is the table of facts that
    is read, if it is not the one that serves. `uncounted` are the chatbots whose facts lack some of their raw
    events; `recounted_only_in_part`, asked once all is read, tells those of which some facts may heed
    another threshold than others. If two readers have the same `stamp`, nothing of the company was written to
    the store in between; None is not known. If they have the same `rewrites`, what was written came by
    commits of this process: its facts have higher versions than all before. `has_recalled`: some was not read
    now, but is remembered.
    """

    store: ClickHouse
    company_id: str
    statements: int = 0
    table: str | None = None
    uncounted: frozenset[str] = frozenset()
    recounted_only_in_part: Callable[[], frozenset[str]] = frozenset
    stamp: int | None = None
    rewrites: int | None = None
    has_recalled: bool = False
    _counting: Lock = field(default_factory=Lock, repr=False, compare=False)

    def rows(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> Sequence[Sequence[Any]]:
        """See `ClickHouse.rows`."""
        self._count()
        return self.store.rows(
            self._of_table(statement), {**parameters, "company_id": self.company_id}, seconds=seconds
        )

    def columns(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> pa.Table:
        """See `ClickHouse.columns`."""
        self._count()
        return self.store.columns(
            self._of_table(statement), {**parameters, "company_id": self.company_id}, seconds=seconds
        )

    def blocks(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """See `ClickHouse.blocks`."""
        self._count()
        return self.store.blocks(
            self._of_table(statement), {**parameters, "company_id": self.company_id}, seconds=seconds
        )

    def _count(self) -> None:
        with self._counting:
            self.statements += 1

    def _of_table(self, statement: str) -> str:
        table = self.table or self.store.facts.serving
        return statement if table == FACTS else _CALLED.sub(table, statement)
