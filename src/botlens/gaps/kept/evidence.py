"""What happened to a gap's meaning since somebody said that it is fixed, and before: all questions of it.

Answered ones too. Whether a question is of that meaning is measured in the space that the gap was fixed in;
where the model is another one by now, all of it is measured anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, field

from botlens.gaps.kept.summaries import OF_LINKS
from botlens.gaps.proof.curve import CurveDay
from botlens.gaps.questions.asked import asked, local_days
from botlens.gaps.questions.signals import UNANSWERED, Signal
from botlens.moments import day, microseconds
from botlens.query.window import Window
from botlens.store.connection import ClickHouse
from botlens.store.gap_rows import gap_rows, insert_gap_rows
from botlens.store.gap_tables import GAP_EVIDENCE, GAP_SPACES, GAP_SUMMARIES
from botlens.store.reading import CompanyReader

NEAR: Final = 0.6
"""So similar to a gap, on the average, is what counts for or against a fix: stricter than groups."""

BEFORE: Final = timedelta(days=28)
"""So far back it is looked what a gap was before its fix."""


class FixProof(Struct, frozen=True, gc=False):
    """What was found of a fix.

    Attributes:
        basis: by what it was measured: the model, or `words` where only the gap's own questions count.
        before: by local day (days since 1970): sessions and failing ones, in the 28 days before.
        after: the same since.
    """

    basis: str
    before: list[tuple[int, int, int]] = field(default_factory=list)
    after: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Fix:
    """A gap that somebody says is fixed."""

    chatbot_id: str
    gap_id: str
    fixed_at: datetime
    unanswered: bool

    @property
    def number(self) -> int:
        """What stands for it in place of a link: no link has so high a number."""
        return microseconds(self.fixed_at)

    @property
    def window(self) -> Window:
        """The conversations that count for or against it."""
        return Window(microseconds(self.fixed_at - BEFORE), None)

    @property
    def parameters(self) -> dict[str, object]:
        """What statements on it need."""
        signs = UNANSWERED if self.unanswered else ~Signal(0)
        return {"chatbots": [self.chatbot_id], "gap": self.gap_id, "fixed": self.number, "signs": int(signs)}


_OF_FIX = "chatbot_id IN {chatbots:Array(String)} AND gap_id = {gap:String} AND basis = {basis:String}"
_LOOKED = gap_rows(GAP_EVIDENCE, _OF_FIX, ("question",))
_NEAR = gap_rows(GAP_EVIDENCE, f"{_OF_FIX} AND similarity >= {NEAR}", ("question",))


_OF_DAYS = ("question", "started", "local_day", "asker", "mask", "conversation_id", "place")


def unmeasured(reader: CompanyReader, fix: Fix, basis: str) -> list[str]:
    """The distinct questions of a fix's time that were not measured, sorted."""
    condition, parameters = fix.window.condition()
    statement = (
        f"SELECT DISTINCT question FROM {asked(condition, 'question')} WHERE question NOT IN {_LOOKED} "
        "ORDER BY question"
    )
    bound = {**parameters, **fix.parameters, "basis": f"{fix.number}/{basis}"}
    return [row[0] for block in reader.blocks(statement, bound) for row in block]


def write_measured(
    store: ClickHouse,
    company_id: str,
    fix: Fix,
    basis: str,
    questions: Sequence[str],
    similarity: Sequence[float],
    written: int,
) -> None:
    """Keep how similar questions are."""
    rows = (
        {
            "chatbot_id": fix.chatbot_id,
            "gap_id": fix.gap_id,
            "basis": f"{fix.number}/{basis}",
            "question": question,
            "similarity": float(near),
            "written": written,
        }
        for question, near in zip(questions, similarity, strict=True)
    )
    insert_gap_rows(store, GAP_EVIDENCE, company_id, rows)


def fix_days(
    reader: CompanyReader, fix: Fix, basis: str, zone: ZoneInfo
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
    """Sessions and failing ones by local day, before a fix and since.

    A session counts once a day, and fails if its last question of that meaning failed.
    """
    condition, parameters = fix.window.condition()
    statement = (
        "SELECT since, local_day, count(), countIf(fails) FROM (SELECT started >= {fixed:Int64} AS since, "
        "local_day, asker, "
        "argMax(bitAnd(mask, {signs:UInt8}) > 0, (started, conversation_id, place)) AS fails "
        f"FROM {asked(condition, *_OF_DAYS)} WHERE question IN {_NEAR} GROUP BY since, local_day, asker) "
        "GROUP BY since, local_day ORDER BY local_day"
    )
    bound = {
        **parameters,
        **fix.parameters,
        **local_days(zone, fix.window),
        "basis": f"{fix.number}/{basis}",
    }
    sides: tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]] = ([], [])
    for since, at, sessions, failing in reader.rows(statement, bound):
        sides[int(since)].append((int(at), int(sessions), int(failing)))
    return sides


def curve_days(days: Sequence[tuple[int, int, int]]) -> list[CurveDay]:
    """Days as the proof takes them."""
    return [CurveDay(day(at), sessions, failing) for at, sessions, failing in days]


_WRITTEN = (
    "SELECT max(written) FROM (SELECT written FROM "
    + gap_rows(GAP_SUMMARIES, f"{OF_LINKS} AND gap_id = {{gap:String}}", ("written",))
    + " UNION ALL SELECT written FROM "
    + gap_rows(GAP_SPACES, f"{OF_LINKS} AND gap_id = {{gap:String}}", ("written",))
    + ")"
)


def next_written(reader: CompanyReader, fix: Fix, now: int) -> int:
    """What is written of a fix next has this number, whatever the clock says: the highest one counts."""
    parameters = {"linked": [fix.chatbot_id], "links": [fix.number], "gap": fix.gap_id}
    ((found,),) = reader.rows(_WRITTEN, parameters)
    return max(now, int(found) + 1)


def write_proof(store: ClickHouse, company_id: str, fix: Fix, proof: FixProof, written: int) -> None:
    """Keep what was found of a fix."""
    row = {
        "chatbot_id": fix.chatbot_id,
        "link": fix.number,
        "gap_id": fix.gap_id,
        "content": msgspec.json.encode(proof).decode(),
        "written": written,
    }
    insert_gap_rows(store, GAP_SUMMARIES, company_id, [row])


_PROOFS = "SELECT toString(chatbot_id), toString(gap_id), content FROM " + gap_rows(
    GAP_SUMMARIES, f"{OF_LINKS} AND gap_id != ''", ("chatbot_id", "gap_id", "content")
)
_decoder = msgspec.json.Decoder(FixProof)


def read_proofs(reader: CompanyReader, fixes: Sequence[Fix]) -> dict[str, FixProof]:
    """What was found of some fixes, by gap."""
    if not fixes:
        return {}
    parameters = {"linked": [each.chatbot_id for each in fixes], "links": [each.number for each in fixes]}
    wanted = {each.gap_id for each in fixes}
    return {row[1]: _decoder.decode(row[2]) for row in reader.rows(_PROOFS, parameters) if row[1] in wanted}
