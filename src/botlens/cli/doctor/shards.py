"""The doctor's look at the shards of a cluster: where each is, whether it answers, and what lies there."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from botlens.addresses import without_password
from botlens.cli.console import counted
from botlens.cli.doctor.findings import Finding, Symbol, fine, note, wrong
from botlens.cluster.restored import slots_that_lie_elsewhere
from botlens.cluster.shard_words import ShardWords
from botlens.cluster.slots import SlotTable, slot_of
from botlens.database.single import SingleStatements
from botlens.errors import BotlensError
from botlens.settings import Settings
from botlens.store.cluster_mark import companies_with_events, shard_marks
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError, TooSlowError

_CALL_SECONDS = 1.0
"""What does not answer within ten times that does not answer."""
_MOST = 8
_RESTORED = (
    "is of a backup of before they were moved: what to do says docs/how-to/operate-a-cluster.md, back up and "
    "restore."
)


@dataclass(frozen=True, slots=True)
class ShardLook:
    """What a shard says.

    Attributes:
        replica: which of its servers answers, where it has several.
        marked: as which shards it is marked, from 0.
        words: by which it is known in its marks.
        slots: of which it has events; None if that could not be found out.
        problem: why it cannot be used, or None.
    """

    replica: str = ""
    marked: Sequence[int] = ()
    words: frozenset[str] = frozenset()
    slots: frozenset[int] | None = frozenset()
    problem: str | None = None


def shard_findings(
    settings: Settings, statements: SingleStatements, companies: Sequence[str]
) -> Iterator[Finding]:
    """Each shard that is named or that the cluster has.

    Args:
        settings: name them.
        statements: to PostgreSQL.
        companies: the ids of all.
    """
    table, words = SlotTable(statements, settings.lease_seconds), ShardWords(statements)
    states = table.states()
    if not states:
        return
    shards = {each.slot: each.shard for each in states}
    slots, lying = Counter(shards.values()), Counter(shards[slot_of(each)] for each in companies)
    with ThreadPoolExecutor(len(settings.shards), "botlens-look") as pool:
        looks = list(pool.map(lambda url: _look(url, settings.clickhouse_cluster), settings.shards))
    known = table.shards()
    for number, (url, look) in enumerate(zip(settings.shards, looks, strict=True)):
        lies = f"{counted(slots[number], 'slot')}, {_companies(lying[number])}"
        name = f"Shard {number + 1} at {without_password(url)}"
        yield (finding := _finding(number, name, lies, look, words.known(number)))
        if finding.mark is Symbol.FINE and look.marked:  # else it is not this shard
            yield from _lying_elsewhere(statements, number, looks)
        if number >= known and look.problem is None:
            yield note(
                f"Shard {number + 1} does not belong to the cluster yet.",
                "It does once a node has begun with it: end the nodes and start them again one by one.",
            )
    for number in range(len(settings.shards), known):
        yield wrong(
            f"Shard {number + 1} is not named here, and has {counted(slots[number], 'slot')}, "
            f"{_companies(lying[number])}.",
            "BOTLENS_SHARDS names all shards, in the same order everywhere.",
        )


def _finding(number: int, name: str, lies: str, look: ShardLook, known: str | None) -> Finding:
    if look.problem is not None:
        return wrong(f"{name} cannot be used ({lies}).", look.problem)
    if look.marked and number not in look.marked:
        marked = ", ".join(str(each + 1) for each in look.marked)
        return wrong(
            f"{name} is marked as shard {marked} ({lies}).",
            "BOTLENS_SHARDS names all shards, in the same order everywhere.",
        )
    if known is not None and known not in look.words:
        return wrong(
            f"{name} is not the database that was this shard: it is another one, or was emptied ({lies}).",
            "Name the right one in BOTLENS_SHARDS; if its disk was lost, end the nodes and restore a backup.",
        )
    return fine(f"{name} answers{f', by its replica {look.replica}' if look.replica else ''} ({lies})")


def _lying_elsewhere(
    statements: SingleStatements, number: int, looks: Sequence[ShardLook]
) -> Iterator[Finding]:
    """Slots of which a shard has events though PostgreSQL has them on another."""
    if (there := looks[number].slots) is None:
        yield note(
            f"Of which companies shard {number + 1} has events was not found out: it did not say it soon.",
            "Ask again while it has less to do.",
        )
        return
    by_shard: dict[int, list[int]] = {}
    for slot, other in slots_that_lie_elsewhere(statements, number, there).items():
        by_shard.setdefault(other, []).append(slot)
    for other, slots in by_shard.items():
        both = looks[other].slots if other < len(looks) else None
        said = f"Shard {number + 1} has events of {_named(slots)}"
        said += f", of which PostgreSQL says: on shard {other + 1}"
        if both is not None and both.issuperset(slots):
            yield note(f"{said}. There are some, too.", f"Something is left since a move, or {_RESTORED}")
        else:
            yield wrong(f"{said}.", f"One of both {_RESTORED}")


def _named(slots: Sequence[int]) -> str:
    first = ", ".join(map(str, sorted(slots)[:_MOST]))
    more = f" and {len(slots) - _MOST} more" if len(slots) > _MOST else ""
    return f"{'slot' if len(slots) == 1 else 'slots'} {first}{more}"


def _look(url: str, cluster: str | None) -> ShardLook:
    """Ask a server; nothing is changed there."""
    try:
        store = ClickHouse(url, cluster=cluster, call_seconds=_CALL_SECONDS, setting="BOTLENS_SHARDS")
        with closing(store):
            ((host,),) = store.maintain("SELECT hostName()")
            marks = shard_marks(store)
            return ShardLook(
                str(host) if cluster is not None else "",
                sorted({each.shard for each in marks}),
                frozenset(each.word for each in marks),
                _slots_there(store),
            )
    except BotlensError as error:
        return ShardLook(problem=error.message)


def _slots_there(store: ClickHouse) -> frozenset[int] | None:
    try:
        return frozenset(map(slot_of, companies_with_events(store)))
    except (StoreError, TooSlowError):
        return None


def _companies(number: int) -> str:
    return f"{number:,} {'company' if number == 1 else 'companies'}"
