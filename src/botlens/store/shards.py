"""Several event stores as one, for whoever reads and writes of one company at a time: each at its shard."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import pyarrow as pa

from botlens.store.connection import Admission, ClickHouse
from botlens.store.table import Table

ShardOf = Callable[[str], int]
"""The number of the shard that has a company, from 0."""


class Shards(ClickHouse):
    """The shards of a cluster. What is of no company is asked of each by itself: see `each`.

    Args:
        each: the shards, in their order.
        shard_of: see there.
    """

    def __init__(self, each: Sequence[ClickHouse], shard_of: ShardOf) -> None:
        self.each = list(each)
        self._shard_of = shard_of
        self.topology = each[0].topology
        self.facts = each[0].facts

    def of(self, company_id: str) -> ClickHouse:
        """The shard of a company."""
        return self.each[self._shard_of(company_id)]

    def _with(self, change: Callable[[ClickHouse], ClickHouse]) -> Self:
        same = copy.copy(self)
        same.each = [change(each) for each in self.each]
        return same

    @property
    def reserved(self) -> Self:
        """See `ClickHouse`."""
        return self._with(lambda each: each.reserved)

    def admitted(self, admission: Admission) -> Self:
        """See `ClickHouse`."""
        return self._with(lambda each: each.admitted(admission))

    @property
    def readers(self) -> int:
        """How many reads one of them serves at once: questions are of any."""
        return self.each[0].readers

    def has_room(self) -> bool:
        """Whether another read would be served at once, wherever it is."""
        return all(each.has_room() for each in self.each)

    def close(self) -> None:
        """Close all of them."""
        for each in self.each:
            each.close()

    def rows(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> Sequence[Sequence[Any]]:
        """See `ClickHouse`."""
        return self.of(parameters["company_id"]).rows(statement, parameters, seconds=seconds)

    def columns(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> pa.Table:
        """See `ClickHouse`."""
        return self.of(parameters["company_id"]).columns(statement, parameters, seconds=seconds)

    def blocks(
        self, statement: str, parameters: Mapping[str, Any], *, seconds: float | None = None
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """See `ClickHouse`."""
        return self.of(parameters["company_id"]).blocks(statement, parameters, seconds=seconds)

    def maintain(
        self, statement: str, parameters: Mapping[str, Any] | None = None, *, seconds: float | None = None
    ) -> Sequence[Sequence[Any]]:
        """The rows of all of them, one shard after the other."""
        return [row for each in self.each for row in each.maintain(statement, parameters, seconds=seconds)]

    def arrow(self, statement: str, parameters: Mapping[str, Any]) -> pa.Table:
        """See `ClickHouse`: of the company in the parameters."""
        return self.of(parameters["company_id"]).arrow(statement, parameters)

    def insert(self, table: Table, parts: Iterable[pa.Table], name: str | None = None) -> None:
        """See `ClickHouse`. Each part is of one company."""
        by_company: dict[str, list[pa.Table]] = {}
        for part in parts:
            if len(part):
                by_company.setdefault(part.column("company_id")[0].as_py(), []).append(part)
        for company_id, own in by_company.items():
            self.of(company_id).insert(table, own, name)

    def give_back_memory(self) -> None:
        """See `ClickHouse`."""
        self.each[0].give_back_memory()
