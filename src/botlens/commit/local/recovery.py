"""What an earlier process left in the journal is brought into the store, before anything new is taken."""

import time

from botlens.commit.local.journal import FileJournal
from botlens.commit.room.backlog import Backlog
from botlens.commit.room.ledger import Ledger
from botlens.commit.room.pending import joined_pending
from botlens.commit.room.replaying import replay
from botlens.store.connection import ClickHouse
from botlens.store.numbering import highest_number


def recover(ledger: Ledger, journal: FileJournal, store: ClickHouse) -> None:
    """Replay the journal into a ledger that nobody uses yet, and open the journal.

    Raises:
        BotlensError: the journal is of another version, or the store does not take what is in it.
        OSError: the journal cannot be read, or not be opened.
    """
    # Above everything that exists, also where the clock is behind that of an earlier process.
    clock = time.time_ns() // 1_000  # noqa: TID251 - arrivals go on where the clock stands
    ledger.number_from(max(clock, journal.first_arrival(), highest_number(store)))
    replay(ledger, journal.replay(), lambda: _write(ledger.backlog, store))
    sealed = ledger.rotate()
    if not ledger.stale.keep_the_journal:
        ledger.written(sealed)


def _write(backlog: Backlog, store: ClickHouse) -> None:
    pending = joined_pending(backlog.take(backlog.companies()).values())
    pending.find_moved(store)
    pending.insert(store)
