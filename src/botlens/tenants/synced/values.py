"""What a source has of accounts, and what we have of that source: values, to be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

COMPANIES, CHATBOTS, SUBSCRIPTIONS = "companies", "chatbots", "subscriptions"
TABLES: Final = (COMPANIES, CHATBOTS, SUBSCRIPTIONS)
"""What can be gone from a source, each by itself."""


@dataclass(frozen=True, slots=True)
class CompanyThere:
    """A company of a source.

    Attributes:
        id: as there.
        name: for people; None where the source has none.
        owner: a user; None if nobody owns it.
        plan: in the source's word, where it says so of a company and not of its owner.
        timezone: that it begins with here.
        created_at: aware; None if the source does not say.
    """

    id: str
    name: str | None = None
    owner: str | None = None
    plan: str | None = None
    timezone: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChatbotThere:
    """A chatbot of a source; see `CompanyThere`."""

    id: str
    company_id: str
    name: str | None = None
    is_published: bool = True
    average_rating: float | None = None
    timezone: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountsThere:
    """All that a source has of accounts, as of one moment.

    Attributes:
        companies: in no order.
        chatbots: in no order.
        plans: the plans of each user's active subscriptions, in the source's words; None if it has no
            subscriptions.
        company_fields: of `name`, `owner`, `plan`: what the source decides. The rest is ours.
        chatbot_fields: of `name`, `is_published`, `average_rating`.
        left_out: how many of its rows cannot be taken, by the reason.
    """

    companies: tuple[CompanyThere, ...] = ()
    chatbots: tuple[ChatbotThere, ...] = ()
    plans: Mapping[str, tuple[str, ...]] | None = None
    company_fields: frozenset[str] = frozenset({"name", "owner", "plan"})
    chatbot_fields: frozenset[str] = frozenset({"name", "is_published", "average_rating"})
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompanyHere:
    """A company that we have.

    Attributes:
        id: its id.
        source: that it is of; None if it was made here.
        is_gone: whether the source has it no more.
        plan: that it is on.
        said: its fields that a source may decide, as they are, by name.
    """

    id: str
    source: str | None
    is_gone: bool
    plan: str
    said: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ChatbotHere:
    """A chatbot of a source that we have; see `CompanyHere`."""

    id: str
    company_id: str
    is_gone: bool
    said: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AccountsHere:
    """What we have that matters to a source.

    Attributes:
        source: its name.
        companies: all of ours by id, also those of nobody's source.
        chatbots: of this source, by id.
        own_chatbots: company and id of those that were made here, in companies of the source.
        users: the plans of users of this source.
        erased: company and chatbot (None is all of it) of what is being erased.
        confirmed: how much may be gone at once, by table, as an operator has confirmed.
    """

    source: str
    companies: Mapping[str, CompanyHere] = field(default_factory=dict)
    chatbots: Mapping[str, ChatbotHere] = field(default_factory=dict)
    own_chatbots: frozenset[tuple[str, str]] = frozenset()
    users: Mapping[str, str] = field(default_factory=dict)
    erased: frozenset[tuple[str, str | None]] = frozenset()
    confirmed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """More than half of a table is gone at once: nothing of it is, until an operator confirms.

    Attributes:
        table: one of `TABLES`.
        gone: how many.
        of: how many there were.
        is_confirmed: whether an operator has.
    """

    table: str
    gone: int
    of: int
    is_confirmed: bool = False

    @property
    def sentence(self) -> str:
        """What an operator reads."""
        return f"{self.gone} of {self.of} {self.table} are gone from the source at once: nothing is deleted."


@dataclass(frozen=True, slots=True)
class PutCompany:
    """A company to write: its fields that differ, the plan to be on, and what it begins with if it is new."""

    id: str
    said: Mapping[str, object]
    plan: str | None
    timezone: str | None


@dataclass(frozen=True, slots=True)
class PutChatbot:
    """A chatbot to write. `before` is the company that it leaves for this one."""

    id: str
    company_id: str
    said: Mapping[str, object]
    timezone: str | None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class AccountChanges:
    """What makes ours what the source has.

    Attributes:
        companies: new, changed, or back.
        gone_companies: ids.
        chatbots: new, changed, back, or moved to another company.
        gone_chatbots: ids.
        users: the plan that each user is on from now on; None of those who have none any more.
        holds: what is gone and is not deleted.
        remarks: sentences on what an operator should know.
        placed: the company of each chatbot that the source has and that can be taken.
        to_read: of these, the ones whose conversations are to be read whole: new, back or moved.
    """

    companies: tuple[PutCompany, ...] = ()
    gone_companies: frozenset[str] = frozenset()
    chatbots: tuple[PutChatbot, ...] = ()
    gone_chatbots: frozenset[str] = frozenset()
    users: Mapping[str, str | None] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()
    remarks: tuple[str, ...] = ()
    placed: Mapping[str, str] = field(default_factory=dict)
    to_read: frozenset[str] = frozenset()

    @property
    def are_any(self) -> bool:
        """Whether anything of companies, chatbots or users is changed."""
        return any((self.companies, self.gone_companies, self.chatbots, self.gone_chatbots, self.users))


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source whose accounts are taken over.

    Attributes:
        name: of the source.
        companies: how many of its companies there are.
        chatbots: and chatbots.
        holds: what an operator is asked to confirm.
        remarks: sentences on what an operator should know.
    """

    name: str
    companies: int
    chatbots: int
    holds: tuple[Hold, ...]
    remarks: tuple[str, ...]
