"""The tables of the accounts database. Change one, and add a migration to `migrations/versions/`."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from botlens.database.base import Base


class CompanyRow(Base):
    """A tenant."""

    __tablename__ = "companies"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner: Mapped[str] = mapped_column(index=True)
    timezone: Mapped[str]
    created_at: Mapped[datetime]


class MemberRow(Base):
    """A user who may see a company that is not its own."""

    __tablename__ = "members"

    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    role: Mapped[str]
    created_at: Mapped[datetime]


class SubscriptionRow(Base):
    """A company's plan over some time. The one without an end is the current one."""

    __tablename__ = "subscriptions"

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
    """One bot of one company."""

    __tablename__ = "chatbots"

    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    is_published: Mapped[bool]
    confidence_threshold: Mapped[float]
    timezone: Mapped[str | None]
    average_rating: Mapped[float | None]


class ApiKeyRow(Base):
    """An API key; `digest` is the SHA-256 of the secret, `scopes` its scopes with a space between."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(ForeignKey("companies.id"), index=True)
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
