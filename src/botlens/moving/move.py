"""Moves a folder: its events into shards, its accounts into a PostgreSQL, in this order.

Until the accounts are there, which is one transaction at the end, nobody can ask a node for anything. So a
move that was cut off has changed no answer anywhere, and the same command goes on with it.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

# Every room that declares tables of accounts: `copying` knows those that are loaded.
import botlens.cluster.tables
import botlens.gaps.life_cycle.tables
import botlens.jobs.tables
import botlens.sources.postgres.tables
import botlens.tenants.tables  # noqa: F401
from botlens.addresses import without_password
from botlens.cluster.shard_words import ShardWords
from botlens.cluster.slots import SlotTable
from botlens.database.copying import Contents, contents, copy_all
from botlens.database.database import Database
from botlens.errors import InvalidError
from botlens.folder.moved import Move, move_of, note_move
from botlens.metrics.facts import DEFINITION_VERSION
from botlens.moments import iso, microseconds
from botlens.moving.comparing import compare_answers
from botlens.moving.events import move_events
from botlens.moving.folder import check_is_a_folder, held_still
from botlens.moving.shards import (
    Shard,
    check_held,
    check_shards,
    check_unused,
    mark_shards,
    open_shards,
)
from botlens.settings import Settings
from botlens.store.connection import ClickHouse
from botlens.store.held_rows import HolderKey, Holding, holdings
from botlens.tenants.accounts import Accounts

_SEEN_SECONDS: Final = 30.0
"""A node that was seen so lately may run."""


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """Where to.

    Attributes:
        accounts_url: a PostgreSQL.
        shard_urls: ClickHouse servers, in the order that decides who gets which company.
        cluster: which the tables of each are replicated in, as it calls it; None is nowhere.
    """

    accounts_url: str
    shard_urls: Sequence[str]
    cluster: str | None = None

    @property
    def move(self) -> Move:
        """The same without passwords."""
        return Move(without_password(self.accounts_url), tuple(map(without_password, self.shard_urls)))


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved.

    Attributes:
        companies: how many.
        rows: of all tables of events.
        sent: how many of these were sent this time.
        accounts: rows of accounts that were written this time.
        answers: which both sides gave alike.
    """

    companies: int
    rows: int
    sent: int
    accounts: int
    answers: int


