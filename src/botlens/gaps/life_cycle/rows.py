"""What is read and written of the life cycle of gaps, in a session: every statement of it stands here."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from botlens.gaps.grouping.identity import Passage
from botlens.gaps.life_cycle.tables import GapChangeRow, GapLineageRow, GapLinkRow, GapMoveRow, GapRow
from botlens.gaps.life_cycle.values import ChangeKind, GapState, Lineage

BotKey = tuple[str, str]
"""Company and chatbot."""


def gaps_of(session: Session, company_id: str) -> Sequence[GapRow]:
    """All gaps of a company that somebody touched."""
    return session.scalars(select(GapRow).where(GapRow.company_id == company_id)).all()


def find_gap(session: Session, bot: BotKey, gap_id: str) -> GapRow:
    """The row of a gap; where it has none, an open one of version 0, which is kept once it is touched."""
    row = session.get(GapRow, (*bot, gap_id))
    if row is not None:
        return row
    return GapRow(company_id=bot[0], chatbot_id=bot[1], id=gap_id, state=GapState.OPEN.value, version=0)


def touch_gap(session: Session, row: GapRow) -> None:
    """Keep what somebody changed of a gap."""
    session.add(row)
    row.version += 1
    link_of(session, (row.company_id, row.chatbot_id)).edits += 1


def forget_gap(session: Session, bot: BotKey, gap_id: str) -> None:
    """Delete the row of a gap, if it has one."""
    row = session.get(GapRow, (*bot, gap_id))
    if row is not None:
        session.delete(row)


def history_of(session: Session, bot: BotKey, gap_id: str) -> Sequence[GapChangeRow]:
    """The changes of a gap, in the order in which they were made."""
    table = GapChangeRow
    mine = (table.company_id == bot[0], table.chatbot_id == bot[1], table.gap_id == gap_id)
    return session.scalars(select(table).where(*mine).order_by(table.id)).all()


def note_change(
    session: Session,
    bot: BotKey,
    gap_id: str,
    kind: ChangeKind,
    at: datetime,
    who: str,
    *,
    before: str | None = None,
    after: str | None = None,
    note: str | None = None,
    reason: str | None = None,
) -> None:
    """Keep a change of a gap for good."""
    row = GapChangeRow(company_id=bot[0], chatbot_id=bot[1], gap_id=gap_id, at=at, who=who, kind=kind.value)
    row.before, row.after, row.note, row.reason = before, after, note, reason
    session.add(row)


def lineage_of(session: Session, company_id: str) -> Lineage:
    """What became of the gaps of a company."""
    found = session.scalars(select(GapLineageRow).where(GapLineageRow.company_id == company_id)).all()
    return Lineage(
        went_into={each.gap_id: each.other_id for each in found if each.kind == ChangeKind.MERGED},
        came_from={each.gap_id: each.other_id for each in found if each.kind == ChangeKind.SPLIT},
    )


def add_lineage(
    session: Session, bot: BotKey, kind: ChangeKind, passages: Sequence[Passage], at: datetime, who: str
) -> None:
    """Keep which gaps went into which (`MERGED`) or were split into which (`SPLIT`), and that in the history.

    Each gap goes into another once, and comes from another once.
    """
    if not passages:
        return
    key = {"company_id": bot[0], "chatbot_id": bot[1], "at": at, "kind": kind.value}
    is_merge = kind is ChangeKind.MERGED
    lineage = [
        {"gap_id": each.old if is_merge else each.new, "other_id": each.new if is_merge else each.old}
        for each in passages
    ]
    session.execute(insert(GapLineageRow), [{**key, **each} for each in lineage])
    changes = [
        {"gap_id": gap_id, "before": each.old, "after": each.new}
        for each in passages
        for gap_id in ([each.new] if is_merge else [each.old, each.new])
    ]
    nothing = {"who": who, "note": None, "reason": None}
    session.execute(insert(GapChangeRow), [{**key, **nothing, **each} for each in changes])


def moves_of(session: Session, company_id: str) -> dict[str, dict[str, str]]:
    """By chatbot and the key of a question, the gap that somebody put it into since the current link."""
    found: dict[str, dict[str, str]] = {}
    for row in session.scalars(select(GapMoveRow).where(GapMoveRow.company_id == company_id)):
        found.setdefault(row.chatbot_id, {})[row.question] = row.gap_id
    return found


def put_moves(session: Session, bot: BotKey, questions: Iterable[str], gap_id: str) -> None:
    """Have questions, by their keys, in this gap from now on."""
    for question in questions:
        session.merge(GapMoveRow(company_id=bot[0], chatbot_id=bot[1], question=question, gap_id=gap_id))


def forget_moves(session: Session, bot: BotKey) -> None:
    """Delete the moves of a chatbot: its new link has them."""
    table = GapMoveRow
    session.execute(delete(table).where(table.company_id == bot[0], table.chatbot_id == bot[1]))


def links_of(session: Session, company_id: str) -> Sequence[GapLinkRow]:
    """Which links of the chatbots of a company count."""
    return session.scalars(select(GapLinkRow).where(GapLinkRow.company_id == company_id)).all()


def link_of(session: Session, bot: BotKey) -> GapLinkRow:
    """Which link of a chatbot counts; a new row, of no link, where it has none."""
    row = session.get(GapLinkRow, bot)
    if row is None:
        row = GapLinkRow(company_id=bot[0], chatbot_id=bot[1], begun=0, current=0, edits=0)
        session.add(row)
    return row
