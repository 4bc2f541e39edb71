"""What is read and written of the accounts, in a session: every statement of this room stands here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from botlens.errors import NotFoundError, OverloadedError
from botlens.tenants import fields
from botlens.tenants.rights import OWNER
from botlens.tenants.tables import (
    ApiKeyRow,
    ChatbotRow,
    CompanyRow,
    EmbedLinkRow,
    EmbedTokenRow,
    ErasureRow,
    LoginLinkRow,
    LoginSessionRow,
    MarkerRow,
    MemberRow,
    SubscriptionRow,
    ViewRow,
)

Kept = TypeVar("Kept", MarkerRow, ViewRow, EmbedLinkRow)

_CURRENT = and_(SubscriptionRow.company_id == CompanyRow.id, SubscriptionRow.ended_at.is_(None))
_WITH_GONE: Final = select(CompanyRow, SubscriptionRow.plan).join(SubscriptionRow, _CURRENT)
_COMPANIES: Final = _WITH_GONE.where(CompanyRow.gone_at.is_(None))
"""Each company with its current plan; every read of a company starts from here."""

_UNKNOWN_AGE: Final = datetime.min.replace(tzinfo=UTC)

_WAIT_SECONDS = 2


def company_of(session: Session, company_id: str) -> tuple[CompanyRow, str] | None:
    """A company and its plan."""
    found = session.execute(_COMPANIES.where(CompanyRow.id == company_id)).first()
    return None if found is None else (found[0], found[1])


def all_companies(session: Session, *, with_gone: bool = False) -> list[tuple[CompanyRow, str]]:
    """Every company and its plan, the oldest first; if asked for, also those gone from their source."""
    query = _WITH_GONE if with_gone else _COMPANIES
    found = session.execute(query.order_by(CompanyRow.created_at, CompanyRow.id))
    return [(company, plan) for company, plan in found]


def company_and_key(session: Session, digest: str) -> tuple[CompanyRow, str, ApiKeyRow] | None:
    """The key with this digest, its company and that one's plan."""
    query = _COMPANIES.add_columns(ApiKeyRow).join(ApiKeyRow, ApiKeyRow.company_id == CompanyRow.id)
    found = session.execute(query.where(ApiKeyRow.digest == digest)).first()
    return None if found is None else (found[0], found[1], found[2])


def companies_owned_by(session: Session, user: str) -> list[tuple[CompanyRow, str]]:
    """The companies that a user owns, the oldest first, and their plans.

    Those of a source that does not say since when there are any come first, the lowest id before the others.
    """
    owned = session.execute(_COMPANIES.where(CompanyRow.owner == user))
    return sorted(((company, plan) for company, plan in owned), key=lambda found: _age(found[0]))


def _age(company: CompanyRow) -> tuple[datetime, int, str]:
    is_known = company.source is None or "created_at" in company.synced.split()
    since = company.created_at if is_known else _UNKNOWN_AGE
    return (since, *source_order(company.source, company.id))


def source_order(source: str | None, row_id: str) -> tuple[int, str]:
    """What ids are sorted by: those of a source as numbers, if they are some; UUIDs are all of one length."""
    return (0 if source is None else len(row_id), row_id)


def companies_joined_by(session: Session, user: str) -> list[tuple[CompanyRow, str, MemberRow]]:
    """The companies of others that a user is a member of, the first it joined first."""
    joined = _COMPANIES.add_columns(MemberRow).join(MemberRow, MemberRow.company_id == CompanyRow.id)
    joined = joined.where(MemberRow.user_id == user, CompanyRow.owner != user)
    found = session.execute(joined.order_by(MemberRow.created_at, CompanyRow.id))
    return [(company, plan, member) for company, plan, member in found]


def belongs_anywhere(session: Session, user: str) -> bool:
    """Whether a user owns a company or is a member of one."""
    owned = select(CompanyRow.id).where(CompanyRow.owner == user)
    joined = select(MemberRow.company_id).where(MemberRow.user_id == user)
    return any(session.scalars(query.limit(1)).first() is not None for query in (owned, joined))


def members_of(session: Session, company_id: str, owner: str) -> Sequence[MemberRow]:
    """The members of a company besides its owner, the oldest first."""
    others = select(MemberRow).where(MemberRow.company_id == company_id, MemberRow.user_id != owner)
    return session.scalars(others.order_by(MemberRow.created_at, MemberRow.user_id)).all()


def put_member(session: Session, company_id: str, user: str, role: str, now: datetime) -> MemberRow:
    """A member with this role: a new one, or one that there was with another."""
    row = session.get(MemberRow, (company_id, user))
    if row is None:
        row = MemberRow(company_id=company_id, user_id=user, role=role, created_at=now)
        session.add(row)
    row.role = role
    return row


def remove_member(session: Session, company_id: str, user: str) -> bool:
    """Remove a member, and log it out; whether there was one."""
    row = session.get(MemberRow, (company_id, user)) if fields.storable(user) else None
    if row is None:
        return False
    session.delete(row)
    session.flush()
    for table in (LoginSessionRow, LoginLinkRow):
        session.execute(delete(table).where(table.company_id == company_id, table.user_id == user))
    if not belongs_anywhere(session, user):  # what is left are sessions of no company
        session.execute(delete(LoginSessionRow).where(LoginSessionRow.user_id == user))
    return True


