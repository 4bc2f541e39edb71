"""Brings the rows of a company from one store to another, while they change: until both hold the same.

Rows come by their keys, so whatever is brought twice changes nothing. What the first store has erased
meanwhile is looked for in the second, and removed there by its key and version: rows that came later stay.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from botlens.errors import BotlensError
from botlens.store.connection import ClickHouse
from botlens.store.erasure import WholeErasure, delete_rows
from botlens.store.held_rows import (
    HolderKey,
    HolderPage,
    Holding,
    figures_of,
    figures_within,
    holder_pages,
    table_in,
)
from botlens.store.schema import MOVED_TABLES, TABLES
from botlens.store.table import Column, Table

_REMOVED_AT_ONCE: Final = 500
_REWRITING_SECONDS: Final = 60.0
_TABLES: Final = {table.name: table for table in MOVED_TABLES}
_NOTHING: Final = Holding(0, 0, 0)

RowsLookedAt = Callable[[int], None]
"""Hears of rows that were looked at; what it raises ends the work. Also called, with 0, before anything is
changed: what was read may be old by then, and another may have gone on."""


class NotTheSameError(BotlensError):
    """What one store holds of a company changes while another is compared with it, or cannot be brought."""

    status = 503
    code = "not_the_same"


def companies_of(store: ClickHouse) -> set[str]:
    """All companies that have anything in a store."""
    of_tables = (f"SELECT DISTINCT company_id FROM {table_in(store, table)}" for table in TABLES)
    return {row[0] for row in store.maintain(" UNION DISTINCT ".join(of_tables))}


class CompanyCarrier:
    """Brings what one company has.

    Args:
        source: has it, and goes on changing.
        target: gets it.
        company_id: whose.
        heard: hears of progress.
    """

    def __init__(self, source: ClickHouse, target: ClickHouse, company_id: str, heard: RowsLookedAt) -> None:
        self._source = source
        self._target = target
        self._company_id = company_id
        self._heard = heard
        self.rows = 0
        """How many rows the first store had when both were compared last."""

    def differences(self, newer_than: int = 0, *, contents: bool = True) -> list[HolderKey]:
        """The tables and chatbots of which both do not hold the same; see `figures_of`."""
        here, there = (
            self._figures(each, newer_than, contents=contents) for each in (self._source, self._target)
        )
        self.rows = sum(each.rows for each in here.values())
        return sorted(key for key in here.keys() | there.keys() if here.get(key) != there.get(key))

    def bring(self, keys: Iterable[HolderKey]) -> None:
        """Bring what is not there, of some tables and chatbots, and remove there what is not here any more.

        Raises:
            NotTheSameError: what was removed is there still.
            StoreError: a store does not answer.
        """
        for key in keys:
            table = _TABLES[key.table]
            for page in holder_pages(self._source, table, key):
                self._bring_page(table, page)

    def bring_newer(self, newer_than: int) -> None:
        """Bring rows with higher versions than one, of all tables that are numbered as events are."""
        here = self._figures(self._source, newer_than, contents=False)
        for key in sorted(here):
            table = _TABLES[key.table]
            for page in holder_pages(self._source, table, key, newer_than):
                self._insert(table, page)
                self._heard(page.rows.num_rows)

    def _figures(self, store: ClickHouse, newer_than: int, *, contents: bool) -> dict[HolderKey, Holding]:
        found = figures_of(store, self._company_id, newer_than, contents=contents)
        self._heard(0)
        return found

    def _bring_page(self, table: Table, page: HolderPage) -> None:
        expected = self._figures_here(table, page)
        if figures_within(self._target, table, page) != expected:
            self._insert(table, page)
            if figures_within(self._target, table, page) != expected:
                self._remove_all(table, page) if page.is_nothing else self._remove_others(table, page)
        self._heard(page.rows.num_rows)

    def _figures_here(self, table: Table, page: HolderPage) -> Holding:
        return figures_within(self._source, table, page) if page.rows.num_rows else _NOTHING

    def _insert(self, table: Table, page: HolderPage) -> None:
        if page.rows.num_rows:
            self._heard(0)
            self._target.insert(table, [page.rows], table_in(self._target, table))

    def _remove_others(self, table: Table, page: HolderPage) -> None:
        """Remove what lies at the target where a page was read, and not here: it was erased."""
        naming = _naming(table)
        ours, theirs = (self._versions(each, table, naming, page) for each in (self._source, self._target))
        # What is here in a higher version came meanwhile: it is brought, and replaces the one that is there.
        others = sorted((*key, version) for key, version in theirs.items() if ours.get(key, -1) < version)
        for at in range(0, len(others), _REMOVED_AT_ONCE):
            some = others[at : at + _REMOVED_AT_ONCE]
            # After both were read: who has lost the slot meanwhile knows what was, not what is to be there.
            self._heard(0)
            delete_rows(self._target, self._company_id, table_in(self._target, table), naming, some)
        if others:
            self._wait_until_gone(table, page, set(others), ", ".join(naming))

    def _remove_all(self, table: Table, page: HolderPage) -> None:
        """Remove what lies at the target where nothing is here, by one statement, however much it is.

        Rows that come there later, from whoever has the company then, have higher versions.
        """
        name = table_in(self._target, table)
        where = f"{page.where} AND {table.version} <= {{highest:UInt64}}"
        highest = self._target.maintain(
            f"SELECT max({table.version}) FROM {name} WHERE {page.where}", page.bound
        )
        bound = {**page.bound, "highest": highest[0][0]}
        self._heard(0)
        self._target.maintain(self._target.topology.delete(name, where), bound)
        files, pause = WholeErasure(self._target, self._company_id, None), 0.02
        while self._target.maintain(f"SELECT 1 FROM {name} WHERE {where} LIMIT 1", bound):
            files.check()
            self._heard(0)
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    @staticmethod
    def _versions(
        store: ClickHouse, table: Table, naming: Iterable[str], page: HolderPage
    ) -> dict[tuple[Any, ...], int]:
        rows = store.maintain(
            f"SELECT {', '.join(naming)} FROM {table_in(store, table)} FINAL WHERE {page.where}", page.bound
        )
        return {tuple(row[:-1]): row[-1] for row in rows}

    def _wait_until_gone(
        self, table: Table, page: HolderPage, gone: set[tuple[Any, ...]], names: str
    ) -> None:
        statement = f"SELECT {names} FROM {table_in(self._target, table)} WHERE {page.where}"
        until, pause = time.monotonic() + _REWRITING_SECONDS, 0.02
        while any(tuple(row) in gone for row in self._target.maintain(statement, page.bound)):
            if time.monotonic() > until:
                raise NotTheSameError(
                    f"Rows of {table.name} of company {self._company_id} that were erased are not off "
                    "the other shard yet."
                )
            self._heard(0)
            time.sleep(pause)
            pause = min(2 * pause, 1.0)


def _naming(table: Table) -> Mapping[str, str]:
    """What names a row of a company and its state, each with its type: the key and the version."""
    columns = {each.name: each for each in table.columns}
    return dict(_named(columns[name]) for name in (*table.key[1:], table.version))


def _named(column: Column) -> tuple[str, str]:
    if column.name == "question":  # the store keeps the statements of its last removals, and words in them
        return "hex(SHA256(question))", "String"
    if column.sql.startswith("Enum"):
        return f"toInt8({column.name})", "Int8"
    return column.name, column.type.removeprefix("LowCardinality(").removesuffix(")")
