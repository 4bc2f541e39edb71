"""What a PostgreSQL does not know any more that came back from a backup, while shards went on.

Numbers of arrivals and versions begin at the epoch of a slot's owner. Slots change owner in between, so what
a PostgreSQL of before gives out next may be lower than what lies on the shard, and would lose against it.
And slots may have been moved in between: then they lie elsewhere than it says.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import structlog

from botlens.cluster.holdings import NUMBER_BITS
from botlens.cluster.slot_facts import NOTHING
from botlens.cluster.slots import slot_of
from botlens.database.single import SingleStatements

log = structlog.get_logger(__name__)

_FORGOTTEN: Final = (
    "SELECT each.slot FROM botlens.slots AS each "
    "JOIN unnest(%(slots)s::integer[], %(epochs)s::bigint[]) AS known (slot, epoch) USING (slot) "
    "WHERE each.shard = %(shard)s AND each.epoch < known.epoch"
)
_RAISED: Final = (
    # In the order in which appends and renewals hold them: else each might wait for a row that the other has.
    f"WITH held AS (SELECT slot FROM botlens.slots WHERE slot IN ({_FORGOTTEN}) "
    "ORDER BY slot FOR NO KEY UPDATE), "
    "anew AS (INSERT INTO botlens.intentions (kind, company_id, chatbot_id, slot) "
    "SELECT 'rebuild', each.company_id, each.chatbot_id, held.slot FROM held "
    "JOIN unnest(%(companies)s::text[], %(chatbots)s::text[], %(slots_of)s::integer[]) "
    "AS each (company_id, chatbot_id, slot) USING (slot) "
    "ON CONFLICT (kind, company_id, chatbot_id) DO UPDATE SET slot = EXCLUDED.slot), "
    f"unknown AS (UPDATE botlens.slot_facts AS each SET upto = {NOTHING} FROM held "
    "WHERE each.slot = held.slot) "
    "UPDATE botlens.slots AS each SET epoch = known.epoch FROM held "
    "JOIN unnest(%(slots)s::integer[], %(epochs)s::bigint[]) AS known (slot, epoch) USING (slot) "
    "WHERE each.slot = held.slot AND each.epoch < known.epoch"
)
_STRANGERS: Final = (
    "SELECT held.slot, held.shard FROM botlens.slots AS held WHERE held.slot = ANY(%(slots)s) "
    "AND held.shard != %(shard)s "
    "AND NOT EXISTS (SELECT 1 FROM botlens.slot_moves AS each WHERE each.slot = held.slot "
    "AND each.target = %(shard)s) "
    "AND NOT EXISTS (SELECT 1 FROM botlens.slot_remains AS each WHERE each.slot = held.slot "
    "AND each.shard = %(shard)s) ORDER BY held.slot"
)


def rise_above_what_lies_there(
    statements: SingleStatements,
    shard: int,
    numbers: Mapping[str, int],
    chatbots: Callable[[], Sequence[tuple[str, str]]],
) -> None:
    """Have what comes next to a shard be numbered above all that lies there; log which slots are not its own.

    Facts of slots of which PostgreSQL had forgotten something are made anew, by whichever definition: they
    may heed thresholds that nobody knows any more, and tables may know less than they are said to.

    Args:
        statements: to PostgreSQL.
        shard: its number, from 0.
        numbers: by company, the highest that lies there. They were read before this is called: so whoever
            has got a slot by then, from a PostgreSQL that forgot nothing, has an epoch that is no lower.
        chatbots: every (company id, chatbot id) with events there; asked for where something was forgotten.

    Raises:
        StoreError: of `chatbots`.
        OverloadedError: PostgreSQL does not answer.
    """
    epochs: Counter[int] = Counter()
    for company_id, number in numbers.items():
        slot = slot_of(company_id)
        epochs[slot] = max(epochs[slot], number >> NUMBER_BITS)
    there = {"shard": shard, "slots": list(epochs), "epochs": list(epochs.values())}
    if forgotten := {slot for (slot,) in statements.run(_FORGOTTEN, there)}:
        own = [(*each, slot_of(each[0])) for each in chatbots()]
        own = [each for each in own if each[2] in forgotten]
        companies, named, of = zip(*own, strict=True) if own else ((), (), ())
        their = {"companies": list(companies), "chatbots": list(named), "slots_of": list(of)}
        statements.run(_RAISED, there | their)
        log.warning(
            "epochs_raised", shard=shard + 1, slots=len(forgotten), why="PostgreSQL is of before them"
        )
    if strangers := slots_that_lie_elsewhere(statements, shard, list(epochs)):
        log.warning(
            "slots_lie_elsewhere",
            lies_on=shard + 1,
            postgresql_says={slot: f"shard {of + 1}" for slot, of in strangers.items()},
            why="PostgreSQL is of before they were moved, or something is left of them",
        )


def slots_that_lie_elsewhere(
    statements: SingleStatements, shard: int, slots: Collection[int]
) -> dict[int, int]:
    """Slots of which something lies on a shard, though PostgreSQL has them on another.

    Those are none of them that are on their way, or of which something is left since they were moved.

    Args:
        statements: to PostgreSQL.
        shard: its number, from 0.
        slots: of which something lies there.

    Returns:
        On which shard PostgreSQL has each.

    Raises:
        OverloadedError: PostgreSQL does not answer.
    """
    found = statements.run(_STRANGERS, {"shard": shard, "slots": list(slots)})
    return {int(slot): int(of) for slot, of in found}
