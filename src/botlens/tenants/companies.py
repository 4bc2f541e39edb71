"""Companies: who owns them, which plan they are on, how long they keep what was said."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from botlens.database.database import Repository
from botlens.database.rows import TakenError, insert
from botlens.errors import InvalidError
from botlens.tenants import fields, rows
from botlens.tenants.entitlements import plan_of
from botlens.tenants.plans import FREE, Plan
from botlens.tenants.rights import EVERYTHING, Rights
from botlens.tenants.synced.refusal import refuse_synced
from botlens.tenants.tables import CompanyRow, SubscriptionRow
from botlens.tenants.values import UNSET, Company, Unset


class Companies(Repository):
    """The part of `Accounts` that knows companies."""

    plans: Mapping[str, Plan]

    def plan_of(self, company: Company) -> Plan:
        """What the company may use."""
        return plan_of(company, self.plans)

    def create_company(
        self,
        name: str,
        *,
        owner: str,
        plan: str = FREE,
        timezone: str = "UTC",
        company_id: str | None = None,
    ) -> Company:
        """Make a company.

        Args:
            name: For people, up to 200 characters.
            owner: The user that owns it, as its tokens name it in `sub`.
            plan: One of `plans`.
            timezone: An IANA name; days, weeks and months are this zone's.
            company_id: Its id; by default a random one.

        Raises:
            InvalidError: A value cannot be right (`field` names it), or the id is taken (`already_exists`).
            OverloadedError: `being_deleted`, one of this id is still being erased.
        """
        new_id = "c_" + secrets.token_urlsafe(12) if company_id is None else company_id
        row, subscription = _new_rows(
            new_id, name, owner, timezone, known_plan(plan, self.plans), self._clock()
        )
        with self._database.writing() as session:
            rows.refuse_while_erased(session, row.id, None)
            try:
                insert(session, row)
            except TakenError as error:
                message = (
                    f"There is a company with the id {new_id!r} already. Choose another, or leave it out."
                )
                raise InvalidError(message, code="already_exists", field="company_id") from error
            session.add(subscription)
            return company_value(row, subscription.plan)

    def company(self, company_id: str) -> Company | None:
        """The company with this id, or None."""
        if not fields.storable(company_id):
            return None
        return self._database.memory.recall(("company", company_id), lambda: self._read(company_id))

    def _read(self, company_id: str) -> Company | None:
        with self._database.reading() as session:
            found = rows.company_of(session, company_id)
            return None if found is None else company_value(*found)

    def companies(self, *, with_gone: bool = False) -> list[Company]:
        """Every company, the oldest first.

        Args:
            with_gone: also those that their source has no more, and that are not erased yet.
        """
        with self._database.reading() as session:
            return [company_value(*found) for found in rows.all_companies(session, with_gone=with_gone)]

    def set_plan(self, company_id: str, plan: str) -> Company:
        """Put a company on a plan: its current subscription ends and the next one starts.

        Raises:
            InvalidError: The plan is unknown, or (`synced`) decided by the company's source.
            NotFoundError: `unknown_company`.
        """
        known_plan(plan, self.plans)
        with self._database.writing() as session:
            company = rows.lock_company(session, company_id)
            current = rows.current_subscription(session, company_id)
            refuse_synced(company, "plan", current.plan, plan)
            if current.plan != plan:
                current.ended_at = self._clock()
                # Ended before the next begins: the database allows one open subscription at any time.
                session.flush()
                session.add(SubscriptionRow(company_id=company_id, plan=plan, started_at=current.ended_at))
            return company_value(company, plan)

    def change_company(
        self,
        company_id: str,
        *,
        name: str | Unset = UNSET,
        timezone: str | Unset = UNSET,
        retention_days: int | Unset | None = UNSET,
        gap_limit: float | Unset = UNSET,
        question_floor: int | Unset = UNSET,
        by: Rights = EVERYTHING,
    ) -> Company:
        """Change the settings of a company that are given.

        Args:
            company_id: which.
            name: for people, up to 200 characters.
            timezone: an IANA name; days, weeks and months of all numbers are this zone's from now on.
            retention_days: conversations are deleted so many days after their last message; None keeps them.
            gap_limit: the failing share that fixes of gaps must stay below, from 0.01 to 0.9; fixes of before
                keep theirs.
            question_floor: how many sessions must have asked a question before readers below admin see it.
            by: the rights of whoever does it.

        Raises:
            InvalidError: a value cannot be right, or (`synced`) is decided by the source; `field` names it.
            ForbiddenError: the rights of whoever does it do not suffice.
            NotFoundError: `unknown_company`.
        """
        by.require("admin")
        given = {
            "name": name,
            "timezone": timezone,
            "retention_days": retention_days,
            "gap_limit": gap_limit,
            "question_floor": question_floor,
        }
        changes = fields.company_changes(given)
        with self._database.writing() as session:
            row = rows.lock_company(session, company_id)
            for field, value in changes.items():
                refuse_synced(row, field, getattr(row, field), value)
                setattr(row, field, value)
            return company_value(row, rows.current_subscription(session, company_id).plan)

    def set_retention(self, company_id: str, days: int | None) -> None:
        """Have conversations deleted so many days after their last message; None keeps them.

        Raises:
            InvalidError: it is no number of days.
            NotFoundError: `unknown_company`.
        """
        self.change_company(company_id, retention_days=days)


def check_company(name: str, *, owner: str, plan: str, timezone: str, plans: Mapping[str, Plan]) -> None:
    """Whether there could be such a company, before there is a database to make it in.

    Raises:
        InvalidError: see `Companies.create_company`.
    """
    at = datetime.min.replace(tzinfo=UTC)  # any time will do
    _new_rows("new", name, owner, timezone, known_plan(plan, plans), at)


def known_plan(plan: str, plans: Mapping[str, Plan]) -> str:
    """The name of a plan, if there is one by that name.

    Raises:
        InvalidError: there is none.
    """
    if plan not in plans:
        raise InvalidError(f"There is no plan {plan!r}. Choose from: {', '.join(plans)}.", field="plan")
    return plan


def _new_rows(
    company_id: str, name: str, owner: str, timezone: str, plan: str, now: datetime
) -> tuple[CompanyRow, SubscriptionRow]:
    row = CompanyRow(
        id=fields.identifier(company_id, "company_id"),
        name=fields.title(name),
        owner=fields.user(owner, "owner"),
        timezone=fields.timezone(timezone),
        created_at=now,
    )
    return row, SubscriptionRow(company_id=row.id, plan=plan, started_at=now)


def company_value(row: CompanyRow, plan: str) -> Company:
    """A company's row and the name of its plan, as a value."""
    return Company(
        id=row.id,
        name=row.name,
        owner=row.owner,
        plan=plan,
        timezone=row.timezone,
        created_at=row.created_at,
        retention_days=row.retention_days,
        gap_limit=row.gap_limit,
        question_floor=row.question_floor,
        source=row.source,
    )
