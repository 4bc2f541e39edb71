"""What `tenants` hands out: frozen values, never database objects."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from botlens.errors import ForbiddenError, NotFoundError

SCOPES: Final = ("ingest", "read", "admin")
"""What a caller may do: send events, read numbers, manage chatbots and keys. `admin` implies the others."""


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""'Leave this as it is': unlike None, which is a value that a field may have."""


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant. `plan` is the name of its current plan, `timezone` an IANA name, `created_at` is in UTC.

    Conversations are deleted `retention_days` after their last message; None keeps them.
    """

    id: str
    name: str
    owner: str
    plan: str
    timezone: str
    created_at: datetime
    retention_days: int | None = None


@dataclass(frozen=True, slots=True)
class Chatbot:
    """One bot of one company; `id` is unique within the company. `timezone` None means the company's."""

    company_id: str
    id: str
    name: str | None
    is_published: bool
    confidence_threshold: float
    timezone: str | None
    average_rating: float | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of an API key; never its secret. `prefix` is the secret's first 12 characters."""

    id: str
    company_id: str
    name: str
    prefix: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """A chatbot that was deleted, or without one a company, of which events are still in the store."""

    id: int
    company_id: str
    chatbot_id: str | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking. `subject` is a user, or `key:` and an API key's id; a user may be without a company."""

    subject: str
    company: Company | None
    scopes: frozenset[str]

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
        if scope not in self.scopes and "admin" not in self.scopes:
            message = (
                f"This needs the scope '{scope}', which your credentials lack. Use an API key that has it."
            )
            raise ForbiddenError(message, code="missing_scope")
