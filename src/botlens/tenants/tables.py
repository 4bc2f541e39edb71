"""The tables of the accounts. Change one, and add a migration to `database/migrations/versions/`."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from botlens.database.base import Base
from botlens.database.erasure import of_company, of_no_company


class CompanyRow(Base):
    """A tenant.

    Of a `source` that decides the fields in `synced` (names with a space between), which has had it no more
    since `gone_at`.
    """

    __tablename__ = "companies"
    __table_args__ = of_company("id")

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner: Mapped[str] = mapped_column(index=True)
    timezone: Mapped[str]
    created_at: Mapped[datetime]
    retention_days: Mapped[int | None]
    gap_limit: Mapped[float] = mapped_column(default=0.2)
    question_floor: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None] = mapped_column(index=True)
    synced: Mapped[str] = mapped_column(default="")
    gone_at: Mapped[datetime | None]


class MemberRow(Base):
    """A user in a company that is not its own; `role` is `viewer` or `admin`. The company names its owner."""

    __tablename__ = "members"
    __table_args__ = of_company()

    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    role: Mapped[str]
    created_at: Mapped[datetime]


class SubscriptionRow(Base):
    """A company's plan over some time. The one without an end is the current one."""

    __tablename__ = "subscriptions"
    __table_args__ = of_company()

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"))
    plan: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


# The database itself sees to it that a company never has two current plans.
Index(
    "uq_subscriptions_current",
    SubscriptionRow.company_id,
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)


class ChatbotRow(Base):
    """One bot of one company. Of a source as `CompanyRow`; `created_at` is what that says."""

    __tablename__ = "chatbots"
    __table_args__ = of_company(chatbot="id")

    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    is_published: Mapped[bool]
    confidence_threshold: Mapped[float]
    timezone: Mapped[str | None]
    average_rating: Mapped[float | None]
    source: Mapped[str | None] = mapped_column(index=True)
    synced: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]


class SourceRow(Base):
    """A source whose accounts are taken over; `remarks` are sentences, one a line."""

    __tablename__ = "sources"
    __table_args__ = of_no_company("a source has many companies, and is released by an operator")

    name: Mapped[str] = mapped_column(primary_key=True)
    remarks: Mapped[str]


class SourceUserRow(Base):
    """A user of a source and its plan there, whether it has a company or not."""

    __tablename__ = "source_users"
    __table_args__ = of_no_company("users are the source's, and go when that has them no more")

    source: Mapped[str] = mapped_column(ForeignKey("sources.name"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    plan: Mapped[str]


class SourceHoldRow(Base):
    """More than half of a table (`kind`) is gone from a source at once: so many of so many."""

    __tablename__ = "source_holds"
    __table_args__ = of_no_company("it says how many are gone, of all companies together")

    source: Mapped[str] = mapped_column(ForeignKey("sources.name"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    gone: Mapped[int]
    total: Mapped[int]
    is_confirmed: Mapped[bool] = mapped_column(default=False)


class ApiKeyRow(Base):
    """An API key; `digest` is the SHA-256 of the secret, `scopes` its scopes with a space between."""

    __tablename__ = "api_keys"
    __table_args__ = of_company()

    id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), index=True)
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class LoginLinkRow(Base):
    """What lets a user in once; `digest` is the SHA-256 of the secret, `role` the most that it gives."""

    __tablename__ = "login_links"
    __table_args__ = of_company()

    id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), index=True)
    user_id: Mapped[str]
    role: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    made_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginSessionRow(Base):
    """Somebody who is logged in; `digest` is the SHA-256 of the cookie.

    A session that a link began is of one company, and gives at most the link's role. One that a host's login
    began is of the user, in whatever companies that is a member of, and so of no company.
    """

    __tablename__ = "login_sessions"
    __table_args__ = of_company()

    digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(index=True)
    company_id: Mapped[str | None] = mapped_column(ForeignKey("companies.id"), index=True)
    role: Mapped[str | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class ErasureRow(Base):
    """A chatbot, or without one a company, whose accounts are deleted and whose events are being erased."""

    __tablename__ = "erasures"
    __table_args__ = of_no_company("it says what is still to be erased, and goes when all of that is gone")

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(index=True)
    chatbot_id: Mapped[str | None]


class MarkerRow(Base):
    """Something that happened, of one chatbot or of the whole company."""

    __tablename__ = "markers"
    __table_args__ = of_company(chatbot="chatbot_id")

    id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), index=True)
    chatbot_id: Mapped[str | None]
    at: Mapped[datetime]
    text: Mapped[str]
    link: Mapped[str | None]
    who: Mapped[str]
    created_at: Mapped[datetime]


class ViewRow(Base):
    """A page that somebody has saved; `query` is of its URL."""

    __tablename__ = "views"
    __table_args__ = of_company(chatbot="chatbot_id")

    id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), index=True)
    chatbot_id: Mapped[str | None]
    name: Mapped[str]
    query: Mapped[str]
    shared: Mapped[bool]
    who: Mapped[str]
    created_at: Mapped[datetime]


class EmbedLinkRow(Base):
    """What a page elsewhere may show of a chatbot; lists have a space between, `filters` is JSON."""

    __tablename__ = "embed_links"
    __table_args__ = of_company(chatbot="chatbot_id")

    id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), index=True)
    chatbot_id: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parts: Mapped[str]
    filters: Mapped[str]
    first_day: Mapped[str | None]
    last_day: Mapped[str | None]
    history_days: Mapped[int | None]
    theme: Mapped[str]
    accent: Mapped[str | None]
    language: Mapped[str | None]
    origins: Mapped[str]
    transcripts: Mapped[bool]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    who: Mapped[str]
    created_at: Mapped[datetime]


class EmbedTokenRow(Base):
    """A token that reads what an embed link lets be read, until it ends; `digest` is its SHA-256."""

    __tablename__ = "embed_tokens"
    __table_args__ = of_company(chatbot="chatbot_id")

    digest: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"))
    chatbot_id: Mapped[str]
    link_id: Mapped[str] = mapped_column(ForeignKey("embed_links.id"), index=True)
    expires_at: Mapped[datetime]
