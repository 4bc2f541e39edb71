"""Opens the shards of a cluster: makes their tables, marks them, and knows which has a company."""

import time
from contextlib import ExitStack, closing

from botlens.cluster.options import ClusterOptions
from botlens.cluster.slots import SlotTable, slot_of
from botlens.database.database import Database
from botlens.errors import OverloadedError
from botlens.store.cluster_mark import mark_shard
from botlens.store.connection import ClickHouse, StoreError
from botlens.store.pool import Watch
from botlens.store.shards import ShardOf, Shards
from botlens.store.upgrades import check_layout, open_tables

_ATTEMPTS = 10
_PAUSE_SECONDS = 0.5


def open_cluster_shards(
    options: ClusterOptions,
    database: Database,
    *,
    cluster: str | None,
    call_seconds: float,
    watch: Watch,
) -> Shards:
    """Open all shards of a cluster, whose slots are made if there are none.

    Args:
        options: name them.
        database: of the accounts.
        cluster: of which ClickHouse cluster each of them is one.
        call_seconds: see `ClickHouse`.
        watch: the same.

    Raises:
        InvalidError: they are not those of this cluster, or the accounts are in a file.
        OverloadedError: facts are derived by another version; no node may start meanwhile.
        StoreError: one does not answer.
    """
    with closing(database.statements()) as statements:
        slots = SlotTable(statements, options.lease_seconds)
        identity = slots.prepare(len(options.shards))
        shards = {each.slot: each.shard for each in slots.states()}

    def shard_of(company_id: str) -> int:
        return shards[slot_of(company_id)]

    opened: list[ClickHouse] = []
    with ExitStack() as stack:
        for number, url in enumerate(options.shards):
            store = ClickHouse(url, cluster=cluster, call_seconds=call_seconds, watch=watch)
            stack.callback(store.close)
            check_layout(store)
            _prepared(store, identity, number, shard_of)
            opened.append(store)
        stack.pop_all()
    return Shards(opened, shard_of)


def _prepared(store: ClickHouse, identity: str, number: int, shard_of: ShardOf) -> None:
    """Mark a shard and make its tables; other nodes may be doing the same, so it is tried again."""
    for attempt in range(_ATTEMPTS):
        try:
            mark_shard(store, identity, number, shard_of)
            open_tables(store)
        except StoreError:
            if attempt + 1 == _ATTEMPTS:
                raise
        else:
            if store.facts.building is None:
                return
        time.sleep(_PAUSE_SECONDS)
    raise OverloadedError(
        f"The facts of shard {number + 1} were derived by another version of botlens. In a cluster they "
        "cannot be derived anew yet: start the version that derived them."
    )
