"""Roles, scopes, and the rights they come to: what somebody may do in a company, and let others do."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from botlens.errors import ForbiddenError, InvalidError

SCOPES: Final = ("ingest", "read", "admin")
"""What a caller may do: send events, read numbers, manage chatbots and keys. `admin` implies the others."""

OWNER, ADMIN, VIEWER = "owner", "admin", "viewer"
ROLES: Final = (VIEWER, ADMIN, OWNER)
"""What a person may be in a company, from the least on. A company has one owner at any time."""

LINK_ROLES: Final = (VIEWER, ADMIN)
"""What a login link may let somebody be: the owner is never made by a link."""

_SCOPES_OF: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {VIEWER: frozenset({"read"}), ADMIN: frozenset(SCOPES), OWNER: frozenset(SCOPES)}
)


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done in one company.

    Attributes:
        scopes: of `SCOPES`.
        role: of a person; an API key has none.
    """

    scopes: frozenset[str]
    role: str | None = None

    def allow(self, scope: str) -> bool:
        """Whether they include a scope."""
        return scope in self.scopes or "admin" in self.scopes

    def require(self, scope: str) -> None:
        """Pass if they include a scope.

        Raises:
            ForbiddenError: `missing_scope`.
        """
        if self.allow(scope):
            return
        mend = (
            "Use an API key that has it." if self.role is None else f"You are {self.role} here: ask an admin."
        )
        message = f"This needs the scope '{scope}', which your credentials lack. {mend}"
        raise ForbiddenError(message, code="missing_scope")

    def require_owner(self, what: str) -> None:
        """Pass if they are the owner's.

        Args:
            what: is to be done, as the end of "Only the company's owner may ...".

        Raises:
            ForbiddenError: `owner_only`.
        """
        if self.role != OWNER:
            raise ForbiddenError(f"Only the company's owner may {what}.", code="owner_only")

    def require_role(self, role: str) -> None:
        """Pass if they reach as far as those of a role, so that they may be given to somebody.

        Raises:
            ForbiddenError: `beyond_own_rights`.
        """
        if self._rank < ROLES.index(role):
            raise _beyond(f"the role '{role}'")

    def require_scopes(self, scopes: frozenset[str]) -> None:
        """Pass if they include all of these, so that they may be given to a key.

        Raises:
            ForbiddenError: `beyond_own_rights`.
        """
        for scope in sorted(scopes):
            if not self.allow(scope):
                raise _beyond(f"the scope '{scope}'")

    @property
    def _rank(self) -> int:
        if self.role is not None:
            return ROLES.index(self.role)
        return ROLES.index(ADMIN) if "admin" in self.scopes else -1


NOTHING: Final = Rights(frozenset())
EVERYTHING: Final = Rights(frozenset(SCOPES), OWNER)
"""Whoever owns the data folder may do everything in every company."""


def rights_of(role: str, *, at_most: str = OWNER) -> Rights:
    """The rights of a role, or of a lesser one that they are cut down to. One that is not known has none."""
    if role not in ROLES or at_most not in ROLES:
        return NOTHING
    lesser = ROLES[min(ROLES.index(role), ROLES.index(at_most))]
    return Rights(_SCOPES_OF[lesser], lesser)


def known_role(role: object, roles: tuple[str, ...] = ROLES) -> str:
    """A role, if it is one of these.

    Raises:
        InvalidError: it is not.
    """
    if isinstance(role, str) and role in roles:
        return role
    raise InvalidError(f"There is no role {role!r} here. Choose from: {', '.join(roles)}.", field="role")


def _beyond(what: str) -> ForbiddenError:
    return ForbiddenError(
        f"Nobody gives more rights than they have, and yours do not include {what}.", code="beyond_own_rights"
    )
