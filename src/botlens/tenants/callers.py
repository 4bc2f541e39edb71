"""Callers: from a key or a user to a company and what may be done in it."""

from botlens.database.database import Repository
from botlens.errors import ForbiddenError, UnauthorizedError
from botlens.tenants import fields, rows
from botlens.tenants.companies import company_value
from botlens.tenants.key_uses import KeyUses
from botlens.tenants.keys import digest_of
from botlens.tenants.rights import NOTHING, OWNER, Rights, rights_of
from botlens.tenants.values import Caller, Company, Membership


class Callers(Repository):
    """The part of `Accounts` that knows who is asking."""

    key_uses: KeyUses

    def caller_by_key(self, secret: str) -> Caller:
        """Who holds this API key.

        Raises:
            UnauthorizedError: `invalid_key`, nobody; `revoked_key`, nobody any more.
        """
        digest = digest_of(secret)
        found = self._database.memory.recall(("key", digest), lambda: self._caller_by_digest(digest))
        if found.key_id is not None:
            self.key_uses.note(found.key_id, self._clock())
        return found

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
            rights = Rights(frozenset(key.scopes.split()))
            return Caller(f"key:{key.name or key.id}", company_value(company, plan), rights, key_id=key.id)

    def caller_by_user(self, user: str, company_id: str | None = None) -> Caller:
        """What this user may do in the company that is named, or in the first of its `memberships`.

        A user without a company is a caller all the same, without company or rights.

        Raises:
            ForbiddenError: `wrong_company`, the user does not belong to the one that is named.
        """
        opens = self.memberships(user)
        found = chosen(opens, company_id)
        if found is None:
            return Caller(f"user:{user}", None, NOTHING, user)
        return Caller(f"user:{user}", found.company, rights_of(found.role), user, opens)

    def memberships(self, user: str) -> tuple[Membership, ...]:
        """The companies of a user: those it owns, the oldest first, then those it joined, the first first."""
        if not user or not fields.storable(user):  # a company of nobody has no name for its owner
            return ()
        return self._database.memory.recall(("memberships", user), lambda: self._memberships(user))

    def _memberships(self, user: str) -> tuple[Membership, ...]:
        with self._database.reading() as session:
            owned = [
                Membership(company_value(company, plan), OWNER)
                for company, plan in rows.companies_owned_by(session, user)
            ]
            others = [
                Membership(company_value(company, plan), member.role)
                for company, plan, member in rows.companies_joined_by(session, user)
            ]
            return (*owned, *others)

    def company_of_user(self, user: str) -> Company | None:
        """The oldest company that the user owns, else the one it has been in longest, else None."""
        return self.caller_by_user(user).company


def chosen(memberships: tuple[Membership, ...], company_id: str | None) -> Membership | None:
    """The membership of the company that is named; the first if none is; None if there is none at all.

    Raises:
        ForbiddenError: `wrong_company`, it is not among them.
    """
    if company_id is None:
        return memberships[0] if memberships else None
    for each in memberships:
        if each.company.id == company_id:
            return each
    raise wrong_company(company_id)


def wrong_company(company_id: str) -> ForbiddenError:
    """The error of credentials that are not for the company that was named, whether that exists or not."""
    message = (
        f"Your credentials are not for the company {company_id[:128]!r}, which the request names. Log in for "
        "that one, or send the id of a company of yours in X-Botlens-Company."
    )
    return ForbiddenError(message, code="wrong_company")
