"""What an earlier process left in the journal is brought into the store, before anything new is taken."""

import time
from collections.abc import Callable, Iterable
from itertools import chain

import structlog

from botlens.commit.journaling import Commit
from botlens.commit.local.backlog import Backlog
from botlens.commit.local.batches import Batches
from botlens.commit.local.journal import FileJournal
from botlens.commit.local.ledger import Ledger
from botlens.commit.local.pending import joined_pending
from botlens.commit.thresholds import Thresholds
from botlens.events.lines import records_of
from botlens.store.connection import ClickHouse
from botlens.store.numbering import highest_number

log = structlog.get_logger(__name__)

_RECOVERED_AT_ONCE = 50_000


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


def replay(
    ledger: Ledger,
    commits: Iterable[Commit],
    write: Callable[[], None],
    see: Callable[[Batches], None] = lambda _: None,
) -> None:
    """Bring commits that are in a journal into a ledger that nobody else uses.

    Args:
        ledger: numbers and counts them anew.
        commits: in the order in which they were acknowledged.
        write: has the store take what is in the backlog of the ledger.
        see: gets the records of each commit before they are counted.
    """
    thresholds: dict[str, Thresholds] = {}
    count = rows = 0
    for commit in commits:
        batches = {company_id: records_of(lines) for company_id, lines in commit}
        see(batches)
        arrivals = (record.arrival for record in chain.from_iterable(batches.values()))
        ledger.number_from(max(arrivals, default=0))
        for company_id, records in batches.items():
            ledger.next_arrival(company_id)  # each commit is a version of its own
            if company_id not in thresholds:
                thresholds[company_id] = ledger.thresholds.of(company_id)
            # Facts may be gone of conversations whose events are there: something of them was deleted, which
            # could not be counted.
            ledger.states.without_facts.update((company_id, record.chatbot_id) for record in records)
        ledger.commit(batches, thresholds, commit)
        count += 1
        rows += sum(map(len, batches.values()))
        if ledger.backlog.rows >= _RECOVERED_AT_ONCE:
            write()
    if count:
        log.info("recovered", commits=count, events=rows)
    write()
    ledger.states.without_facts.clear()


def _write(backlog: Backlog, store: ClickHouse) -> None:
    pending = joined_pending(backlog.take(backlog.companies()).values())
    pending.find_moved(store)
    pending.insert(store)
