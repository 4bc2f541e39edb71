"""Accounts: the one door to companies, members, chatbots, plans, API keys and sessions."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

from botlens.clock import Clock, utc_now
from botlens.database.database import Database
from botlens.database.patience import remembered_alone
from botlens.tenants.api_keys import ApiKeys
from botlens.tenants.chatbots import Chatbots
from botlens.tenants.companies import Companies
from botlens.tenants.embed_links import EmbedLinks
from botlens.tenants.erasures import Erasures
from botlens.tenants.key_uses import KeyUses
from botlens.tenants.login_links import LoginLinks
from botlens.tenants.login_sessions import LoginSessions
from botlens.tenants.markers import Markers
from botlens.tenants.members import Members
from botlens.tenants.plans import DEFAULT_PLANS, Plan
from botlens.tenants.synced.accounts import SyncedAccounts
from botlens.tenants.views import Views

T = TypeVar("T")


class Accounts(
    Companies,
    Members,
    Chatbots,
    ApiKeys,
    LoginLinks,
    LoginSessions,
    Markers,
    Views,
    EmbedLinks,
    Erasures,
    SyncedAccounts,
):
    """Companies and everything that belongs to them. Synchronous, and safe to share between threads.

    Every method may raise `OverloadedError` (`accounts_unavailable`) if the database cannot be reached.
    """

    def __init__(self, database: Database, plans: Mapping[str, Plan], clock: Clock = utc_now) -> None:
        super().__init__(database, clock)
        self.plans: Mapping[str, Plan] = MappingProxyType(dict(plans))
        self.key_uses = KeyUses()
        self.seen, self.unseen = {}, {}

    @property
    def clock(self) -> Clock:
        """Gives the time, as it was handed on to here."""
        return self._clock

    @classmethod
    def open(cls, url: str, *, plans: Mapping[str, Plan] = DEFAULT_PLANS, clock: Clock = utc_now) -> Self:
        """Open the accounts database and bring its schema up to date.

        Args:
            url: `sqlite:///folder/accounts.db` (the folder is made if need be) or `postgresql://...`.
            plans: Every plan that a company may be on, by name.
            clock: Says when something was made, changed or ended.

        Raises:
            InvalidError: The URL cannot be used, its driver is missing, or a newer botlens made the database.
            OverloadedError: The database cannot be reached.
        """
        return cls(Database.open(url), plans, clock)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def __enter__(self) -> Self:
        """Itself; `with Accounts.open(url) as accounts` closes it at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @property
    def answers_from_memory(self) -> bool:
        """Whether reads cost next to nothing, so that they may be made where nothing may wait."""
        return self._database.memory.is_near

    def at_once(self, ask: Callable[..., T], *arguments: Any) -> T:
        """What `ask` returns, where nothing may wait.

        Args:
            ask: waits for nothing but these accounts.
            arguments: of it.

        Raises:
            NotRememberedError: it reads what is not remembered of accounts that are not near.
        """
        if self.answers_from_memory:
            return ask(*arguments)
        with remembered_alone():
            return ask(*arguments)

    def changes(self) -> int:
        """A number that is another one once anybody wrote, but who did so past botlens."""
        return self._database.memory.changes()

    @property
    def are_a_file(self) -> bool:
        """Whether they are in a SQLite file, and not in a database server."""
        return self._database.is_a_file

    def still(self) -> AbstractContextManager[Callable[[], bytes]]:
        """Nobody changes them meanwhile; gives what makes a copy of their file: see `Database.still`."""
        return self._database.still()

    def ping(self) -> None:
        """Pass if the database answers."""
        self._database.ping()
