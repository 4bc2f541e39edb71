"""The slots of a cluster in PostgreSQL: a company falls into one, and one node at a time owns it.

Each method is one statement, so it is done or not, and none needs a session: poolers are fine.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from botlens.cluster.now import NOW
from botlens.database.condition import WriteCondition
from botlens.database.single import SingleStatements
from botlens.errors import InvalidError, NotHereError

SLOTS = 256
FIRST_EPOCH = 2_048
"""Numbers of arrival begin at `epoch << 40`: above those that a folder gave, the microseconds until 2041."""

FIRST_DEFINITION = 3
"""Of the facts that clusters had before slots said by which definition theirs are."""


def slot_of(company_id: str) -> int:
    """The slot that a company falls into."""
    return hashlib.sha256(company_id.encode()).digest()[0] % SLOTS


def only_if_owned(slot: int, epoch: int) -> WriteCondition:
    """What is written holds only if the owner of a slot is that of an epoch; nobody takes it meanwhile."""
    return WriteCondition(
        # Whoever stands still, or is lost, before the transaction ends keeps nobody from the slot for long.
        "SELECT set_config('idle_in_transaction_session_timeout', '10s', true) FROM botlens.slots "
        "WHERE slot = %(slot)s AND epoch = %(epoch)s FOR SHARE",
        {"slot": slot, "epoch": epoch},
        NotHereError,
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A slot that was taken."""

    slot: int
    shard: int
    epoch: int


