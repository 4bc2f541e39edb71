"""What is read and written of accounts that a source decides, in a session."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from botlens.tenants.fields import CHATBOT_DEFAULTS
from botlens.tenants.synced.values import (
    AccountsHere,
    ChatbotHere,
    CompanyHere,
    Hold,
    KnownSource,
    PutChatbot,
    PutCompany,
)
from botlens.tenants.tables import (
    ChatbotRow,
    CompanyRow,
    ErasureRow,
    SourceHoldRow,
    SourceRow,
    SourceUserRow,
    SubscriptionRow,
)

_COMPANY_SAYS = ("name", "owner", "created_at", "synced")
_CHATBOT_SAYS = ("name", "is_published", "average_rating", "created_at", "synced")


def lock_source(session: Session, source: str) -> SourceRow:
    """The row of a source, held until the end of the transaction; made if need be."""
    row = session.get(SourceRow, source, with_for_update=True)
    if row is None:
        row = SourceRow(name=source, remarks="")
        session.add(row)
        session.flush()
    return row


def is_any(session: Session) -> bool:
    """Whether the accounts of any source are taken over."""
    return session.scalars(select(SourceRow.name).limit(1)).first() is not None


def here(session: Session, source: str) -> AccountsHere:
    """What we have that matters to a source."""
    current = select(CompanyRow, SubscriptionRow.plan).join(
        SubscriptionRow,
        (SubscriptionRow.company_id == CompanyRow.id) & SubscriptionRow.ended_at.is_(None),
    )
    companies = {
        row.id: CompanyHere(row.id, row.source, row.gone_at is not None, plan, _said(row, _COMPANY_SAYS))
        for row, plan in session.execute(current)
    }
    of_companies = select(ChatbotRow).join(CompanyRow, CompanyRow.id == ChatbotRow.company_id)
    chatbots = session.scalars(of_companies.where(CompanyRow.source == source)).all()
    users = session.scalars(select(SourceUserRow).where(SourceUserRow.source == source))
    erasures = session.scalars(select(ErasureRow))
    return AccountsHere(
        source=source,
        companies=companies,
        chatbots={
            row.id: ChatbotHere(row.id, row.company_id, row.gone_at is not None, _said(row, _CHATBOT_SAYS))
            for row in chatbots
            if row.source == source
        },
        own_chatbots=frozenset((row.company_id, row.id) for row in chatbots if row.source != source),
        users={row.user_id: row.plan for row in users},
        erased=frozenset((row.company_id, row.chatbot_id) for row in erasures),
        confirmed={each.table: each.gone for each in holds_of(session, source) if each.is_confirmed},
    )


def _said(row: CompanyRow | ChatbotRow, names: Sequence[str]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


def put_company(session: Session, source: str, put: PutCompany, zone: str, plan: str, now: datetime) -> None:
    """Write a company.

    Args:
        session: of the database.
        source: whose it is.
        put: what differs.
        zone: that it begins with.
        plan: that it begins with where the source says none.
        now: since when it is here, where the source does not say since when it is there.
    """
    row = session.get(CompanyRow, put.id)
    if row is None:
        row = CompanyRow(id=put.id, name=put.id, owner="", timezone=zone, created_at=now, source=source)
        session.add(row)
        session.add(SubscriptionRow(company_id=put.id, plan=put.plan or plan, started_at=now))
        for name, value in put.said.items():
            setattr(row, name, value)
        session.flush()
        return
    row.gone_at = None
    for name, value in put.said.items():
        setattr(row, name, value)
    if put.plan is not None:
        _change_plan(session, put.id, put.plan, now)


def _change_plan(session: Session, company_id: str, plan: str, now: datetime) -> None:
    """As `Companies.set_plan`."""
    open_ones = (SubscriptionRow.company_id == company_id, SubscriptionRow.ended_at.is_(None))
    current = session.scalars(select(SubscriptionRow).where(*open_ones)).one()
    if current.plan != plan:
        current.ended_at = now
        session.flush()
        session.add(SubscriptionRow(company_id=company_id, plan=plan, started_at=now))


def put_chatbot(session: Session, source: str, put: PutChatbot, zone: str | None) -> None:
    """Write a chatbot; one that leaves another company takes the settings that are ours along.

    Args:
        session: of the database.
        source: whose it is.
        put: what differs.
        zone: that it begins with.
    """
    row = session.get(ChatbotRow, (put.company_id, put.id))
    if row is None:
        begins = {**CHATBOT_DEFAULTS, "timezone": zone}
        before = None if put.before is None else session.get(ChatbotRow, (put.before, put.id))
        if before is not None:
            begins |= {"timezone": before.timezone, "confidence_threshold": before.confidence_threshold}
        row = ChatbotRow(company_id=put.company_id, id=put.id, source=source, **begins)
        session.add(row)
    row.gone_at = None
    for name, value in put.said.items():
        setattr(row, name, value)


def mark_gone(
    session: Session, source: str, companies: Iterable[str], chatbots: Iterable[str], now: datetime
) -> None:
    """Remember since when a source has these no more."""
    for company_id in companies:
        mine = (CompanyRow.id == company_id, CompanyRow.source == source)
        session.execute(update(CompanyRow).where(*mine).values(gone_at=now))
    for chatbot_id in chatbots:
        own = (ChatbotRow.id == chatbot_id, ChatbotRow.source == source)
        session.execute(update(ChatbotRow).where(*own).values(gone_at=now))


def put_users(session: Session, source: str, users: Mapping[str, str | None]) -> None:
    """Write the plans of users; None is none."""
    for user, plan in users.items():
        row = session.get(SourceUserRow, (source, user))
        if plan is None:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(SourceUserRow(source=source, user_id=user, plan=plan))
        else:
            row.plan = plan


def put_holds(session: Session, source: str, holds: Sequence[Hold]) -> None:
    """Remember what is held, and nothing else: what was confirmed of it stays confirmed."""
    if _are_same(holds_of(session, source), holds):
        return
    session.execute(delete(SourceHoldRow).where(SourceHoldRow.source == source))
    for each in holds:
        session.add(SourceHoldRow(source=source, kind=each.table, gone=each.gone, total=each.of))


def _are_same(before: Sequence[Hold], holds: Sequence[Hold]) -> bool:
    return {(each.table, each.gone, each.of) for each in before} == {
        (each.table, each.gone, each.of) for each in holds
    }


def has_said(session: Session, source: str, holds: Sequence[Hold], remarks: str) -> bool:
    """Whether this is what is kept of a source for operators to read."""
    row = session.get(SourceRow, source)
    return row is not None and row.remarks == remarks and _are_same(holds_of(session, source), holds)


def holds_of(session: Session, source: str) -> list[Hold]:
    """What is held of a source."""
    mine = select(SourceHoldRow).where(SourceHoldRow.source == source).order_by(SourceHoldRow.kind)
    return [Hold(row.kind, row.gone, row.total, row.is_confirmed) for row in session.scalars(mine)]


def confirm_holds(session: Session, source: str) -> None:
    """What is held of a source may go."""
    session.execute(update(SourceHoldRow).where(SourceHoldRow.source == source).values(is_confirmed=True))


def known_sources(session: Session) -> list[KnownSource]:
    """All sources whose accounts are taken over."""
    found = session.scalars(select(SourceRow).order_by(SourceRow.name)).all()
    return [
        KnownSource(
            row.name,
            _count(session, CompanyRow, row.name),
            _count(session, ChatbotRow, row.name),
            tuple(holds_of(session, row.name)),
            tuple(row.remarks.splitlines()),
        )
        for row in found
    ]


def _count(session: Session, table: type[CompanyRow] | type[ChatbotRow], source: str) -> int:
    mine = (table.source == source, table.gone_at.is_(None))
    return session.scalar(select(func.count()).select_from(table).where(*mine)) or 0


def plan_of_user(session: Session, user: str) -> str | None:
    """The plan of a user in whatever source; None if it has none."""
    mine = select(SourceUserRow.plan).where(SourceUserRow.user_id == user).order_by(SourceUserRow.source)
    return session.scalars(mine.limit(1)).first()


def release(session: Session, source: str) -> None:
    """What was a source's is ours; what is gone from it stays gone. The source is forgotten."""
    for table in (CompanyRow, ChatbotRow):
        session.execute(update(table).where(table.source == source).values(source=None, synced=""))
    for kept in (SourceUserRow, SourceHoldRow):
        session.execute(delete(kept).where(kept.source == source))
    session.execute(delete(SourceRow).where(SourceRow.name == source))


def gone_before(session: Session, limit: datetime) -> list[tuple[str, str | None]]:
    """Company and chatbot (None is all of it) of what sources have had no more since before a time."""
    companies = session.scalars(select(CompanyRow.id).where(CompanyRow.gone_at < limit)).all()
    chatbots = select(ChatbotRow.company_id, ChatbotRow.id).where(ChatbotRow.gone_at < limit)
    rest = [
        (company_id, chatbot_id)
        for company_id, chatbot_id in session.execute(chatbots)
        if company_id not in companies
    ]
    return [*((each, None) for each in companies), *rest]
