"""The people of a company: one owner, admins, viewers."""

from botlens.database.database import Repository
from botlens.errors import InvalidError, NotFoundError
from botlens.tenants import fields, rows
from botlens.tenants.rights import ADMIN, EVERYTHING, OWNER, VIEWER, Rights, known_role
from botlens.tenants.synced.refusal import refuse_synced
from botlens.tenants.tables import CompanyRow, MemberRow
from botlens.tenants.values import Member


class Members(Repository):
    """The part of `Accounts` that knows who belongs to a company."""

    def members(self, company_id: str) -> list[Member]:
        """Who belongs to a company: its owner, then the others, the oldest first. Of no company: nobody."""
        if not fields.storable(company_id):
            return []
        with self._database.reading() as session:
            company = session.get(CompanyRow, company_id)
            if company is None or company.gone_at is not None:
                return []
            found = map(_member, rows.members_of(session, company_id, company.owner))
            if not company.owner:  # of a source that names nobody
                return list(found)
            return [Member(company.owner, OWNER, company.created_at), *found]

    def add_member(
        self, company_id: str, user: str, role: str = VIEWER, *, by: Rights = EVERYTHING
    ) -> Member:
        """Let a user into a company, or give a member another role.

        A company has one owner: who is made that takes the place of the one before, who becomes an admin.

        Args:
            company_id: which.
            user: as its tokens or login links name it.
            role: one of `ROLES`.
            by: the rights of whoever does it, which those that are given may not exceed.

        Raises:
            InvalidError: the user is blank, the role unknown; (`last_owner`) the owner is to be less;
                (`synced`) the company's source decides who owns it.
            ForbiddenError: `beyond_own_rights`; `owner_only`, to change the owner.
            NotFoundError: `unknown_company`.
        """
        fields.user(user, "user")
        known_role(role)
        by.require("admin")
        if role == OWNER:
            by.require_owner("hand it over")
        by.require_role(role)
        with self._database.writing() as session:
            company = rows.lock_company(session, company_id)
            if company.owner == user:
                if role != OWNER:
                    raise _last_owner(user)
                return Member(user, OWNER, company.created_at)
            if role != OWNER:
                return _member(rows.put_member(session, company_id, user, role, self._clock()))
            refuse_synced(company, "owner", company.owner, user)
            if company.owner:
                rows.put_member(session, company_id, company.owner, ADMIN, self._clock())
            company.owner = user
            if (row := session.get(MemberRow, (company_id, user))) is not None:
                session.delete(row)
            return Member(user, OWNER, company.created_at)

    def remove_member(self, company_id: str, user: str, *, by: Rights = EVERYTHING) -> None:
        """Have a user belong to a company no longer, and log it out there, from the next request on.

        Raises:
            InvalidError: `last_owner`, it is the owner.
            ForbiddenError: the rights of whoever does it do not suffice.
            NotFoundError: `unknown_company`, `unknown_member`.
        """
        by.require("admin")
        with self._database.writing() as session:
            company = rows.lock_company(session, company_id)
            if company.owner == user:
                raise _last_owner(user)
            if not rows.remove_member(session, company_id, user):
                raise NotFoundError("There is no such member of the company.", code="unknown_member")


def _member(row: MemberRow) -> Member:
    return Member(row.user_id, row.role, row.created_at)


def _last_owner(user: str) -> InvalidError:
    message = (
        f"{user!r} owns the company, and a company has an owner. Make somebody else the owner first: "
        "`botlens member add USER --role owner`."
    )
    return InvalidError(message, code="last_owner", field="user")
