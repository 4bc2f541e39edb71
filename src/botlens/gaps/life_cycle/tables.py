"""The tables of the life cycle of gaps, in the accounts' database. Change one, and add a migration.

No words of visitors are in them: questions are kept by the keys of their normal forms.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from botlens.database.base import Base
from botlens.database.erasure import of_company


class GapRow(Base):
    """A gap that somebody touched; all others are open, of version 0, and have no row."""

    __tablename__ = "gaps"
    __table_args__ = of_company(chatbot="chatbot_id")

    company_id: Mapped[str] = mapped_column(primary_key=True)
    chatbot_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    version: Mapped[int]
    title: Mapped[str | None]
    fixed_at: Mapped[datetime | None]
    failing_limit: Mapped[float | None]
    decided_at: Mapped[datetime | None]


class GapChangeRow(Base):
    """A change of a gap, kept for good; see `GapChange`."""

    __tablename__ = "gap_changes"
    __table_args__ = of_company(chatbot="chatbot_id")

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[str]
    chatbot_id: Mapped[str]
    gap_id: Mapped[str]
    at: Mapped[datetime]
    who: Mapped[str]
    kind: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    note: Mapped[str | None]
    reason: Mapped[str | None]


Index("ix_gap_changes_gap", GapChangeRow.company_id, GapChangeRow.chatbot_id, GapChangeRow.gap_id)


class GapLineageRow(Base):
    """What became of a gap: it went into another (`merged`), or came from another (`split`)."""

    __tablename__ = "gap_lineage"
    __table_args__ = of_company(chatbot="chatbot_id")

    company_id: Mapped[str] = mapped_column(primary_key=True)
    chatbot_id: Mapped[str] = mapped_column(primary_key=True)
    gap_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    other_id: Mapped[str]
    at: Mapped[datetime]


class GapMoveRow(Base):
    """A question that somebody put into another gap since the current link; the next link has it there."""

    __tablename__ = "gap_moves"
    __table_args__ = of_company(chatbot="chatbot_id")

    company_id: Mapped[str] = mapped_column(primary_key=True)
    chatbot_id: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    gap_id: Mapped[str]


class GapLinkRow(Base):
    """Which link of a chatbot counts.

    `begun` is the highest number given to one; `edits` counts what people did to gaps.
    """

    __tablename__ = "gap_links"
    __table_args__ = of_company(chatbot="chatbot_id")

    company_id: Mapped[str] = mapped_column(primary_key=True)
    chatbot_id: Mapped[str] = mapped_column(primary_key=True)
    begun: Mapped[int]
    current: Mapped[int]
    edits: Mapped[int]
    linked_at: Mapped[datetime | None]
