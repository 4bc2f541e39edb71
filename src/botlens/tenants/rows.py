"""What is read and written of the accounts, in a session: every statement of this room stands here."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from botlens.errors import NotFoundError, OverloadedError
from botlens.tenants import fields
from botlens.tenants.tables import (
    ApiKeyRow,
    ChatbotRow,
    CompanyRow,
    ErasureRow,
    MemberRow,
    SubscriptionRow,
)

_CURRENT = and_(SubscriptionRow.company_id == CompanyRow.id, SubscriptionRow.ended_at.is_(None))
_COMPANIES: Final = select(CompanyRow, SubscriptionRow.plan).join(SubscriptionRow, _CURRENT)
"""Each company with its current plan; every read of a company starts from here."""

_WAIT_SECONDS = 2


def company_of(session: Session, company_id: str) -> tuple[CompanyRow, str] | None:
    """A company and its plan."""
    found = session.execute(_COMPANIES.where(CompanyRow.id == company_id)).first()
    return None if found is None else (found[0], found[1])


def all_companies(session: Session) -> list[tuple[CompanyRow, str]]:
    """Every company and its plan, the oldest first."""
    found = session.execute(_COMPANIES.order_by(CompanyRow.created_at, CompanyRow.id))
    return [(company, plan) for company, plan in found]


def company_and_key(session: Session, digest: str) -> tuple[CompanyRow, str, ApiKeyRow] | None:
    """The key with this digest, its company and that one's plan."""
    query = _COMPANIES.add_columns(ApiKeyRow).join(ApiKeyRow, ApiKeyRow.company_id == CompanyRow.id)
    found = session.execute(query.where(ApiKeyRow.digest == digest)).first()
    return None if found is None else (found[0], found[1], found[2])


def oldest_owned(session: Session, user: str) -> tuple[CompanyRow, str] | None:
    """The oldest company that a user owns, and its plan."""
    owned = _COMPANIES.where(CompanyRow.owner == user).order_by(CompanyRow.created_at, CompanyRow.id)
    found = session.execute(owned.limit(1)).first()
    return None if found is None else (found[0], found[1])


def oldest_membership(session: Session, user: str) -> tuple[CompanyRow, str, MemberRow] | None:
    """The company that a user has been a member of for longest, its plan, and the membership."""
    joined = _COMPANIES.add_columns(MemberRow).join(MemberRow, MemberRow.company_id == CompanyRow.id)
    joined = joined.where(MemberRow.user_id == user).order_by(MemberRow.created_at, CompanyRow.id)
    found = session.execute(joined.limit(1)).first()
    return None if found is None else (found[0], found[1], found[2])


def lock_company(session: Session, company_id: str) -> CompanyRow:
    """The company's row, held until the end of the transaction: what changes in one company goes one by one.

    Raises:
        NotFoundError: `unknown_company`.
    """
    # SQLite ignores the lock and needs none: a transaction that writes is alone there.
    row = (
        session.get(CompanyRow, company_id, with_for_update={"key_share": True})
        if fields.storable(company_id)
        else None
    )
    if row is None:
        message = (
            f"There is no company {company_id!r}. Create it with `botlens company create NAME --owner USER`."
        )
        raise NotFoundError(message, code="unknown_company")
    return row


def current_subscription(session: Session, company_id: str) -> SubscriptionRow:
    """The subscription that a company is on."""
    open_ones = (SubscriptionRow.company_id == company_id, SubscriptionRow.ended_at.is_(None))
    return session.scalars(select(SubscriptionRow).where(*open_ones)).one()


def keys_of(session: Session, company_id: str) -> Sequence[ApiKeyRow]:
    """The API keys of a company, the oldest first."""
    mine = select(ApiKeyRow).where(ApiKeyRow.company_id == company_id)
    return session.scalars(mine.order_by(ApiKeyRow.created_at, ApiKeyRow.id)).all()


def lock_keys(session: Session, company_id: str, id_or_prefix: str) -> Sequence[ApiKeyRow]:
    """The keys of a company that have this id or prefix, held until the end of the transaction."""
    named = or_(ApiKeyRow.id == id_or_prefix, ApiKeyRow.prefix == id_or_prefix)
    mine = select(ApiKeyRow).where(ApiKeyRow.company_id == company_id, named)
    return session.scalars(mine.with_for_update()).all()


def chatbots_of(session: Session, company_id: str) -> Sequence[ChatbotRow]:
    """The chatbots of a company, in no order: that of a database depends on its collation."""
    return session.scalars(select(ChatbotRow).where(ChatbotRow.company_id == company_id)).all()


def all_erasures(session: Session) -> Sequence[ErasureRow]:
    """All that is still to be erased, the oldest first."""
    return session.scalars(select(ErasureRow).order_by(ErasureRow.id)).all()


def add_erasure(session: Session, company_id: str, chatbot_id: str | None) -> None:
    """Remember what must be erased, in the transaction that deletes it."""
    session.add(ErasureRow(company_id=company_id, chatbot_id=chatbot_id))


def is_being_erased(session: Session, company_id: str, chatbot_id: str | None) -> bool:
    """Whether a chatbot, or without one a company, is being erased."""
    own = (ErasureRow.company_id == company_id, ErasureRow.chatbot_id.is_not_distinct_from(chatbot_id))
    return session.scalars(select(ErasureRow.id).where(*own).limit(1)).first() is not None


def refuse_while_erased(session: Session, company_id: str, chatbot_id: str | None) -> None:
    """Pass if nothing of this id is being erased: what takes its name would get some of its events.

    Raises:
        OverloadedError: `being_deleted`.
    """
    if is_being_erased(session, company_id, chatbot_id):
        raise OverloadedError(
            "One of this id was deleted and is being erased. Create it again in a moment.",
            code="being_deleted",
            retry_after=_WAIT_SECONDS,
        )
