"""Which rows of the accounts database belong to a company, and how all of them are erased.

Each table says it where it is declared, in its `info`: whose its rows are, or why they are nobody's.
"""

from typing import Any, Final

from sqlalchemy import Table, delete
from sqlalchemy.orm import Session

from botlens.database.base import Base

_COMPANY: Final = "company"
_CHATBOT: Final = "chatbot"
_OF_NO_COMPANY: Final = "of_no_company"


def of_company(column: str = "company_id", *, chatbot: str | None = None) -> dict[str, Any]:
    """For `__table_args__`: the column of the company's id, and that of the chatbot if there is one."""
    return {"info": {_COMPANY: column, _CHATBOT: chatbot}}


def of_no_company(reason: str) -> dict[str, Any]:
    """For `__table_args__`: rows are of no company, or stay when one is erased, for this reason."""
    return {"info": {_OF_NO_COMPANY: reason}}


def undeclared() -> list[str]:
    """The tables that do not say whose their rows are. There should be none."""
    return [
        table.name
        for table in Base.metadata.sorted_tables
        if not table.info.get(_OF_NO_COMPANY) and table.info.get(_COMPANY, "") not in table.columns
    ]


def erase(session: Session, company_id: str, chatbot_id: str | None = None) -> None:
    """Delete every row of a company, or of one of its chatbots, from all tables that are declared."""
    for table in reversed(Base.metadata.sorted_tables):  # what refers to others goes first
        condition = _rows_of(table, company_id, chatbot_id)
        if condition is not None:
            session.execute(delete(table).where(condition))


def _rows_of(table: Table, company_id: str, chatbot_id: str | None) -> Any:
    """The condition of these rows, or None if the table has none."""
    company, chatbot = table.info.get(_COMPANY), table.info.get(_CHATBOT)
    if company is None:
        return None
    own = table.columns[company] == company_id
    if chatbot_id is None:
        return own
    return None if chatbot is None else own & (table.columns[chatbot] == chatbot_id)
