"""What was deleted and is not erased yet: remembered until nothing is left of it anywhere."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from botlens.database.database import Repository
from botlens.database.erasure import erase
from botlens.errors import NotFoundError, OverloadedError
from botlens.tenants import fields
from botlens.tenants.tables import CompanyRow, ErasureRow
from botlens.tenants.values import Erasure

_WAIT_SECONDS = 2


class Erasures(Repository):
    """The part of `Accounts` that knows what is being erased."""

    def delete_company(self, company_id: str) -> None:
        """Have a company unknown from now on, with its chatbots, members, plan and keys.

        An erasure is left behind for what the store has of it.

        Raises:
            NotFoundError: `unknown_company`.
        """
        with self._database.writing() as session:
            storable = fields.storable(company_id)
            if not storable or session.get(CompanyRow, company_id, with_for_update=True) is None:
                raise NotFoundError(f"There is no company {company_id!r}.", code="unknown_company")
            add_erasure(session, company_id, None)
            erase(session, company_id)

    def erasures(self) -> list[Erasure]:
        """All that is still to be erased, the oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(select(ErasureRow).order_by(ErasureRow.id))
            return [Erasure(row.id, row.company_id, row.chatbot_id) for row in rows]

    def finish_erasure(self, erasure: Erasure) -> None:
        """Forget an erasure whose events are gone. What came to the accounts meanwhile goes as well."""
        with self._database.writing() as session:
            erase(session, erasure.company_id, erasure.chatbot_id)
            row = session.get(ErasureRow, erasure.id)
            if row is not None:
                session.delete(row)


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
