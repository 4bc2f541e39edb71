"""One gap in full: its questions, its history, its curve."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from botlens.gaps.kept.memberships import MEMBERS_OF
from botlens.gaps.kept.standing import FAILS
from botlens.gaps.kept.summaries import of_links
from botlens.gaps.life_cycle.values import GapChange
from botlens.gaps.questions.asked import asked, local_days
from botlens.gaps.reading.board import Board, GapOnBoard
from botlens.gaps.reading.figures import GapQuestion, questions_of_gaps
from botlens.gaps.reading.shapes import CurvePoint, GapChangeEntry, GapDetail, GapExample, GapShape
from botlens.moments import day, iso, iso_of
from botlens.query.window import Window
from botlens.store.reading import CompanyReader

EXAMPLES = 50


def gap_detail(
    shape: GapShape,
    gap: GapOnBoard,
    board: Board,
    examples: Sequence[GapQuestion],
    days: Sequence[tuple[int, int, int]],
    history: Sequence[GapChange],
) -> GapDetail:
    """All that is said of a gap."""
    lineage = board.standing.lineage
    return {
        **shape,
        "examples": [_example(each) for each in examples[:EXAMPLES]],
        "history": [_entry(each) for each in history],
        "curve": _curve(board, gap, days),
        "merged_from": lineage.merged_from(gap.id),
        "split_into": lineage.split_into(gap.id),
        "topic": gap.summary.topic,
    }


def failed_questions(
    reader: CompanyReader, gaps: Sequence[GapOnBoard], board: Board, window: Window
) -> list[list[GapQuestion]]:
    """By gap, the questions that failed in a window, whoever may read them."""
    links = {each.chatbot_id: board.links[each.chatbot_id] for each in gaps}
    found = questions_of_gaps(reader, links, [each.id for each in gaps], board.weaker, window)
    return [found.get((each.chatbot_id, each.id), []) for each in gaps]


_DAYS = (
    f"SELECT local_day, uniqExact(asker), uniqExactIf(asker, {FAILS}) FROM {{rows}} AS asked "
    f"INNER JOIN {MEMBERS_OF} AS members USING (chatbot_id, question) GROUP BY local_day ORDER BY local_day"
)


def asked_days(
    reader: CompanyReader, gap: GapOnBoard, board: Board, window: Window, zone: ZoneInfo
) -> list[tuple[int, int, int]]:
    """By local day (days since 1970): who asked in these words, and who of them failed."""
    condition, parameters = window.condition()
    statement = _DAYS.replace(
        "{rows}", asked(condition, "chatbot_id", "question", "asker", "local_day", "mask")
    )
    bound = {
        **parameters,
        **local_days(zone, window),
        **of_links({gap.chatbot_id: board.links[gap.chatbot_id]}),
        "chatbots": [gap.chatbot_id],
        "weaker": board.weaker,
        "gaps": [gap.id],
    }
    return [(int(row[0]), int(row[1]), int(row[2])) for row in reader.rows(statement, bound)]


def _curve(board: Board, gap: GapOnBoard, days: Sequence[tuple[int, int, int]]) -> list[CurvePoint]:
    """Of a gap that was fixed the questions of its meaning, in whatever words; of others those of its own."""
    proof = board.proofs.get(gap.id)
    said: dict[int, tuple[int, int]] = {}
    for at, sessions, failing in [*proof.before, *proof.after] if proof is not None else days:
        before = said.get(at, (0, 0))
        said[at] = before[0] + sessions, before[1] + failing
    return [
        {"day": day(at).isoformat(), "sessions": sessions, "failing": failing}
        for at, (sessions, failing) in sorted(said.items())
    ]


def _example(question: GapQuestion) -> GapExample:
    return {
        "question": question.text,
        "sessions": question.sessions,
        "last_asked_at": iso(question.last),
        "language": question.language,
    }


def _entry(change: GapChange) -> GapChangeEntry:
    return {
        "at": iso_of(change.at) or "",
        "by": change.by,
        "change": change.change.value,
        "note": change.note,
        "reason": change.reason,
        "from": change.before,
        "to": change.after,
    }
