"""The tables of jobs, in the accounts database. Change one, and add a migration."""

from sqlalchemy.orm import Mapped, mapped_column

from botlens.database.base import Base
from botlens.database.erasure import of_no_company


class LeaseRow(Base):
    """Who may run a job until when, and when it was last done. Seconds since 1970 by the database's clock."""

    __tablename__ = "leases"
    __table_args__ = of_no_company("a job is of the whole store")

    job: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[float]
    done_at: Mapped[float | None]
