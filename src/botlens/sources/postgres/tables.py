"""The tables of what is followed, in the accounts database. Change one, and add a migration."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from botlens.database.base import Base
from botlens.database.erasure import of_company, of_no_company


class FollowedSourceRow(Base):
    """How far the source has been brought in; there is one row, or none. See `state.FollowedState`.

    `ranges`, `held` and `seen` are JSON. Positions and revisions have 64 bits.
    """

    __tablename__ = "followed_source"
    __table_args__ = of_no_company("a source has the rows of all companies; it names none of them")

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str]
    mapping: Mapped[str]
    base: Mapped[int] = mapped_column(BigInteger)
    highest: Mapped[int] = mapped_column(BigInteger)
    mark: Mapped[int | None] = mapped_column(BigInteger)
    bulk_mark: Mapped[int | None] = mapped_column(BigInteger)
    ranges: Mapped[str]
    held: Mapped[str]
    confirmed: Mapped[bool]
    seen: Mapped[str]


class SetAsideRow(Base):
    """A row of the source that says nothing we can take, or not all of it, and why."""

    __tablename__ = "set_aside"
    __table_args__ = of_company(chatbot="chatbot_id")

    entity: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    word: Mapped[str]
    company_id: Mapped[str | None] = mapped_column(index=True)
    chatbot_id: Mapped[str | None]
    waits_for: Mapped[str | None] = mapped_column(index=True)
