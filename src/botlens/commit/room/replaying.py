"""Commits that lie in a journal are numbered and counted again, by whoever begins with it."""

from collections.abc import Callable, Iterable
from itertools import chain

import structlog

from botlens.commit.journaling import Commit
from botlens.commit.room.batches import Batches
from botlens.commit.room.ledger import Ledger
from botlens.commit.thresholds import Thresholds
from botlens.events.lines import records_of

log = structlog.get_logger(__name__)

_RECOVERED_AT_ONCE = 50_000


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
