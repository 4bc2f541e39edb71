"""What `tenants` hands out: frozen values, never database objects."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from botlens.errors import NotFoundError
from botlens.tenants.embed_link import EmbedLink
from botlens.tenants.rights import Rights


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""'Leave this as it is': unlike None, which is a value that a field may have."""


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant. `plan` is the name of its current plan, `timezone` an IANA name, `created_at` is in UTC.

    Conversations are deleted `retention_days` after their last message; None keeps them. A gap is fixed if it
    fails in less than `gap_limit` of the sessions that ask; readers below admin see questions that at least
    `question_floor` sessions asked. With a `link` it is the company as whoever reads by that embed link may
    see it, which bounds every answer (`answers.scope`). A `source` decides who owns it, its name and its
    plan, as far as it says so.
    """

    id: str
    name: str
    owner: str
    plan: str
    timezone: str
    created_at: datetime
    retention_days: int | None = None
    gap_limit: float = 0.2
    question_floor: int = 1
    link: EmbedLink | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Chatbot:
    """One bot of one company; `id` is unique within the company. `timezone` None means the company's.

    A `source` decides its name, whether it is published, its average, and since when there is one
    (`created_at`, None where that is not said).
    """

    company_id: str
    id: str
    name: str | None
    is_published: bool
    confidence_threshold: float
    timezone: str | None
    average_rating: float | None
    source: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of an API key; never its secret. `prefix` is the secret's first 12 characters.

    `last_used_at` is when a request came with it; after a crash, five minutes too early at most.
    """

    id: str
    company_id: str
    name: str
    prefix: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """A chatbot that was deleted, or without one a company, of which events are still in the store."""

    id: int
    company_id: str
    chatbot_id: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """Who belongs to a company. `role` is one of `ROLES`, `since` when it joined, in UTC."""

    user: str
    role: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """A company that a user belongs to, and as what."""

    company: Company
    role: str


@dataclass(frozen=True, slots=True)
class LoginLink:
    """What is known of a login link; never its secret. `role` is the most that it lets the user be."""

    id: str
    company_id: str
    user: str
    role: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LoginSession:
    """Somebody who is logged in. `company_id` None is all companies of the user, `role` None its own role.

    It ends at `idle_until` unless it is used again, and at `until` whatever happens.
    """

    user: str
    company_id: str | None
    role: str | None
    seen_at: datetime
    idle_until: datetime
    until: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended by itself."""
        return now >= min(self.idle_until, self.until)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, for which company, and what that allows. It is made anew for each request.

    Attributes:
        who: for people and records: `user:` and a user, `key:` and the name of an API key (its id where it
            has none), `link:` and the user that a login link was made for, or `local`.
        company: that is asked for; a user may be without one.
        rights: in this company.
        user: the user, if a person asks.
        opens: every company that these credentials open to the user, this one among them.
        key_id: the id of the API key, if it is one.
    """

    who: str
    company: Company | None
    rights: Rights
    user: str | None = None
    opens: tuple[Membership, ...] = ()
    key_id: str | None = None

    def require_company(self) -> Company:
        """The caller's company.

        Raises:
            NotFoundError: `no_company`, the caller has none.
        """
        if self.company is None:
            message = (
                "You do not belong to a company. Ask its owner to add you as a member, or create a company "
                "with `botlens company create NAME --owner USER`."
            )
            raise NotFoundError(message, code="no_company")
        return self.company

    def require_scope(self, scope: str) -> None:
        """Pass if the caller has this scope, or `admin`.

        Raises:
            ForbiddenError: `missing_scope`, the caller has neither.
        """
        self.rights.require(scope)
