"""Takes a backup while everything goes on."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from botlens import __version__
from botlens.backup.archive import ABOUT, ACCOUNTS, EVENTS, FORMAT, MEMBERS, About, Writing
from botlens.commit.port import Commits
from botlens.errors import InvalidError, TooManyRequestsError
from botlens.moments import iso, microseconds
from botlens.store import copy
from botlens.store.connection import ClickHouse
from botlens.store.schema import RAW_EVENTS
from botlens.tenants import Accounts

_BYTES = 8 << 20  # of events in one member, before they are packed
_TRY_AGAIN = 60

LinksOf = Callable[[str], Mapping[str, int]]
"""By chatbot of a company, the link of its gaps that counts."""


@dataclass(frozen=True, slots=True)
class _CompanyState:
    """What a company had when the copy was made: its chatbots, and the links of gaps that counted."""

    chatbots: Sequence[str]
    links: Mapping[str, int]


_States = Mapping[str, _CompanyState]
"""By the id of the company."""


class Backups:
    """Makes backups of one folder, one at a time.

    Args:
        accounts: are in it.
        store: has the events.
        commits: brings it up to date.
        links_of: tells which links of gaps count.
    """

    def __init__(self, accounts: Accounts, store: ClickHouse, commits: Commits, links_of: LinksOf) -> None:
        self._accounts = accounts
        self._store = store
        self._commits = commits
        self._links_of = links_of
        self._one = Lock()

    def take(self, now: datetime) -> Generator[bytes]:
        """The bytes of a backup: all that was acknowledged before this call, each event once.

        The state is taken before this returns, in which time nothing but changes of accounts has to wait;
        the bytes are made while they are asked for. Close it to leave off.

        Raises:
            InvalidError: accounts or events are in a database server.
            TooManyRequestsError: another backup is being made.
            StoreError: the store does not answer.
        """
        self._check()
        if not self._one.acquire(blocking=False):
            message = "A backup is being made already; take another when it is done."
            raise TooManyRequestsError(message, retry_after=_TRY_AGAIN, code="backup_under_way")
        try:
            accounts, companies = self._state()
        except BaseException:
            self._one.release()
            raise
        made = self._made(now, accounts, companies)
        next(made)  # from here on it sees to the end of what was begun
        return made

    def discard(self) -> None:
        """Remove what a backup that was killed has left in the store."""
        copy.drop(self._store)

    def _check(self) -> None:
        servers = {
            "events are in a ClickHouse server (BACKUP DATABASE)": self._store.is_shared,
            "accounts are in PostgreSQL (pg_dump)": not self._accounts.are_a_file,
        }
        if any(servers.values()):
            where = " and the ".join(said for said, is_so in servers.items() if is_so)
            raise InvalidError(
                f"The {where}: back them up with the database's own tools, accounts first. `botlens backup` "
                "is for what lies in the data folder.",
                code="not_in_the_folder",
            )

    def _state(self) -> tuple[bytes, _States]:
        """The accounts and whose events there are, of the moment in which the events were copied."""
        # Accounts stand still first: how far a source that is followed has been taken must hold for these
        # events.
        with self._accounts.still() as copied, self._commits.unwritten():
            copy.take(self._store)
            companies = [company.id for company in self._accounts.companies(with_gone=True)]
            states = {
                each: _CompanyState(
                    [bot.id for bot in self._accounts.chatbots(each, with_gone=True)], self._links_of(each)
                )
                for each in companies
            }
            return copied(), states

    def _made(self, now: datetime, accounts: bytes, companies: _States) -> Generator[bytes]:
        try:
            yield b""
            writing = Writing()
            columns = [column.name for column in RAW_EVENTS.columns]
            about = About(FORMAT, __version__, iso(microseconds(now)), columns)
            yield from writing.member(ABOUT, msgspec.json.encode(about))
            yield from writing.member(ACCOUNTS, accounts)
            events = 0
            for number, table in enumerate(_gathered(self._pieces(companies)), 1):
                events += table.num_rows
                yield from writing.member(f"{EVENTS}{number:06d}.parquet", _parquet(table))
            for number, table in enumerate(_gathered(self._members(companies)), 1):
                yield from writing.member(f"{MEMBERS}{number:06d}.parquet", _parquet(table))
            yield from writing.end(events)
        finally:
            try:
                copy.drop(self._store)
            finally:
                self._one.release()

    def _pieces(self, companies: _States) -> Iterator[pa.Table]:
        for company_id, state in companies.items():
            yield from copy.event_pieces(self._store, company_id, state.chatbots)

    def _members(self, companies: _States) -> Iterator[pa.Table]:
        for company_id, state in companies.items():
            yield from copy.member_pieces(self._store, company_id, state.links)


def _gathered(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Small pieces together: a company with little in it is no member of its own."""
    some: list[pa.Table] = []
    for piece in pieces:
        some.append(piece)
        if sum(each.nbytes for each in some) >= _BYTES:
            yield pa.concat_tables(some)
            some = []
    if some:
        yield pa.concat_tables(some)


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())
