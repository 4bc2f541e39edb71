"""Writes what is committed to the store: all of it every few seconds, one company's at once for its reader.

A reader needs to know that the store held one state of a company while it read. For that, each company has a
stamp, which changes when a write of its rows begins. Readers hold no lock: they compare the stamp before and
after (see `snapshot`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from threading import RLock
from time import monotonic

from botlens.commit.journaling import JournalPart
from botlens.commit.room.ledger import Ledger
from botlens.commit.room.pending import Pending, joined_pending
from botlens.commit.room.pins import Pins
from botlens.commit.room.settling import check_settled, settle
from botlens.errors import OverloadedError
from botlens.store.connection import ClickHouse
from botlens.store.pacing import Pause, at_once

_MANY_ROWS = 10_000
_PINNED_SECONDS = 60.0
_ATTEMPTS = 3
_SETTLED_SECONDS = 0.25  # of one company, while others may wait


class Flusher:
    """One write at a time.

    Args:
        store: takes it.
        ledger: has it.
        first_stamp: stamps begin there; another for each store between which companies are moved.
    """

    def __init__(self, store: ClickHouse, ledger: Ledger, first_stamp: int = 0) -> None:
        self._store = store
        self._ledger = ledger
        self._lock = RLock()  # held while the store is written; by no reader while it reads
        self._stamps: Counter[str] = Counter()
        self._rewrites: Counter[str] = Counter()
        self._changes_of_all = first_stamp
        self._writing: set[str] = set()
        self._openings: dict[str, int | None] = {}  # of what was taken last
        self._pins = Pins()

    def flush(self, pause: Pause = at_once) -> None:
        """Write everything that was committed before this call, but for companies that are pinned.

        Args:
            pause: see `botlens.store.pacing`.

        Raises:
            StoreError: the store does not take it. It stays pending (and in the journal).
            OSError: it is in the store, but the journal keeps it, too: it could not be rotated.
        """
        behind = self._behind()
        with self._lock:
            sealed: list[JournalPart] = []
            failed: OSError | None = None
            with self._ledger.lock:
                backlog = self._ledger.backlog
                pinned = {each for each in backlog.companies() if self._pins.has(each)}
                companies = backlog.companies(without=pinned | behind)
                # Else the journal is still needed: for what stays pending, or to know what must be made anew.
                if len(companies) == len(backlog.companies()) and not self._ledger.stale.keep_the_journal:
                    try:
                        sealed = self._ledger.rotate()
                    except OSError as error:
                        sealed, failed = self._ledger.sealed, error
                taken = self._take(companies)
            rows = self._write(taken, pause)
            self._ledger.written(sealed)
            self._ledger.evict()  # under the lock: what is being written may not be evicted
        self._ledger.states.let_go()
        if rows >= _MANY_ROWS:
            self._store.give_back_memory()
        if failed is not None:
            raise failed

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
        self._ledger.check(company_id)
        stamp = self.stamp(company_id)  # taken first, so that a write that begins now changes it
        if divide is None and not self._ledger.backlog.has(company_id) and company_id not in self._writing:
            return stamp
        with self._locked_without_pin(company_id):
            return self._bring_up_to_date(company_id, divide)

    def stamp(self, company_id: str) -> int:
        """The company's stamp: it changes when a write of something of the company begins."""
        return self._stamps[company_id] + self._changes_of_all

    def rewrites(self, company_id: str) -> int:
        """A number that changes as `stamp` does, but for what commits bring in one insert.

        Facts that come so have higher versions than all before; those that are made anew, or are so many that
        a reader may see some of them before others, may not.
        """
        return self._rewrites[company_id] + self._changes_of_all

    def written(self) -> set[str]:
        """The companies of which this process has ever written something."""
        return set(self._stamps.copy())

    def forget(self) -> None:
        """Have all readers start again: companies have gone to another process, or come from one."""
        self._changes_of_all += 1
        self._store.saved.clear()

    def uncounted(self, company_id: str) -> frozenset[str]:
        """The chatbots whose facts lack some of what was loaded. Waits for nothing."""
        loaded = self._ledger.stale.loaded()
        return frozenset(chatbot_id for company, chatbot_id in loaded if company == company_id)

    def swaps(self, company_id: str) -> int:
        """A number that changes when facts begin to be made anew, all at once or part by part."""
        return self._ledger.swaps[company_id]

    def recounted_only_in_part(self, company_id: str) -> frozenset[str]:
        """The chatbots of which some facts may heed another threshold than others. Waits for nothing."""
        return self._ledger.recounted_only_in_part(company_id)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Exclude all writes and pinned readers, to change what all readers read.

        Readers of several statements start again afterwards.
        """
        while True:
            with self._lock:
                if not self._pins.are_any:
                    self._changes_of_all += 1
                    try:
                        yield
                    finally:
                        self._changes_of_all += 1  # also for readers that took their stamp meanwhile
                    return
            self._pins.wait_for_all(_PINNED_SECONDS)

    @contextmanager
    def pinned(self, company_id: str, divide: Callable[[], None] | None = None) -> Iterator[None]:
        """Nothing of one company is written meanwhile, and all that was committed before is.

        For a reader who was overtaken too often: it makes nobody wait but others of the same company.
        """
        with self._locked_without_pin(company_id):
            self._bring_up_to_date(company_id, divide)
            self._pins.pin(company_id)
        try:
            yield
        finally:
            self._pins.unpin(company_id)

    @contextmanager
    def held(self, belongs: Callable[[str], bool]) -> Iterator[None]:
        """Nothing of some companies is written meanwhile; commits go on, and are written afterwards.

        For one caller at a time. Who wants to write of these companies waits.
        """
        with self._lock:  # by whoever was writing
            self._pins.hold(belongs)
        try:
            yield
        finally:
            self._pins.let_go()

    @contextmanager
    def writing(self, company_id: str) -> Iterator[None]:
        """Write something of a company that no commit brought; other writes wait, commits do not."""
        with self._locked_without_pin(company_id):
            self._writing.add(company_id)
            self._stamps[company_id] += 1
            self._rewrites[company_id] += 1
            try:
                yield
            finally:
                self._writing.discard(company_id)

    @contextmanager
    def beside(self, company_id: str) -> Iterator[None]:
        """Write what no reader of the company's facts reads; other writes wait, commits do not."""
        with self._locked_without_pin(company_id):
            yield

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        """Nothing is written to the store, which has all that was committed before: for milliseconds.

        Of each company it holds what one moment knew. Commits go on.

        Raises:
            StoreError: the store does not take what is pending.
        """
        with self._ledger.lock:
            companies = {*self._ledger.backlog.companies(), *self._writing}
        for company_id in companies:
            self.current(company_id)
        with self._lock:
            yield

    @contextmanager
    def still(self, company_id: str) -> Iterator[None]:
        """Nothing of a company is pending, and nothing at all is committed: for what takes milliseconds."""
        with self._locked_without_pin(company_id):
            for _ in range(_ATTEMPTS):
                self._bring_up_to_date(company_id, None)  # while commits go on
                with self._ledger.lock:
                    if not self._ledger.backlog.has(company_id):
                        yield
                        return
            with self._ledger.lock:  # the company never stops sending: commits wait for what came just now
                self._bring_up_to_date(company_id, None)
                yield

    @contextmanager
    def _locked_without_pin(self, company_id: str) -> Iterator[None]:
        self._ledger.check(company_id)
        if not self._pins.is_ours(company_id):  # else all wait for us, who write nothing of that
            with self._ledger.lock:
                unwritten = self._ledger.backlog.unwritten(company_id)
            settle(unwritten)  # before anybody waits
        until = monotonic() + _PINNED_SECONDS
        while True:
            with self._locked(until):
                if not self._pins.has(company_id):
                    self._ledger.check(company_id)  # it may have gone while it was waited for
                    yield
                    return
            if not self._pins.wait_for(company_id, until - monotonic()):
                raise OverloadedError("Another question of this company takes long; ask again later.")

    @contextmanager
    def _locked(self, until: float) -> Iterator[None]:
        """The lock; wait no longer for it than until then, where whoever has it may wait for a server."""
        patience = max(0.0, until - monotonic()) if self._store.is_shared else -1.0
        if not self._lock.acquire(timeout=patience):
            raise OverloadedError("The event store takes long to be written; ask again later.")
        try:
            yield
        finally:
            self._lock.release()

    def is_held(self, company_id: str) -> bool:
        """Whether whoever wants to write of a company must wait now. Waits for nothing."""
        return self._pins.is_held(company_id)

    def _behind(self) -> set[str]:
        """Companies with a long conversation whose questions take long to compare; some of that is done now.

        A flush leaves them out, so that no other company waits for it.
        """
        with self._ledger.lock:
            unwritten = {
                each: self._ledger.backlog.unwritten(each) for each in self._ledger.backlog.companies()
            }
        return {each for each, facts in unwritten.items() if facts and not settle(facts, _SETTLED_SECONDS)}

    def _bring_up_to_date(self, company_id: str, divide: Callable[[], None] | None) -> int:
        with self._ledger.lock if divide or self._ledger.backlog.has(company_id) else nullcontext():
            if divide:
                divide()  # first: if it fails, nothing was taken
            taken = self._take([company_id] if self._ledger.backlog.has(company_id) else [])
        self._write(taken, at_once)
        return self.stamp(company_id)

    def _take(self, companies: Iterable[str]) -> dict[str, Pending]:
        """Take what is pending of companies; each is `writing` before it is not pending any more."""
        companies = list(companies)
        self._writing.update(companies)
        self._stamps.update(companies)
        self._openings = {each: self._ledger.opening(each) for each in companies}
        return self._ledger.backlog.take(companies)

    def _write(self, taken: dict[str, Pending], pause: Pause) -> int:
        """Write what was taken, or give it back; returns how many records it was."""
        if not taken:
            return 0
        try:
            pending = joined_pending(taken.values()) if len(taken) > 1 else next(iter(taken.values()))
            check_settled(pending.unwritten.values(), _SETTLED_SECONDS)
            if pending.is_seen_in_parts:  # of its facts, some with lower versions may come after others
                self._rewrites.update(taken.keys())
            pending.insert(self._store, pause)
        except BaseException:
            with self._ledger.lock:
                self._ledger.backlog.give_back(self._still_here(taken))
            raise
        finally:
            self._writing.difference_update(taken)
        return pending.rows

    def _still_here(self, taken: dict[str, Pending]) -> dict[str, Pending]:
        """Without companies that have gone to another process meanwhile, which has it from the journal."""
        openings = self._openings
        return {
            company_id: each
            for company_id, each in taken.items()
            if openings[company_id] is not None and openings[company_id] == self._ledger.opening(company_id)
        }
