"""The mark of a shard: of which cluster a database is, and the how manieth.

So that shards that are named in another order, or of another cluster, are not written to; and so that a
process of its own keeps away: it would know nothing of slots.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic, sleep

import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from botlens.cluster.shard_words import UNNAMED, ShardWords
from botlens.errors import BotlensError, InvalidError
from botlens.store.connection import ClickHouse, IsOwn
from botlens.store.schema import EVENTS
from botlens.store.shards import ShardOf
from botlens.store.table import Column, Table
from botlens.store.writer import refuse_lone_writer

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

_NOT_THERE = frozenset({"60", "81"})  # no such table, no such database
_LAGS_SECONDS = 5.0
_PAUSE_SECONDS = 0.2


class MarkedStoreError(BotlensError):
    """The store is a shard of a cluster."""

    status = 503
    code = "store_of_a_cluster"


@dataclass(frozen=True, slots=True)
class ShardMark:
    """What a mark says: of which cluster, the how manieth shard (from 0), and by which word it is known."""

    identity: str
    shard: int
    word: str

    @property
    def stored(self) -> str:
        """What stands in the column of the identity."""
        return f"{self.identity}.{self.word}" if self.word else self.identity

    @property
    def row(self) -> pa.Table:
        """As it is stored."""
        return pa.table({"identity": pa.array([self.stored]), "shard": pa.array([self.shard], pa.uint64())})


def mark_shard(store: ClickHouse, identity: str, shard: int, shard_of: ShardOf, words: ShardWords) -> IsOwn:
    """Mark a database as a shard, or see that it is this one.

    The mark is written before the shard is known by its word, so whoever is cut off between the two finds it
    and goes on; and of two databases that are named for one shard at the same time one alone is known.

    A process that begins to have the database for itself just now says so, then looks for a mark; here it is
    looked for such a process once the mark is written. So one of the two finds the other.

    Args:
        store: the database.
        identity: of the cluster.
        shard: its number, from 0.
        shard_of: where a company belongs.
        words: by which word the shard is known, if it was ever marked.

    Returns:
        What looks whether a server that answers has this database.

    Raises:
        InvalidError: it is another shard, or of another cluster, or not the database that was this shard, or
            holds what belongs to another shard.
        OverloadedError: the accounts database does not answer.
        StoreError: the store does not.
    """
    known = words.known(shard)
    found = shard_marks(store) if known is None else _marks_with(store, known)
    name = f"The database of shard {shard + 1}"
    if not found:
        _refuse_used(store, shard, shard_of, known)
        refuse_lone_writer(store, name)
        own = ShardMark(identity, shard, secrets.token_hex(8))
        store.make(CLUSTER_MARKS)
        store.insert(CLUSTER_MARKS, [own.row])
        _refuse_beside(store, name, own, lambda: words.known(shard) is None)
        found = shard_marks(store) or [own]  # of several replicas, one may not have it yet
    elif known is None and UNNAMED not in {each.word for each in found}:  # cut off before that look
        refuse_lone_writer(store, name)
    _check(found, identity, shard)
    if known is None:  # nodes that begin together have each marked it: all see the first of the words
        known = words.settle(shard, min(each.word for each in found))
        if known not in {each.word for each in found}:
            found = _marks_with(store, known)
            _check(found, identity, shard)
    if known not in {each.word for each in found}:
        raise InvalidError(
            f"Shard {shard + 1} is another database, not this one that BOTLENS_SHARDS names: all nodes name "
            "the same.",
            field="shards",
        )
    return partial(_is_marked, mark=ShardMark(identity, shard, known).stored)


def _is_marked(client: Client, mark: str) -> bool:
    there = f"SELECT 1 FROM {CLUSTER_MARKS.name} WHERE identity = {{mark:String}} LIMIT 1"
    try:
        return bool(client.query(there, {"mark": mark}).result_rows)
    except ClickHouseError as error:
        if str(getattr(error, "code", None)) in _NOT_THERE:  # what never was a shard has no table of marks
            return False
        raise


def _check(found: Sequence[ShardMark], identity: str, shard: int) -> None:
    """Pass if marks are all of this shard of this cluster.

    Raises:
        InvalidError: one is not.
    """
    for each in found:
        if (each.identity, each.shard) != (identity, shard):
            raise InvalidError(
                f"The database of shard {shard + 1} is marked as shard {each.shard + 1} of "
                f"{'this' if each.identity == identity else 'another'} cluster. BOTLENS_SHARDS names the "
                "shards in the order in which they were named first, each with a database of its own.",
                field="shards",
            )


def _refuse_used(store: ClickHouse, shard: int, shard_of: ShardOf, known: str | None) -> None:
    """Pass if a database without a mark may become a shard.

    Raises:
        InvalidError: the shard has one already, or it holds what belongs to other shards.
    """
    if known is not None:
        raise InvalidError(
            f"Shard {shard + 1} is in use, but the database that BOTLENS_SHARDS names for it is none of this "
            "cluster, or was emptied. Name the right one; if its disk was lost, bring it back from a backup.",
            field="shards",
        )
    others = [each for each in companies_with_events(store) if shard_of(each) != shard]
    if others:
        raise InvalidError(
            f"The database of shard {shard + 1} holds events of {len(others)} companies that belong to other "
            "shards. After `botlens move` name the shards in the order in which they were named there; where "
            "nothing was moved name an empty database.",
            field="shards",
        )


def _refuse_beside(store: ClickHouse, name: str, own: ShardMark, is_new: Callable[[], bool]) -> None:
    """See that no process has the database for itself by now; else the mark of a new shard is taken back.

    Raises:
        InvalidError: one has.
    """
    try:
        refuse_lone_writer(store, name)
    except InvalidError:
        if not is_new() or shard_marks(store) != [own]:  # it may be the word by which others know the shard
            raise
        where = "identity = {identity:String}"
        store.maintain(store.topology.delete(CLUSTER_MARKS.name, where), {"identity": own.stored})
        raise


def refuse_marked(store: ClickHouse) -> None:
    """Pass if a store is no shard of a cluster.

    Raises:
        MarkedStoreError: it is.
    """
    if shard_marks(store):
        raise MarkedStoreError(
            "This ClickHouse database is a shard of a cluster of botlens. A process of its own would write "
            "past it: name all its shards in BOTLENS_SHARDS, or another database in BOTLENS_CLICKHOUSE_URL."
        )


def _marks_with(store: ClickHouse, word: str) -> list[ShardMark]:
    """The marks, once that with this word is there: a replica may have it some seconds after another."""
    until = monotonic() + (_LAGS_SECONDS if store.topology.cluster is not None else 0.0)
    while True:
        found = shard_marks(store)
        if any(each.word == word for each in found) or monotonic() >= until:
            return found
        sleep(_PAUSE_SECONDS)


def shard_marks(store: ClickHouse) -> list[ShardMark]:
    """What a database is marked as; nothing if it is no shard.

    Raises:
        StoreError: the store does not answer.
    """
    if not store.has(CLUSTER_MARKS.name):
        return []
    rows = store.maintain(f"SELECT identity, max(shard) FROM {CLUSTER_MARKS.name} GROUP BY identity")
    parts = [(*row[0].partition("."), int(row[1])) for row in rows]
    return [ShardMark(identity, shard, word) for identity, _, word, shard in parts]


def companies_with_events(store: ClickHouse) -> list[str]:
    """Those that have any in a database, if there is a table of them.

    Raises:
        StoreError: the store does not answer.
    """
    if not store.has(EVENTS):
        return []
    return [row[0] for row in store.maintain(f"SELECT DISTINCT company_id FROM {EVENTS}")]
