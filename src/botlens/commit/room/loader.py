"""Loads events as columns: into the store at once, past the journal, and counted afterwards.

What makes it durable is the insert. That facts must be made anew is written down before it, so that whatever
ends it leaves nothing that is never counted.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from botlens.commit.columns import EventColumns, LoadedRows
from botlens.commit.derivation import Stop
from botlens.commit.record_columns import record_columns
from botlens.commit.room.flusher import Flusher
from botlens.commit.room.ledger import Ledger
from botlens.commit.room.loadable import beyond_length, without_deleted
from botlens.commit.room.recounts import Recounts
from botlens.commit.thresholds import Thresholds
from botlens.errors import OverloadedError
from botlens.monitoring.health import Check
from botlens.store.arrow import numbers, repeated
from botlens.store.connection import ClickHouse
from botlens.store.raw_events import insert_rows, stored_deletions
from botlens.store.reading import CompanyReader

_ROWS = 25_000
_BYTES = 16 << 20
_PAUSE_SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class KnownDeletions:
    """What was deleted of some chatbots, as long as the company's stamp is this one.

    Attributes:
        stamp: of the company.
        chatbots: which.
        rows: see `stored_deletions`.
    """

    stamp: int
    chatbots: frozenset[str]
    rows: pa.Table


class Loader:
    """Loads. For any thread; loads of one company wait for each other where they write.

    Args:
        store: takes the events.
        ledger: numbers them.
        flusher: has one write at a time.
        recounts: count them.
        refusal: the reason why nothing may be taken, or None; it must be quick.
    """

    def __init__(
        self, store: ClickHouse, ledger: Ledger, flusher: Flusher, recounts: Recounts, refusal: Check
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._flusher = flusher
        self._recounts = recounts
        self._refusal = refusal
        self._stopping = False
        self._deletions: dict[str, KnownDeletions] = {}

    def stop(self) -> None:
        """Load nothing more."""
        self._stopping = True

    def load(self, company_id: str, events: EventColumns) -> LoadedRows:
        """Have events in the store, see `Commits.load`."""
        self._check()
        thresholds = self._ledger.thresholds.of(company_id)
        records = record_columns(events, thresholds.by_chatbot)
        reader = CompanyReader(self._store, company_id)
        records = records.without(beyond_length(reader, records), "conversation_too_long", "conversation_id")
        kept = len(records.table)
        if kept:
            chatbots = records.table.column("chatbot_id").unique().to_pylist()
            try:
                with self._recounts.loading(company_id, chatbots):
                    known = self._deletions.pop(company_id, None)
                    into = _Insertion(self._store, self._ledger, self._flusher, company_id, chatbots, known)
                    for piece in _pieces(records.table):
                        self._check()
                        thresholds = into.insert(piece, thresholds)
                        _let_others_write()
                    self._deletions[company_id] = into.deletions
            finally:
                self._ledger.loaded(company_id, chatbots)
            self._store.give_back_memory()  # some ranges of a table come one after the other
        return LoadedRows(kept, tuple(records.refused))

    def count(self, company_id: str, stop: Stop) -> int:
        """Derive the facts of what was loaded, see `Commits.count_loaded`."""
        count = 0
        self._deletions.pop(company_id, None)
        for chatbot_id in sorted(self._flusher.uncounted(company_id)):
            if stop():
                break
            count += self._recounts.count(company_id, chatbot_id, stop)
        return count

    def _check(self) -> None:
        if self._stopping:
            raise OverloadedError("The server is stopping; load it again in a moment.", code="stopping")
        if (reason := self._refusal()) is not None:
            raise OverloadedError(f"Nothing is taken: {reason}.", code="another_writer")


class _Insertion:
    """Puts records of a company into the store, piece by piece.

    Args:
        store: takes them.
        ledger: numbers them.
        flusher: has one write at a time.
        company_id: whose.
        chatbots: that they are of.
        known: what was deleted, as an earlier one knew it.
    """

    def __init__(
        self,
        store: ClickHouse,
        ledger: Ledger,
        flusher: Flusher,
        company_id: str,
        chatbots: Sequence[str],
        known: KnownDeletions | None,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._flusher = flusher
        self._company_id = company_id
        self._chatbots = chatbots
        stamp = flusher.current(company_id)
        if known is not None and known.stamp == stamp and known.chatbots.issuperset(chatbots):
            self.deletions = known
        else:
            self.deletions = self._look(stamp)

    def insert(self, piece: pa.Table, thresholds: Thresholds) -> Thresholds:
        """Insert some records, but for what was deleted before.

        Args:
            piece: in the layout of raw events, without the company.
            thresholds: of the company, which name the chatbots that exist.

        Returns:
            The thresholds that hold by now.

        Raises:
            OverloadedError: a chatbot does not exist any more; nothing of it was inserted.
            StoreError: the store does not take it.
        """
        while not self._inserted(piece, thresholds):
            thresholds = self._ledger.thresholds.of(self._company_id)  # may wait, so no lock is held
            if not thresholds.by_chatbot.keys() >= set(self._chatbots):
                raise OverloadedError("A chatbot was deleted meanwhile; load the events again.")
        return thresholds

    def _inserted(self, piece: pa.Table, thresholds: Thresholds) -> bool:
        """Insert a piece unless a chatbot may have been deleted since thresholds were asked for."""
        company_id, ledger = self._company_id, self._ledger
        with self._flusher.writing(company_id):
            stamp = self._flusher.stamp(company_id)
            if stamp == self.deletions.stamp + 1:
                self.deletions = replace(self.deletions, stamp=stamp)
            else:  # somebody has written between ours: a deletion, perhaps
                self.deletions = self._look(stamp)
            # What is committed and not written yet erases what it deletes when it is.
            kept = without_deleted(piece, self.deletions.rows)
            with ledger.lock:
                # A deletion of a chatbot announces itself, then waits for whoever writes, then erases.
                if not ledger.thresholds.is_current(company_id, thresholds):
                    return False
                first = ledger.numbers_for(company_id, len(kept))
            if len(kept):
                insert_rows(self._store, _laid_out(company_id, kept, first))
        return True

    def _look(self, stamp: int) -> KnownDeletions:
        found = stored_deletions(self._store, self._company_id, self._chatbots)
        return KnownDeletions(stamp, frozenset(self._chatbots), found)


def _let_others_write() -> None:
    """Whoever waits for the store has a turn."""
    time.sleep(_PAUSE_SECONDS)


def _laid_out(company_id: str, records: pa.Table, first: int) -> pa.Table:
    """Records as the store has them, with their numbers in the order of arrival."""
    arrivals = numbers(np.arange(first, first + len(records), dtype=np.uint64), pa.uint64())
    numbered = records.set_column(records.column_names.index("arrival"), "arrival", arrivals)
    return numbered.add_column(0, "company_id", repeated(company_id, len(records)))


def _pieces(records: pa.Table) -> Iterator[pa.Table]:
    """The records in parts that are inserted in some ten milliseconds."""
    most = max(1, min(_ROWS, _BYTES * len(records) // max(records.nbytes, 1)))
    return (records.slice(at, most) for at in range(0, len(records), most))
