"""Sessions: people who are logged in. A session is a row, and what it may do is asked at each request."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from botlens.errors import OverloadedError, UnauthorizedError
from botlens.tenants import rows
from botlens.tenants.callers import Callers, wrong_company
from botlens.tenants.keys import digest_of, new_secret
from botlens.tenants.login_links import REMEMBERED
from botlens.tenants.rights import OWNER, rights_of
from botlens.tenants.tables import LoginLinkRow, LoginSessionRow
from botlens.tenants.values import Caller, LoginLink, LoginSession

SESSION_START: Final = "bls_"
IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
_SEEN_EVERY: Final = timedelta(minutes=5)
"""How exactly it is known when a session was last used: to write at each request would cost more than it."""
_SEEN_AGAIN: Final = timedelta(minutes=1)
"""After which that is tried once more, where it could not be written."""
_MOST_NOTED: Final = 10_000
_MOST_OF_ONE: Final = 50
_COPIED: Final = "This login link does not exist. Check that it was copied whole. Else, to"
_USED: Final = "This login link was used already: each lets somebody in once. To"
_OVER: Final = "This login link is over: each lasts ten minutes. To"
_ANOTHER: Final = "get in, ask for another, or make one: `botlens link --user NAME`."


class LoginSessions(Callers):
    """The part of `Accounts` that knows who is logged in.

    Attributes:
        seen: when it was written down last here that a session was used, by its digest.
        unseen: when that could not be done last.
    """

    seen: dict[str, datetime]
    unseen: dict[str, datetime]

    def log_in_by_link(self, secret: str, company_id: str | None = None) -> tuple[LoginSession, str]:
        """Use a login link up.

        Args:
            secret: of the link.
            company_id: the company that is to be looked at; the link stays as it is if it is for another.

        Returns:
            The session, and its secret, which is not stored.

        Raises:
            UnauthorizedError: `unknown_link`, `used_link` or `expired_link`.
            ForbiddenError: `wrong_company`.
        """
        now, digest = self._clock(), digest_of(secret)
        with self._database.reading() as transaction:  # nonsense keeps no writer waiting
            _usable(rows.login_link(transaction, digest), now, company_id)
        with self._database.writing() as transaction:
            link = _usable(rows.lock_link(transaction, digest), now, company_id)
            link.used_at = now
            row, token = _new(now, link.user_id, link.company_id, link.role)
            rows.add_session(transaction, row, _MOST_OF_ONE, IDLE + REMEMBERED, LONGEST + REMEMBERED)
            return _session_of(row), token

    def login_link(self, secret: str, company_id: str | None = None) -> LoginLink:
        """What is known of a login link, which stays as it is: nobody is logged in.

        Args:
            secret: of the link: who has it could log in by it.
            company_id: as for `log_in_by_link`.

        Raises:
            UnauthorizedError: `unknown_link`, `used_link` or `expired_link`.
            ForbiddenError: `wrong_company`.
        """
        with self._database.reading() as transaction:
            link = _usable(rows.login_link(transaction, digest_of(secret)), self._clock(), company_id)
            return LoginLink(link.id, link.company_id, link.user_id, link.role, link.expires_at)

    def log_in_by_user(self, user: str, company_id: str | None = None) -> tuple[LoginSession, str]:
        """Log a user in whom somebody else has made sure of (by a JWT): to all companies of that user.

        Raises:
            ForbiddenError: `wrong_company`, the user does not belong to the company that is named.
            NotFoundError: `no_company`, the user belongs to none.
        """
        self.caller_by_user(user, company_id).require_company()
        with self._database.writing() as transaction:
            row, token = _new(self._clock(), user, None, None)
            rows.add_session(transaction, row, _MOST_OF_ONE, IDLE + REMEMBERED, LONGEST + REMEMBERED)
            return _session_of(row), token

    def caller_by_session(self, secret: str, company_id: str | None = None) -> Caller:
        """Who is logged in with this secret, and what that user may do now.

        Raises:
            UnauthorizedError: `unknown_session`, `expired_session`.
            ForbiddenError: `wrong_company`.
        """
        digest, now = digest_of(secret), self._clock()
        session = self._database.memory.recall(("session", digest), lambda: self._session(digest))
        session = _seen_at(session, self.seen.get(digest))  # what is remembered may be of before
        if session.is_over(now):
            message = "You were logged out: a session ends after 12 hours without a visit, or after 7 days."
            raise UnauthorizedError(f"{message} Log in again.", code="expired_session")
        if now - session.seen_at >= _SEEN_EVERY:
            self._see_if_possible(digest, now)
        return self._caller_of(session, company_id)

    def end_session(self, secret: str) -> None:
        """Log out. To do it twice changes nothing."""
        digest = digest_of(secret)
        with self._database.reading() as transaction:  # as in `log_in_by_link`
            if transaction.get(LoginSessionRow, digest) is None:
                return
        with self._database.writing() as transaction:
            rows.end_session(transaction, digest)

    def _caller_of(self, session: LoginSession, company_id: str | None) -> Caller:
        if session.company_id is None:
            return self.caller_by_user(session.user, company_id)
        if company_id is not None and company_id != session.company_id:
            raise wrong_company(company_id)
        for each in self.memberships(session.user):
            if each.company.id == session.company_id:
                rights = rights_of(each.role, at_most=session.role or OWNER)
                return Caller(f"link:{session.user}", each.company, rights, session.user, (each,))
        raise _unknown()

    def _session(self, digest: str) -> LoginSession:
        with self._database.reading() as transaction:
            row = transaction.get(LoginSessionRow, digest)
            if row is None:
                raise _unknown()
            return _session_of(row)

    def _see_if_possible(self, digest: str, now: datetime) -> None:
        """Note that a session is used: who reads need not wait until the accounts can be written."""
        tried = self.unseen.get(digest)
        if tried is not None and abs(now - tried) < _SEEN_AGAIN:
            return
        if len(self.unseen) >= _MOST_NOTED:
            self.unseen.clear()  # they are tried somewhat sooner
        self.unseen[digest] = now  # first: a page asks much at once, and one of that is enough to wait
        with suppress(OverloadedError):
            self._see(digest, now)
            self.unseen.pop(digest, None)
            if len(self.seen) >= _MOST_NOTED:
                self.seen.clear()
            self.seen[digest] = now

    def _see(self, digest: str, now: datetime) -> None:
        # Not counted: with many people on pages nothing would be remembered of anybody for long.
        with self._database.writing(remembered=False) as transaction:
            row = transaction.get(LoginSessionRow, digest, with_for_update=True)
            if row is not None:
                row.seen_at = max(row.seen_at, now)


def _usable(link: LoginLinkRow | None, now: datetime, company_id: str | None) -> LoginLinkRow:
    """A link that lets somebody in; see `log_in_by_link`."""
    if link is None:
        raise UnauthorizedError(f"{_COPIED} {_ANOTHER}", code="unknown_link")
    if link.used_at is not None:
        raise UnauthorizedError(f"{_USED} {_ANOTHER}", code="used_link")
    if link.expires_at <= now:
        raise UnauthorizedError(f"{_OVER} {_ANOTHER}", code="expired_link")
    if company_id is not None and link.company_id != company_id:
        raise wrong_company(company_id)
    return link


def _new(now: datetime, user: str, company_id: str | None, role: str | None) -> tuple[LoginSessionRow, str]:
    secret = new_secret(SESSION_START)
    row = LoginSessionRow(
        digest=digest_of(secret), user_id=user, company_id=company_id, role=role, created_at=now, seen_at=now
    )
    return row, secret


def _session_of(row: LoginSessionRow) -> LoginSession:
    return LoginSession(
        row.user_id,
        row.company_id,
        row.role,
        row.seen_at,
        idle_until=row.seen_at + IDLE,
        until=row.created_at + LONGEST,
    )


def _seen_at(session: LoginSession, at: datetime | None) -> LoginSession:
    if at is None or at <= session.seen_at:
        return session
    return replace(session, seen_at=at, idle_until=at + IDLE)


def _unknown() -> UnauthorizedError:
    message = "You are not logged in any more. Log in again."
    return UnauthorizedError(message, code="unknown_session")
