"""Callers: from a key or a user to a company and what may be done in it."""

from typing import Final

from botlens.database.database import Repository
from botlens.errors import UnauthorizedError
from botlens.tenants import fields
from botlens.tenants.companies import COMPANIES, ROLE_SCOPES, company_value
from botlens.tenants.keys import digest_of
from botlens.tenants.tables import ApiKeyRow, CompanyRow, MemberRow
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
        query = COMPANIES.add_columns(ApiKeyRow).join(ApiKeyRow, ApiKeyRow.company_id == CompanyRow.id)
        with self._database.reading() as session:
            found = session.execute(query.where(ApiKeyRow.digest == digest)).first()
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
            owned = COMPANIES.where(CompanyRow.owner == user).order_by(CompanyRow.created_at, CompanyRow.id)
            if (found := session.execute(owned.limit(1)).first()) is not None:
                return Caller(user, company_value(*found), _OWNER_SCOPES)
            joined = COMPANIES.add_columns(MemberRow).join(MemberRow, MemberRow.company_id == CompanyRow.id)
            joined = joined.where(MemberRow.user_id == user).order_by(MemberRow.created_at, CompanyRow.id)
            if (membership := session.execute(joined.limit(1)).first()) is not None:
                company, plan, member = membership
                return Caller(user, company_value(company, plan), ROLE_SCOPES.get(member.role, frozenset()))
            return Caller(user, None, frozenset())

    def company_of_user(self, user: str) -> Company | None:
        """The oldest company that the user owns, else the one it has been in longest, else None."""
        return self.caller_by_user(user).company
