"""Callers: from a key or a user to a company and what may be done in it."""

from typing import Final

from botlens.database.database import Repository
from botlens.errors import UnauthorizedError
from botlens.tenants import fields, rows
from botlens.tenants.companies import ROLE_SCOPES, company_value
from botlens.tenants.keys import digest_of
from botlens.tenants.values import SCOPES, Caller, Company

_OWNER_SCOPES: Final = frozenset(SCOPES)


class Callers(Repository):
    """The part of `Accounts` that knows who is asking."""

    def caller_by_key(self, secret: str) -> Caller:
        """Who holds this API key.

        Raises:
            UnauthorizedError: `invalid_key`, nobody; `revoked_key`, nobody any more.
        """
        digest = digest_of(secret)
        return self._database.memory.recall(("key", digest), lambda: self._caller_by_digest(digest))

    def _caller_by_digest(self, digest: str) -> Caller:
        with self._database.reading() as session:
            found = rows.company_and_key(session, digest)
            if found is None:
                message = "This API key does not exist. Check that it was copied whole, or create another."
                raise UnauthorizedError(message, code="invalid_key")
            company, plan, key = found
            if key.revoked_at is not None:
                message = "This API key was revoked. Create another with `botlens key create`."
                raise UnauthorizedError(message, code="revoked_key")
            return Caller(f"key:{key.id}", company_value(company, plan), frozenset(key.scopes.split()))

    def caller_by_user(self, user: str) -> Caller:
        """What this user may do: everything in the company it owns, read in one that it is a member of.

        A user without a company is a caller all the same, without company or scopes.
        """
        if not fields.storable(user):
            return Caller(user, None, frozenset())
        return self._database.memory.recall(("user", user), lambda: self._caller_by_user(user))

    def _caller_by_user(self, user: str) -> Caller:
        with self._database.reading() as session:
            if (owned := rows.oldest_owned(session, user)) is not None:
                return Caller(user, company_value(*owned), _OWNER_SCOPES)
            if (membership := rows.oldest_membership(session, user)) is not None:
                company, plan, member = membership
                return Caller(user, company_value(company, plan), ROLE_SCOPES.get(member.role, frozenset()))
            return Caller(user, None, frozenset())

    def company_of_user(self, user: str) -> Company | None:
        """The oldest company that the user owns, else the one it has been in longest, else None."""
        return self.caller_by_user(user).company
