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


class LoginPeek(TypedDict):
    """Whom a login link lets in, as what at most, to which company, and until when (RFC 3339, UTC)."""

    user: str
    role: LinkRoleName
    company: CompanyName
    expires_at: str


class LoginLinkShape(TypedDict):
    """A link that logs in once, until it expires (RFC 3339, UTC). `role` is the most that it gives."""

    url: str
    user: str
    role: LinkRoleName
    expires_at: str


class OwnCompany(CompanyName):
    """The company that is asked for. Its days are those of `timezone`."""

    timezone: str


class JoinedCompany(CompanyName):
    """A company that the user may choose, and what it is there."""

    role: RoleName


class PlanInUse(TypedDict):
    """What the company may use, and what it has used. -1 is unlimited.

    `conversations_used` started in this calendar month of the company's zone; null for who may not read.
    """

    name: str
    analytics: bool
    features: list[str]
    history_days: int
    conversations_limit: int
    conversations_used: int | None


class OwnChatbot(TypedDict):
    """A chatbot, the zone of its days, and when its first conversation started and its last event was."""

    chatbot_id: str
    name: str | None
    timezone: str
    is_published: bool
    first_event_at: str | None
    last_event_at: str | None


class Me(TypedDict):
    """Who asks, for which company, and what that allows. A key has no role.

    `chatbots` are those whose figures may be read: none for who may only send events.
    """

    who: str
    user: str | None
    role: RoleName | None
    scopes: list[ScopeName]
    company: OwnCompany
    companies: list[JoinedCompany]
    plan: PlanInUse
    chatbots: list[OwnChatbot]


class CompanyShape(CompanyName):
    """The settings of a company; `created_at` is RFC 3339, UTC. Conversations go after `retention_days`.

    Fixes of gaps must fail in less than `gap_limit` of the sessions; readers below admin see questions that
    at least `question_floor` sessions asked.
    """

    owner: str
    plan: str
    timezone: str
    retention_days: int | None
    gap_limit: float
    question_floor: int
    created_at: str


class MemberShape(TypedDict):
    """Who belongs to a company, as what, and since when (RFC 3339, UTC)."""

    user: str
    role: RoleName
    since: str


class MemberList(TypedDict):
    """The owner, then the others, the oldest first."""

    members: list[MemberShape]


class KeyShape(TypedDict):
    """What is known of an API key; `prefix` is how its secret begins. Times are RFC 3339, UTC."""

    key_id: str
    name: str
    prefix: str
    scopes: list[ScopeName]
    created_at: str
    revoked_at: str | None
    last_used_at: str | None


class KeyList(TypedDict):
    """The keys of a company, revoked ones too, the oldest first."""

    keys: list[KeyShape]


class NewKeyShape(KeyShape):
    """A key with its secret, which is shown this once."""

    api_key: str


class RejectionShape(TypedDict):
    """An event, or a request of events, that was not taken. `message` is null for those who are no admins."""

    at: str
    by: str
    code: str
    field: str | None
    message: str | None


class RejectionList(TypedDict):
    """The last hundred, the latest first."""

    rejections: list[RejectionShape]
