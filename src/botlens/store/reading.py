"""Reads of one company. The one place that puts the company into a statement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botlens.store.connection import ClickHouse
from botlens.store.schema import EVENTS, FACTS


def facts(where: str = "1") -> str:
    """The facts of the company that meet a condition, as a table expression: current versions only."""
    return f"(SELECT * FROM {FACTS} FINAL WHERE company_id = {{company_id:String}} AND ({where}))"


def all_facts(where: str = "1") -> str:
    """The same with the versions that were replaced but not merged away yet: cheaper, for sets of ids."""
    return f"(SELECT * FROM {FACTS} WHERE company_id = {{company_id:String}} AND ({where}))"


def events(where: str = "1") -> str:
    """The raw events of the company that meet a condition, as a table expression: all that are stored."""
    return f"(SELECT * FROM {EVENTS} WHERE company_id = {{company_id:String}} AND ({where}))"


@dataclass(frozen=True, slots=True)
class CompanyReader:
    """Runs reads for one company: statements name their tables by `facts()` and `events()`."""

    store: ClickHouse
    company_id: str

    def rows(self, statement: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """See `ClickHouse.rows`."""
        return self.store.rows(statement, {**parameters, "company_id": self.company_id})

    def blocks(self, statement: str, parameters: Mapping[str, Any]) -> Iterator[Sequence[Sequence[Any]]]:
        """See `ClickHouse.blocks`."""
        return self.store.blocks(statement, {**parameters, "company_id": self.company_id})
