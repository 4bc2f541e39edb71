"""The ClickHouse servers that get the events: opened, looked at, and held so that nobody else writes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from botlens.addresses import sound_clickhouse_url, without_password
from botlens.cluster.shard_words import ShardWords
from botlens.cluster.slots import slot_of
from botlens.errors import InvalidError
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.cluster_mark import mark_shard, shard_marks
from botlens.store.connection import ClickHouse
from botlens.store.held_rows import HolderKey, Holding, holdings
from botlens.store.topology import Topology
from botlens.store.upgrades import check_layout, open_tables
from botlens.store.writer import WriterClaim, refuse_lone_writer


@dataclass(frozen=True, slots=True)
class Shard:
    """A server that gets the events of some companies.

    Attributes:
        name: where it is, for people: no password.
        store: the open connection.
        held: what was there when it was opened.
    """

    name: str
    store: ClickHouse
    held: dict[HolderKey, Holding]


def check_shards(urls: Sequence[str], cluster: str | None) -> None:
    """Pass if these can be the addresses of servers, and the name of their cluster.

    Raises:
        InvalidError: one is no such address, or stands there twice; or no cluster is called so.
    """
    Topology(is_shared=True, cluster=cluster)
    if not urls:
        raise InvalidError("Name one ClickHouse server at least.", field="shards")
    for number, url in enumerate(urls, start=1):
        try:
            sound_clickhouse_url(url)
        except ValueError as error:
            message = (
                f"Shard {number} is no address of a ClickHouse server: {error}; between two stands a comma."
            )
            raise InvalidError(message, field="shards") from None
    names = [without_password(url) for url in urls]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidError(
            f"{twice[0]} is named twice: each shard has a database of its own.", field="shards"
        )


@contextmanager
def open_shards(urls: Sequence[str], cluster: str | None) -> Iterator[list[Shard]]:
    """The servers, with tables, and with nobody else who writes to them.

    Raises:
        StoreError: one cannot be used; it says why, and what to do.
        AnotherWriterError: another process writes to one.
        NewerLayoutError: a newer botlens wrote one.
    """
    telemetry, health = Telemetry(), Health()
    with ExitStack() as stack:
        shards = []
        for url in urls:
            store = stack.enter_context(closing(ClickHouse(url, cluster=cluster, setting="--shards")))
            check_layout(store)
            claim = WriterClaim(store.reserved, telemetry, health, moves=True)
            claim.take()
            stack.callback(claim.release)
            open_tables(store)
            shards.append(Shard(without_password(url), store, holdings(store)))
        yield shards


def shard_of(company_id: str, shards: Sequence[Shard]) -> Shard:
    """Where a company lies."""
    return shards[slot_of(company_id) % len(shards)]


def check_unused(shards: Sequence[Shard], words: ShardWords) -> None:
    """Pass if nobody has anything there, or ever worked with it: nodes would not.

    Args:
        shards: which are to get the events.
        words: of the cluster that is to have them.

    Raises:
        InvalidError: somebody has.
    """
    if any(words.known(number) is not None for number in range(len(shards))):
        message = "This PostgreSQL is that of a cluster with shards of its own. Name an empty database."
        raise InvalidError(message, field="accounts")
    for shard in shards:
        refuse_lone_writer(shard.store, shard.name)
        if shard_marks(shard.store):
            message = f"{shard.name} is, or was, a shard of a cluster: name an empty database."
            raise InvalidError(message, field="shards")
        for key in shard.held:
            message = (
                f"{shard.name} has {key.table} of company {key.company_id} already: name an empty database."
            )
            raise InvalidError(message, field="shards")


def check_held(shards: Sequence[Shard], found: Mapping[HolderKey, Holding]) -> None:
    """Pass if the shards have nothing but what is to be there, or a part of it.

    Raises:
        InvalidError: one has something else.
    """
    for shard in shards:
        if shard.store.facts.building is not None:
            message = f"{shard.name} holds facts of another version of botlens: move with that version."
            raise InvalidError(message, field="shards")
        for key in shard.held:
            if key not in found or shard_of(key.company_id, shards) is not shard:
                message = (
                    f"{shard.name} has {key.table} of company {key.company_id}, which this folder has not, "
                    "or which belong to another of these shards. Name empty databases."
                )
                raise InvalidError(message, field="shards")


def mark_shards(shards: Sequence[Shard], identity: str, words: ShardWords) -> None:
    """Have a cluster know its shards: its nodes take no other database for one.

    Args:
        shards: which have all that belongs to them.
        identity: of the cluster.
        words: of the cluster.

    Raises:
        InvalidError: it has others already, or somebody works with one beside this.
    """

    def number_of(company_id: str) -> int:
        return slot_of(company_id) % len(shards)

    for number, shard in enumerate(shards):
        mark_shard(shard.store, identity, number, number_of, words)
