"""The tables of the accounts database. Change one, and add a migration to `migrations/versions/`."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import DateTime, Dialect, Double, ForeignKey, Index, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

NAMES: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}
"""Every constraint has a name that we chose, so that a later migration can drop it on either database."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored and handed out in UTC. SQLite keeps no offset, so it is taken off and put on here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; refuses a time without an offset, which could be any moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without an offset cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From UTC, as an aware time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the accounts database."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {str: Text, float: Double, datetime: UtcDateTime}  # noqa: RUF012


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
