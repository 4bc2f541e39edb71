"""The mark of a shard: of which cluster a database is, and the how manieth.

So that shards that are named in another order, or of another cluster, are not written to; and so that a
process of its own keeps away: it would know nothing of slots.
"""

import pyarrow as pa

from botlens.errors import BotlensError, InvalidError
from botlens.store.connection import ClickHouse
from botlens.store.schema import EVENTS
from botlens.store.shards import ShardOf
from botlens.store.table import Column, Table

CLUSTER_MARKS = Table(
    name="cluster_marks",
    columns=(
        Column("identity", "String", pa.string()),
        Column("shard", "UInt64", pa.uint64()),
    ),
    key=("identity",),
    version="shard",
    granularity=8192,
    comment="botlens: of which cluster this is a shard; of no company",
)

_THERE = "SELECT name FROM system.tables WHERE database = currentDatabase()"


class MarkedStoreError(BotlensError):
    """The store is a shard of a cluster."""

    status = 503
    code = "store_of_a_cluster"


def mark_shard(store: ClickHouse, identity: str, shard: int, shard_of: ShardOf) -> None:
    """Mark a database as a shard, or see that it is this one.

    Args:
        store: the database.
        identity: of the cluster.
        shard: its number, from 0.
        shard_of: where a company belongs.

    Raises:
        InvalidError: it is another shard, or of another cluster, or holds what belongs to another shard.
        StoreError: it does not answer.
    """
    found = _marks(store)
    if found == [(identity, shard)]:
        return
    if found:
        message = (
            f"The database of shard {shard + 1} is marked as shard {found[0][1] + 1} of "
            f"{'this' if found[0][0] == identity else 'another'} cluster. BOTLENS_SHARDS names the shards in "
            "the order in which they were named first, each with a database of its own."
        )
        raise InvalidError(message, field="shards")
    others = [each for each in _companies(store) if shard_of(each) != shard]
    if others:
        message = (
            f"The database of shard {shard + 1} holds events of {len(others)} companies that belong to other "
            "shards. Name an empty one; `botlens move` brings events in."
        )
        raise InvalidError(message, field="shards")
    store.make(CLUSTER_MARKS)
    row = {"identity": pa.array([identity], pa.string()), "shard": pa.array([shard], pa.uint64())}
    store.insert(CLUSTER_MARKS, [pa.table(row)])
    if _marks(store) != [(identity, shard)]:  # another cluster began at the same moment
        raise InvalidError(f"The database of shard {shard + 1} has two marks. Name another.", field="shards")


def refuse_marked(store: ClickHouse) -> None:
    """Pass if a store is no shard of a cluster.

    Raises:
        MarkedStoreError: it is.
    """
    if _marks(store):
        raise MarkedStoreError(
            "This ClickHouse database is a shard of a cluster of botlens. A process of its own would write "
            "past it: name all its shards in BOTLENS_SHARDS, or another database in BOTLENS_CLICKHOUSE_URL."
        )


def _marks(store: ClickHouse) -> list[tuple[str, int]]:
    if (CLUSTER_MARKS.name,) not in [tuple(row) for row in store.maintain(_THERE)]:
        return []
    rows = store.maintain(f"SELECT identity, max(shard) FROM {CLUSTER_MARKS.name} GROUP BY identity")
    return [(row[0], int(row[1])) for row in rows]


def _companies(store: ClickHouse) -> list[str]:
    """Those that have events, if there is a table of them."""
    if (EVENTS,) not in [tuple(row) for row in store.maintain(_THERE)]:
        return []
    return [row[0] for row in store.maintain(f"SELECT DISTINCT company_id FROM {EVENTS}")]
