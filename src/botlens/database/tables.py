"""The table of the database itself. Change it, and add a migration."""

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import Mapped, mapped_column

from botlens.database.base import Base
from botlens.database.erasure import of_no_company


class ChangesRow(Base):
    """How many transactions have written, in one row: see `database.memory`. SQLite counts them itself."""

    __tablename__ = "changes"
    __table_args__ = of_no_company("it counts those of all")

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
