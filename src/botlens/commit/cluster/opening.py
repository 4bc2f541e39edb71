"""Opens the shards of a cluster: marks them, and makes their tables."""

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial
from itertools import takewhile

import structlog

from botlens.cluster.durability import require_durable
from botlens.cluster.options import ClusterOptions
from botlens.cluster.restored import rise_above_what_lies_there
from botlens.cluster.shard_words import ShardWords
from botlens.cluster.slot_facts import SlotFactsTable
from botlens.cluster.slots import FIRST_DEFINITION, SlotTable, slot_of
from botlens.commit.cluster.entrance import ShardEntrance, try_all
from botlens.database.database import Database
from botlens.errors import InvalidError, OverloadedError
from botlens.metrics.facts import DEFINITION_VERSION
from botlens.monitoring.hanging import HangingCalls
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.cluster_mark import mark_shard
from botlens.store.connection import ClickHouse, IsOwn
from botlens.store.facts import chatbots_with_events
from botlens.store.failures import StoreError
from botlens.store.numbering import highest_numbers
from botlens.store.shards import ShardOf
from botlens.store.upgrades import check_layout, open_tables_of_slots

log = structlog.get_logger(__name__)

_ATTEMPTS = 10
_PAUSE_SECONDS = 0.5
_PATIENCE_SECONDS = 20.0
_OF_REPLICAS = "Replicated"
"""So the names of engines begin whose tables have replicas."""
_LIVES_SECONDS = 60.0  # since it said so last, by the clock of PostgreSQL


def open_cluster_shards(
    options: ClusterOptions,
    database: Database,
    *,
    cluster: str | None,
    call_seconds: float,
    telemetry: Telemetry,
    health: Health,
    opened: ExitStack,
) -> list[ShardEntrance]:
    """Open the shards of a cluster that answer, and go on trying the others.

    Its slots are made if there are none.

    Args:
        options: name them.
        database: of the accounts.
        cluster: of which ClickHouse cluster each of them is one.
        call_seconds: see `ClickHouse`.
        telemetry: counts failures.
        health: gets the shards that do not answer.
        opened: gets what closes them.

    Returns:
        The ways into them in their order.

    Raises:
        InvalidError: they are not those of this cluster, or the accounts are in a file, or in a PostgreSQL
            that acknowledges what it may lose.
        OverloadedError: a node lives that cannot be beside one of this version, or a process that had a shard
            for itself left facts half derived.
        StoreRefusedError: one answers, and lets nobody in.
    """
    with closing(database.brief_statements()) as statements:
        require_durable(statements)
        slots = SlotTable(statements, options.lease_seconds)
        identity, known = slots.prepare(len(options.shards), DEFINITION_VERSION), slots.shards()
        _check_nodes(slots)
        shards = {each.slot: each.shard for each in slots.states()}

    def shard_of(company_id: str) -> int:
        return shards[slot_of(company_id)]

    entrances: list[ShardEntrance] = []
    for number, url in enumerate(options.shards):
        store = ClickHouse(
            url,
            cluster=cluster,
            call_seconds=call_seconds,
            watch=HangingCalls(telemetry, health.part(f"shard {number + 1}"), None),
            at_once=False,
            setting="BOTLENS_SHARDS",
        )
        opened.callback(store.close)
        prepare = partial(_prepare, store, database, identity, number, shard_of, DEFINITION_VERSION)
        entrances.append(ShardEntrance(store, number + 1, prepare))
    for each in entrances:
        opened.callback(each.close)
        each.begin(telemetry, health)
    try_all(entrances, _PATIENCE_SECONDS)
    _add_opened(entrances, known, options, database)
    return entrances


def _add_opened(
    entrances: Sequence[ShardEntrance], known: int, options: ClusterOptions, database: Database
) -> None:
    """Have the cluster know of shards that were added, once they are marked as its own.

    One that does not answer may be named by mistake: the others would have to name it, too, for ever.
    """
    opened = sum(1 for _ in takewhile(lambda each: each.is_open, entrances[known:]))
    if opened:
        with closing(database.statements()) as statements:
            SlotTable(statements, options.lease_seconds).add_shards(known + opened)
    if missing := [number + 1 for number in range(known + opened, len(entrances))]:
        log.warning("shards_not_added", shards=missing, until="a node begins while they can be used")


def _check_nodes(slots: SlotTable) -> None:
    """Pass if all nodes that live know that there may be several definitions of facts.

    Raises:
        OverloadedError: one does not.
    """
    if DEFINITION_VERSION != FIRST_DEFINITION and any(
        not each.definition and each.ago < _LIVES_SECONDS for each in slots.beats()
    ):
        raise OverloadedError(
            "A node runs whose version knows nothing of other definitions of facts than its own. Bring all "
            "nodes to the last version that has its definition first: see docs/how-to/scale-out.md."
        )


def _prepare(
    store: ClickHouse, database: Database, identity: str, number: int, shard_of: ShardOf, definition: int
) -> IsOwn:
    """Mark a shard, make its tables, heed what lies there; it is tried again: other nodes may do the same.

    Returns:
        See `mark_shard`.
    """
    store.connect()
    _check_replicas(store, number)
    check_layout(store)
    for attempt in range(_ATTEMPTS):
        try:
            with closing(database.statements()) as statements:
                is_own = mark_shard(store, identity, number, shard_of, ShardWords(statements))
                begin_anew = partial(SlotFactsTable(statements).begin_anew, number, definition)
                if open_tables_of_slots(store, definition, begin_anew):
                    chatbots = partial(chatbots_with_events, store)
                    rise_above_what_lies_there(statements, number, highest_numbers(store), chatbots)
                    return is_own
        except StoreError:
            if attempt + 1 == _ATTEMPTS:
                raise
        time.sleep(_PAUSE_SECONDS)
    raise OverloadedError(
        f"The facts of shard {number + 1} were left half derived by a process that had it for itself: let "
        "that version finish, or name an empty database and move again."
    )


def _check_replicas(store: ClickHouse, shard: int) -> None:
    """Pass unless a shard has replicas that are not heeded.

    Raises:
        InvalidError: it has.
    """
    replicated = (
        "SELECT name FROM system.tables WHERE database = currentDatabase() "
        "AND startsWith(comment, 'botlens: ') AND startsWith(engine, {prefix:String}) LIMIT 1"
    )
    if store.topology.cluster is None and store.maintain(replicated, {"prefix": _OF_REPLICAS}):
        raise InvalidError(
            f"The tables of shard {shard + 1} are replicated, so BOTLENS_CLICKHOUSE_CLUSTER must name the "
            "cluster of ClickHouse, on every node: else an insert waits for no second replica.",
            field="clickhouse_cluster",
        )