class Listener(Protocol):
    """Hears what is being done."""

    def begins(self, what: str, total: int | None = None) -> None:
        """A stage begins; `total` is how much there is to do, where that is known."""
        ...

    def done(self, amount: int) -> None:
        """So much of it is done."""
        ...


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to, opened."""

    accounts: Database
    slots: SlotTable
    words: ShardWords
    shards: Sequence[Shard]


def move_folder(
    settings: Settings, request: MoveRequest, clock: Callable[[], datetime], listener: Listener
) -> Moved:
    """Move what is in a folder, which the caller owns, or go on with that.

    Doing it again changes nothing. The folder keeps what it has, and is not served any more.

    Args:
        settings: name the folder.
        request: where to.
        clock: says when; the answers of both sides are compared at one moment.
        listener: hears of progress.

    Raises:
        InvalidError: something stands in the way; nothing was changed.
        NotCopiedError: what arrived is not the same; accounts were not moved.
        BotlensError: a database does not answer. What was moved stays, and is not moved again.
    """
    check_is_a_folder(settings)
    check_shards(request.shard_urls, request.cluster)
    begun = move_of(settings.data_dir)
    if begun is not None and begun.target != request.move.target:
        message = (
            f"{settings.data_dir} is moved to {begun.accounts} and {', '.join(begun.shards)}, in this order: "
            "name the same. To move it elsewhere, remove what was written there, then its moved.json."
        )
        raise InvalidError(message, field="shards")
    listener.begins("Looking at the servers")
    with (
        closing(_open_accounts(request.accounts_url)) as target,
        closing(target.statements()) as statements,
        open_shards(request.shard_urls, request.cluster) as shards,
    ):
        slots, words = SlotTable(statements, _SEEN_SECONDS), ShardWords(statements)
        there = _Target(target, slots, words, shards)
        _check_no_nodes(slots)
        if begun is None:
            check_unused(shards, words)
            with closing(Database.open(settings.accounts_location)) as source:
                _check_accounts(source, target)
            note_move(settings.data_dir, request.move)
        listener.begins("Writing what the journal holds")
        with held_still(settings) as engine:
            moved = _moved(engine.accounts, engine.store, there, clock(), listener)
        if begun is None or begun.done_at is None:
            note_move(settings.data_dir, _done(request.move, clock()))
        return moved


def _moved(
    accounts: Accounts,
    store: ClickHouse,
    target: _Target,
    now: datetime,
    listener: Listener,
) -> Moved:
    shards = target.shards
    is_there = _check_accounts(accounts.database, target.accounts) is Contents.THE_SAME
    found = holdings(store)
    check_held(shards, found)
    rows = sum(each.rows for each in found.values())
    listener.begins("Moving events", rows)
    if is_there:
        _check_nothing_missing(found, shards)
    sent = move_events(store, found, shards, listener.done)
    companies = len(accounts.companies(with_gone=True))
    listener.begins("Comparing answers", companies)
    answers = compare_answers(accounts, store, shards, now, listener.done)
    listener.begins("Moving accounts")
    _check_no_nodes(target.slots)  # one that begins now finds slots, and events that it must know of
    identity = _prepare_slots(target.slots, len(shards))
    mark_shards(shards, identity, target.words)
    written = copy_all(accounts.database, target.accounts)
    return Moved(companies, rows, sent, written, answers)


def _check_no_nodes(slots: SlotTable) -> None:
    """Pass if nobody serves from there: what a node knows of its companies it reads when it takes them.

    Raises:
        InvalidError: a node runs.
    """
    for node in slots.nodes():
        message = f"A node ({node.name}, {node.url}) runs on this PostgreSQL: stop all nodes, and move again."
        raise InvalidError(message, field="accounts")


def _prepare_slots(slots: SlotTable, shards: int) -> str:
    """Make the slots as rows were dealt out to shards; returns the identity of the cluster.

    Raises:
        InvalidError: there is a cluster of another number of shards.
    """
    identity = slots.prepare(shards, DEFINITION_VERSION)
    if (known := slots.shards()) != shards:
        message = f"This PostgreSQL has a cluster of {known} shards. Name another, or those."
        raise InvalidError(message, field="shards")
    return identity


def _open_accounts(url: str) -> Database:
    if url.lower().startswith("sqlite"):  # to open it would make it
        message = "Nodes share a PostgreSQL: postgresql://user:password@host/database."
        raise InvalidError(message, field="accounts")
    return Database.open(url)


def _check_accounts(source: Database, target: Database) -> Contents:
    """What the PostgreSQL holds: nothing, or what the folder has.

    Raises:
        InvalidError: it holds something else.
    """
    found = contents(source, target)
    if found is Contents.OTHERS:
        message = (
            "This PostgreSQL holds accounts that are not those of the folder, or that were changed since "
            "they were moved. Nothing was changed there. To move a folder, name an empty database."
        )
        raise InvalidError(message, field="accounts")
    return found


def _check_nothing_missing(found: dict[HolderKey, Holding], shards: Sequence[Shard]) -> None:
    """Where the accounts are, nodes may have taken events: what differs now is not to be written over.

    Raises:
        InvalidError: something differs.
    """
    held = {key: holding for shard in shards for key, holding in shard.held.items()}
    if held != found:
        message = (
            "This folder was moved, and the events have changed there since. Nothing was changed. Serve them "
            "from there; the folder is a copy of what was."
        )
        raise InvalidError(message, field="shards")


def _done(move: Move, now: datetime) -> Move:
    return Move(move.accounts, move.shards, iso(microseconds(now)))
