"""What a PostgreSQL does not know any more that came back from a backup, while shards went on.

Numbers of arrivals and versions begin at the epoch of a slot's owner. Slots change owner in between, so what
a PostgreSQL of before gives out next may be lower than what lies on the shard, and would lose against it.
And slots may have been moved in between: then they lie elsewhere than it says.
"""

from collections import Counter
from collections.abc import Mapping

import structlog

from botlens.cluster.holdings import NUMBER_BITS
from botlens.cluster.slots import slot_of
from botlens.database.single import SingleStatements

log = structlog.get_logger(__name__)


def rise_above_what_lies_there(statements: SingleStatements, shard: int, numbers: Mapping[str, int]) -> None:
    """Have what comes next to a shard be numbered above all that lies there; log which slots are not its own.

    Args:
        statements: to PostgreSQL.
        shard: its number, from 0.
        numbers: by company, the highest that lies there. They were read before this is called: so whoever
            has got a slot by then has a higher epoch than these are of.

    Raises:
        OverloadedError: PostgreSQL does not answer.
    """
    epochs: Counter[int] = Counter()
    for company_id, number in numbers.items():
        slot = slot_of(company_id)
        epochs[slot] = max(epochs[slot], number >> NUMBER_BITS)
    there = {"shard": shard, "slots": list(epochs), "epochs": list(epochs.values())}
    raised = statements.run(
        "UPDATE botlens.slots AS each SET epoch = known.epoch "
        "FROM unnest(%(slots)s::integer[], %(epochs)s::bigint[]) AS known (slot, epoch) "
        "WHERE each.slot = known.slot AND each.shard = %(shard)s AND each.epoch < known.epoch "
        "RETURNING each.slot",
        there,
    )
    if raised:
        log.warning("epochs_raised", shard=shard + 1, slots=len(raised), why="PostgreSQL is of before them")
    strangers = statements.run(
        "SELECT held.slot, held.shard + 1 FROM botlens.slots AS held WHERE held.slot = ANY(%(slots)s) "
        "AND held.shard != %(shard)s "
        "AND NOT EXISTS (SELECT 1 FROM botlens.slot_moves AS each WHERE each.slot = held.slot "
        "AND each.target = %(shard)s) "
        "AND NOT EXISTS (SELECT 1 FROM botlens.slot_remains AS each WHERE each.slot = held.slot "
        "AND each.shard = %(shard)s) ORDER BY held.slot",
        there,
    )
    if strangers:
        log.warning(
            "slots_lie_elsewhere",
            shard=shard + 1,
            slots={slot: f"shard {of}" for slot, of in strangers},
            why="PostgreSQL is of before they were moved, or something is left of them",
        )
