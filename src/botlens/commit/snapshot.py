"""The one way to read one state of the store.

A reader has what was committed of its company written, reads, and looks whether anything of the company was
written meanwhile; if so, it reads again. Nobody waits for it. One that is overtaken again and again has its
own company held still for as long as it reads.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from botlens.errors import BotlensError
from botlens.store.connection import ClickHouse
from botlens.store.reading import CompanyReader

T = TypeVar("T")

_ATTEMPTS = 2


class Currency(Protocol):
    """Whoever writes the store: brings it up to date, and shows by stamps whether something was written."""

    def current(self, company_id: str, divide: Callable[[], None] | None = None) -> int:
        """Have the store hold all that was committed of a company before this call.

        Args:
            company_id: whose.
            divide: called at the moment that divides what the store will hold from what comes later.

        Returns:
            The company's stamp. While it stays, nothing of the company changes in the store.

        Raises:
            StoreError: the store does not take it.
        """
        ...

    def stamp(self, company_id: str) -> int:
        """The company's stamp: it changes when a write of something of the company begins."""
        ...

    def rewrites(self, company_id: str) -> int:
        """A number that changes as `stamp` does, but for what commits bring."""
        ...

    def uncounted(self, company_id: str) -> frozenset[str]:
        """The chatbots whose facts lack some of what was loaded. Waits for nothing."""
        ...

    def swaps(self, company_id: str) -> int:
        """A number that changes when facts begin to be made anew, all at once or part by part."""
        ...

    def recounted_only_in_part(self, company_id: str) -> frozenset[str]:
        """The chatbots of which some facts may heed another threshold than others. Waits for nothing."""
        ...

    def pinned(
        self, company_id: str, divide: Callable[[], None] | None = None
    ) -> AbstractContextManager[None]:
        """Nothing of one company is written meanwhile, and all that was committed before is."""
        ...


class Snapshots:
    """Reads of one state, each of one company.

    Args:
        store: where it is.
        writer: brings it up to date.
    """

    def __init__(self, store: ClickHouse, writer: Currency) -> None:
        self._store = store
        self._writer = writer

    @property
    def definition_version(self) -> int:
        """By which definition the facts that are read were derived, but for what was touched since."""
        return self._store.facts.definition

    def read(
        self, company_id: str, ask: Callable[[CompanyReader], T], *, divide: Callable[[], None] | None = None
    ) -> T:
        """What `ask` makes of one state of the store, which holds all that was acknowledged before.

        Args:
            company_id: whose.
            ask: reads, perhaps more than once; must have taken what it wants when it returns.
            divide: called at the moment that divides what is read from what comes later, before each `ask`.

        Raises:
            BotlensError: the store does not answer, or whatever `ask` raises.
        """
        for _ in range(_ATTEMPTS):
            before, swaps = self._writer.recounted_only_in_part(company_id), self._writer.swaps(company_id)
            rewrites = self._writer.rewrites(company_id)  # before all else: a later one has what was read
            stamp = self._writer.current(company_id, divide)
            reader = self._reader(company_id, stamp, rewrites, before)
            try:
                found = ask(reader)
            except BotlensError:
                raise
            except Exception:  # parts of different states may not fit together
                if self._writer.stamp(company_id) == stamp:
                    raise
                continue
            # One statement reads one state anyway, but of facts that are made anew in several inserts; with
            # what is remembered beside it, it need not.
            alone = reader.statements == 1 and divide is None and not reader.has_recalled
            if alone and self._writer.swaps(company_id) == swaps:
                return found
            if self._writer.stamp(company_id) == stamp:
                return found
        with self.held(company_id, divide) as reader:
            return ask(reader)

    @contextmanager
    def held(self, company_id: str, divide: Callable[[], None] | None = None) -> Iterator[CompanyReader]:
        """One state of the store, which stays for as long as the block runs; this thread alone may write.

        Args:
            company_id: whose.
            divide: see `read`.
        """
        with self._writer.pinned(company_id, divide):
            rewrites = self._writer.rewrites(company_id)
            before = self._writer.recounted_only_in_part(company_id)
            yield self._reader(company_id, self._writer.stamp(company_id), rewrites, before)

    def _reader(
        self, company_id: str, stamp: int, rewrites: int, recounted_before: frozenset[str]
    ) -> CompanyReader:
        return CompanyReader(
            self._store,
            company_id,
            # Asked before anything is read: what is counted meanwhile is said to be uncounted, no reverse.
            uncounted=self._writer.uncounted(company_id),
            recounted_only_in_part=lambda: recounted_before | self._writer.recounted_only_in_part(company_id),
            stamp=stamp,
            rewrites=rewrites,
        )
