"""Login links: what lets somebody in once, for ten minutes."""

import secrets
from datetime import timedelta
from typing import Final

from botlens.database.database import Repository
from botlens.errors import InvalidError
from botlens.tenants import fields, rows
from botlens.tenants.keys import digest_of, new_secret
from botlens.tenants.rights import ADMIN, EVERYTHING, LINK_ROLES, OWNER, ROLES, VIEWER, Rights, known_role
from botlens.tenants.tables import LoginLinkRow
from botlens.tenants.values import LoginLink

LINK_START: Final = "bll_"
LASTS: Final = timedelta(minutes=10)
REMEMBERED: Final = timedelta(days=7)
"""So long what is over is told apart from what never was."""


class LoginLinks(Repository):
    """The part of `Accounts` that makes login links. `Sessions` uses them up."""

    def create_link(
        self,
        company_id: str,
        user: str,
        role: str | None = None,
        *,
        by: Rights = EVERYTHING,
        made_by: str = "local",
    ) -> tuple[LoginLink, str]:
        """Make a link that logs a user in to a company once. Who is no member becomes one.

        Args:
            company_id: which.
            user: who is to use it. What is done with it is done by `link:USER`.
            role: what it lets the user be, `viewer` or `admin`, and never more than the user's own role; by
                default that, and for who is new `viewer`.
            by: the rights of whoever makes it, which those that it gives may not exceed.
            made_by: who that is.

        Returns:
            What is known of the link, and its secret, which is not stored.

        Raises:
            InvalidError: the user is blank; the role unknown, or more than the user has.
            ForbiddenError: the rights of whoever makes it do not suffice.
            NotFoundError: `unknown_company`.
        """
        fields.user(user, "user")
        by.require("admin")
        if role is not None:
            known_role(role, LINK_ROLES)
        secret, now = new_secret(LINK_START), self._clock()
        with self._database.writing() as session:
            company = rows.lock_company(session, company_id)
            own = rows.role_in(session, company, user)
            given = _given(user, own, role)
            by.require_role(given)
            if own is None:
                rows.put_member(session, company_id, user, given, now)
            row = LoginLinkRow(
                id="l_" + secrets.token_urlsafe(12),
                company_id=company_id,
                user_id=user,
                role=given,
                digest=digest_of(secret),
                made_by=made_by,
                created_at=now,
                expires_at=now + LASTS,
            )
            rows.forget_links(session, now - REMEMBERED)
            session.add(row)
            return LoginLink(row.id, company_id, user, given, row.expires_at), secret


def _given(user: str, own: str | None, asked: str | None) -> str:
    """The role that a link gives to a user who has, or will have, this one."""
    role = asked or (ADMIN if own == OWNER else own or VIEWER)
    if own is not None and ROLES.index(role) > ROLES.index(own):
        message = (
            f"{user!r} is {own} of this company, and a link gives no more than that. First make it {role}: "
            f"`botlens member add USER --role {role}`."
        )
        raise InvalidError(message, field="role")
    return role
