"""What was deleted and is not erased yet: remembered until nothing is left of it anywhere."""

from botlens.database.database import Repository
from botlens.database.erasure import erase
from botlens.errors import NotFoundError
from botlens.tenants import fields, rows
from botlens.tenants.synced.refusal import refuse_deletion
from botlens.tenants.tables import CompanyRow, ErasureRow
from botlens.tenants.values import Erasure


class Erasures(Repository):
    """The part of `Accounts` that knows what is being erased."""

    def delete_company(self, company_id: str) -> None:
        """Have a company unknown from now on, with its chatbots, members, plan and keys.

        An erasure is left behind for what the store has of it.

        Raises:
            InvalidError: `synced`, it is of a source, and would be back in a moment.
            NotFoundError: `unknown_company`.
        """
        with self._database.writing() as session:
            storable = fields.storable(company_id)
            row = session.get(CompanyRow, company_id, with_for_update=True) if storable else None
            if row is None or row.gone_at is not None:
                raise NotFoundError(f"There is no company {company_id!r}.", code="unknown_company")
            refuse_deletion(row)
            rows.add_erasure(session, company_id, None)
            erase(session, company_id)

    def erasures(self) -> list[Erasure]:
        """All that is still to be erased, the oldest first."""
        with self._database.reading() as session:
            found = rows.all_erasures(session)
            return [Erasure(row.id, row.company_id, row.chatbot_id) for row in found]

    def finish_erasure(self, erasure: Erasure) -> None:
        """Forget an erasure whose events are gone. What came to the accounts meanwhile goes as well.

        Nothing goes where another process has done it already: there may be something new of the same name.
        """
        with self._database.writing() as session:
            row = session.get(ErasureRow, erasure.id, with_for_update=True)
            if row is None:
                return
            session.delete(row)
            session.flush()
            erase(session, erasure.company_id, erasure.chatbot_id)