def role_in(session: Session, company: CompanyRow, user: str) -> str | None:
    """The role of a user in a company; None if it does not belong to it."""
    if company.owner == user:
        return OWNER
    row = session.get(MemberRow, (company.id, user))
    return None if row is None else row.role


def login_link(session: Session, digest: str) -> LoginLinkRow | None:
    """The login link with this digest, as it is now: somebody else may be using it up."""
    return session.scalars(select(LoginLinkRow).where(LoginLinkRow.digest == digest)).first()


def lock_link(session: Session, digest: str) -> LoginLinkRow | None:
    """The login link with this digest, held until the end of the transaction."""
    mine = select(LoginLinkRow).where(LoginLinkRow.digest == digest)
    return session.scalars(mine.with_for_update()).first()


def forget_links(session: Session, before: datetime) -> None:
    """Delete the login links that expired before this time."""
    session.execute(delete(LoginLinkRow).where(LoginLinkRow.expires_at < before))


def add_session(
    session: Session, row: LoginSessionRow, most: int, idle: timedelta, longest: timedelta
) -> None:
    """Begin a session, and forget others.

    Args:
        session: of the database.
        row: the new one.
        most: how many there may be of one user in one company (or in no certain one): those last used stay.
        idle: those that were not used for so long before go.
        longest: so do those that began so long before.
    """
    sessions = LoginSessionRow
    over = or_(sessions.created_at < row.created_at - longest, sessions.seen_at < row.created_at - idle)
    session.execute(delete(sessions).where(over))
    mine = (sessions.user_id == row.user_id, sessions.company_id.is_not_distinct_from(row.company_id))
    newest = select(sessions.digest).where(*mine).order_by(sessions.seen_at.desc())
    too_many = session.scalars(newest.offset(most - 1)).all()
    session.execute(delete(sessions).where(sessions.digest.in_(too_many)))
    session.add(row)


def end_session(session: Session, digest: str) -> None:
    """Delete a session, if it is there."""
    session.execute(delete(LoginSessionRow).where(LoginSessionRow.digest == digest))


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
    if row is None or row.gone_at is not None:
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


def note_key_uses(session: Session, uses: Mapping[str, datetime]) -> None:
    """Write down when keys, by their ids, were used. What is known of later uses stays."""
    for key_id, at in sorted(uses.items()):  # in one order, so that two who write do not wait for each other
        older = or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at < at)
        session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id, older).values(last_used_at=at))


def chatbots_of(session: Session, company_id: str) -> Sequence[ChatbotRow]:
    """The chatbots of a company, also those that its source has no more, in no order.

    That of a database depends on its collation.
    """
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


def require_chatbot(session: Session, company_id: str, chatbot_id: str | None) -> None:
    """Pass if a company has a chatbot of this id, or none is named.

    Raises:
        NotFoundError: `unknown_chatbot`.
    """
    if chatbot_id is None:
        return
    row = session.get(ChatbotRow, (company_id, chatbot_id)) if fields.storable(chatbot_id) else None
    if row is None or row.gone_at is not None:
        raise NotFoundError("There is no such chatbot.", code="unknown_chatbot")


def lock_kept(session: Session, table: type[Kept], company_id: str, row_id: str) -> Kept | None:
    """What a company has of this id, held until the end of the transaction; also None if another has it.

    Raises:
        NotFoundError: `unknown_company`.
    """
    lock_company(session, company_id)
    row = session.get(table, row_id) if fields.storable(row_id) else None
    return row if row is not None and row.company_id == company_id else None


def kept_by(session: Session, table: type[Kept], company_id: str) -> Sequence[Kept]:
    """All that a company has of one kind, the oldest first."""
    mine = select(table).where(table.company_id == company_id)
    return session.scalars(mine.order_by(table.created_at, table.id)).all()


def count_kept(session: Session, table: type[Kept], company_id: str) -> int:
    """How much a company has of one kind."""
    return session.scalar(select(func.count()).where(table.company_id == company_id)) or 0


def embed_token(
    session: Session, digest: str
) -> tuple[CompanyRow, str, EmbedLinkRow, datetime | None] | None:
    """What the secret of an embed link or one of its tokens stands for, and when the token itself ends."""
    token = session.get(EmbedTokenRow, digest)
    own = EmbedLinkRow.digest == digest if token is None else EmbedLinkRow.id == token.link_id
    joined = _COMPANIES.add_columns(EmbedLinkRow).join(EmbedLinkRow, EmbedLinkRow.company_id == CompanyRow.id)
    found = session.execute(joined.where(own)).first()
    return None if found is None else (found[0], found[1], found[2], token.expires_at if token else None)


def forget_tokens(session: Session, company_id: str, before: datetime) -> None:
    """Delete the embed tokens of a company that expired before this time."""
    old = (EmbedTokenRow.company_id == company_id, EmbedTokenRow.expires_at < before)
    session.execute(delete(EmbedTokenRow).where(*old))


def count_tokens(session: Session, link_id: str, now: datetime) -> int:
    """How many tokens of an embed link have not expired."""
    alive = (EmbedTokenRow.link_id == link_id, EmbedTokenRow.expires_at > now)
    return session.scalar(select(func.count()).where(*alive)) or 0