@dataclass(frozen=True, slots=True)
class SlotState:
    """A slot as the table has it.

    Attributes:
        owner: the instance that has it; empty if none has.
        expires: another number after each renewal.
        lasts: how many seconds the lease of its owner lasts; 0 if that has not said it.
        remaining: seconds until the lease ends, by the clock of PostgreSQL: for people.
        facts: the definition by which its facts are kept.
        is_derived: whether these are being derived just now, or are to be: nobody is answered before.
    """

    slot: int
    shard: int
    owner: str
    node: str
    url: str
    epoch: int
    expires: float
    lasts: float
    remaining: float
    facts: int = FIRST_DEFINITION
    is_derived: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nobody has it, if the clock of PostgreSQL is right."""
        return not self.owner or self.remaining < 0


@dataclass(frozen=True, slots=True)
class NodeBeat:
    """When a node said last that it lives: `ago` is in seconds by the clock of PostgreSQL.

    `closed` are the shards that it does not reach; None of a node of before, which does not say it.
    `definition` is that of its facts; 0 of a node of before, which knows of no other than the first.
    """

    instance: str
    seen: float
    ago: float
    closed: frozenset[int] | None = frozenset()
    definition: int = FIRST_DEFINITION


@dataclass(frozen=True, slots=True)
class NodeName:
    """A node: `instance` is of one process and its name of all that follow each other at one place."""

    instance: str
    name: str
    url: str


class SlotTable:
    """Reads and changes slots and nodes. For any thread.

    Args:
        statements: run each.
        seconds: how long a lease lasts.
    """

    def __init__(self, statements: SingleStatements, seconds: float) -> None:
        self._statements = statements
        self._seconds = seconds

    def prepare(self, shards: int, definition: int = FIRST_DEFINITION) -> str:
        """Make the slots if there are none; returns the identity of the cluster.

        Who names more shards than there are changes nothing by that: see `add_shards`. Facts of slots that
        are made are kept by `definition`.

        Raises:
            InvalidError: the cluster has more shards.
            OverloadedError: the database does not answer.
        """
        run = self._statements.run
        run(
            "INSERT INTO botlens.cluster (id, identity, shards) VALUES (1, %(identity)s, %(shards)s) "
            "ON CONFLICT DO NOTHING",
            {"identity": secrets.token_hex(16), "shards": shards},
        )
        ((identity, known),) = run("SELECT identity, shards FROM botlens.cluster")
        if known > shards:
            message = f"This cluster has {known} shards; BOTLENS_SHARDS names {shards}. Name each, in order."
            raise InvalidError(message, field="shards")
        run(
            "INSERT INTO botlens.slots (slot, shard, owner, node, url, epoch, expires, facts) "
            f"SELECT each, each %% %(shards)s, '', '', '', {FIRST_EPOCH - 1}, 0, %(definition)s "
            f"FROM generate_series(0, {SLOTS - 1}) AS each ON CONFLICT DO NOTHING",
            {"shards": known, "definition": definition},
        )
        return str(identity)

    def shards(self) -> int:
        """How many shards the cluster has: 0 before it was prepared."""
        return int(self._statements.run("SELECT coalesce(max(shards), 0) FROM botlens.cluster")[0][0])

    def add_shards(self, shards: int) -> None:
        """Have so many shards, if there are fewer: those at the end have no slots until some are moved there.

        It is not taken back: from here on a node that names fewer does not begin.
        """
        self._statements.run(
            "UPDATE botlens.cluster SET shards = %(shards)s WHERE shards < %(shards)s", {"shards": shards}
        )

    def renew(self, instance: str) -> dict[int, int]:
        """Have all leases of a node last from now on; returns its slots with their epochs."""
        rows = self._statements.run(
            # In the order in which appends hold them: else each might wait for a row that the other has.
            f"UPDATE botlens.slots SET expires = {NOW} + %(seconds)s WHERE owner = %(owner)s AND slot IN ("
            "SELECT slot FROM botlens.slots WHERE owner = %(owner)s ORDER BY slot FOR NO KEY UPDATE) "
            "RETURNING slot, epoch",
            {"seconds": self._seconds, "owner": instance},
        )
        return {row[0]: row[1] for row in rows}

    def claim(self, node: NodeName, seen: Sequence[SlotState]) -> list[Claim]:
        """Take slots, each as it was seen, free or the node's own: each gets a new epoch.

        Those that have changed since, or change just now, are not among what is returned.
        """
        if not seen:
            return []
        rows = self._statements.run(
            "UPDATE botlens.slots SET owner = %(owner)s, node = %(name)s, url = %(url)s, epoch = epoch + 1, "
            f"expires = {NOW} + %(seconds)s, lasts = %(seconds)s WHERE slot IN ("
            "SELECT held.slot FROM botlens.slots AS held JOIN unnest(%(slots)s::integer[], "
            "%(owners)s::text[], %(epochs)s::bigint[], %(expires)s::float8[]) "
            "AS seen (slot, owner, epoch, expires) ON held.slot = seen.slot AND held.owner = seen.owner "
            "AND held.epoch = seen.epoch AND (held.expires = seen.expires OR held.owner = %(owner)s) "
            "ORDER BY held.slot FOR UPDATE OF held SKIP LOCKED) RETURNING slot, shard, epoch",
            {
                "owner": node.instance,
                "name": node.name,
                "url": node.url,
                "seconds": self._seconds,
                "slots": [each.slot for each in seen],
                "owners": [each.owner for each in seen],
                "epochs": [each.epoch for each in seen],
                "expires": [each.expires for each in seen],
            },
        )
        return [Claim(*row) for row in rows]

    def release(self, instance: str, epochs: dict[int, int]) -> None:
        """Let go of slots, by their epochs, so that others take them at once."""
        if not epochs:
            return
        self._statements.run(
            "UPDATE botlens.slots AS held SET owner = '', node = '', url = '', expires = 0 "
            "FROM unnest(%(slots)s::integer[], %(epochs)s::bigint[]) AS leaving (slot, epoch) "
            "WHERE held.owner = %(owner)s AND held.slot = leaving.slot AND held.epoch = leaving.epoch",
            {"owner": instance, "slots": list(epochs), "epochs": list(epochs.values())},
        )

    def release_all(self, instance: str) -> None:
        """Let go of whatever a node has, which ends."""
        self._statements.run(
            "UPDATE botlens.slots SET owner = '', node = '', url = '', expires = 0 WHERE owner = %(owner)s",
            {"owner": instance},
        )

    def states(self) -> list[SlotState]:
        """All slots as they are now."""
        rows = self._statements.run(
            "SELECT slot, shard, owner, node, url, epoch, expires, lasts, "
            f"expires - {NOW}, facts, EXISTS (SELECT 1 FROM botlens.slot_facts AS each "
            "WHERE each.slot = held.slot AND each.definition = held.facts) "
            "FROM botlens.slots AS held ORDER BY slot"
        )
        return [SlotState(*row) for row in rows]

    def seen(self, node: NodeName, closed: Collection[int] = (), definition: int = FIRST_DEFINITION) -> None:
        """Say that a node lives, which shards it does not reach, and by which definition its facts are.

        Those that have not said it for long are forgotten.
        """
        self._statements.run(
            "WITH gone AS (DELETE FROM botlens.nodes "
            f"WHERE seen < {NOW} - 3600 AND instance != %(instance)s) "
            "INSERT INTO botlens.nodes (instance, name, url, seen, closed, definition) "
            f"VALUES (%(instance)s, %(name)s, %(url)s, {NOW}, %(closed)s, %(definition)s) "
            f"ON CONFLICT (instance) DO UPDATE SET seen = {NOW}, closed = EXCLUDED.closed",
            {
                "instance": node.instance,
                "name": node.name,
                "url": node.url,
                "closed": ",".join(map(str, sorted(closed))),
                "definition": definition,
            },
        )

    def beats(self) -> list[NodeBeat]:
        """When each node said last that it lives."""
        rows = self._statements.run(
            f"SELECT instance, seen, {NOW} - seen, closed, definition FROM botlens.nodes"
        )
        return [
            NodeBeat(instance, seen, ago, _shards(closed), definition)
            for instance, seen, ago, closed, definition in rows
        ]

    def leave(self, instance: str) -> None:
        """Say that a node ends."""
        self._statements.run(
            "DELETE FROM botlens.nodes WHERE instance = %(instance)s", {"instance": instance}
        )

    def nodes(self) -> Sequence[NodeName]:
        """The nodes that live, if the clock of PostgreSQL is right: seen within the time of a lease."""
        rows = self._statements.run(
            f"SELECT instance, name, url FROM botlens.nodes WHERE seen > {NOW} - %(seconds)s ORDER BY 2, 1",
            {"seconds": self._seconds},
        )
        return [NodeName(*row) for row in rows]

    def lost_nodes(self) -> list[tuple[NodeName, float]]:
        """Nodes that said nothing for the time of a lease, and not that they end; and for how many seconds.

        Not those that were started again under their name, nor any after an hour.
        """
        rows = self._statements.run(
            f"SELECT instance, name, url, {NOW} - seen FROM botlens.nodes AS lost "
            f"WHERE seen BETWEEN {NOW} - 3600 AND {NOW} - %(seconds)s AND NOT EXISTS ("
            "SELECT 1 FROM botlens.nodes AS later WHERE later.name = lost.name AND later.seen > lost.seen) "
            "ORDER BY 4, 1",
            {"seconds": self._seconds},
        )
        return [(NodeName(*row[:3]), float(row[3])) for row in rows]


def _shards(said: str) -> frozenset[int] | None:
    """Those that a node says not to reach; `?` is nothing said."""
    return None if said == "?" else frozenset(map(int, filter(None, said.split(","))))
