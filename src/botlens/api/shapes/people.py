"""Shapes of who is asking, and of the people and keys of a company."""

from typing import Literal

from typing_extensions import TypedDict

RoleName = Literal["viewer", "admin", "owner"]
LinkRoleName = Literal["viewer", "admin"]
ScopeName = Literal["ingest", "read", "admin"]


class CompanyName(TypedDict):
    """A company, as somebody chooses it."""

    company_id: str
    name: str


class SessionShape(TypedDict):
    """Who is logged in from now on, and for how long at most (RFC 3339, UTC)."""

    who: str
    role: RoleName
    company: CompanyName
    until: str


class LoginLinkShape(TypedDict):
    """A link that logs in once, until it expires (RFC 3339, UTC). `role` is the most that it gives."""

    url: str
    user: str
    role: LinkRoleName
    expires_at: str
