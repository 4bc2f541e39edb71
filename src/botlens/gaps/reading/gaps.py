"""What people may read of knowledge gaps: lists, single ones, questions and their gaps."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from botlens.answers.scope import Scope, needs
from botlens.commit.port import Commits
from botlens.events.question import normal_form
from botlens.gaps.kept.admission import GapAdmissions
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.life_cycle.values import GapStanding
from botlens.gaps.reading.board import Board, GapOnBoard, current_links, read_board
from botlens.gaps.reading.detail import asked_days, failed_questions, gap_detail
from botlens.gaps.reading.figures import GapQuestion, gaps_that_say
from botlens.gaps.reading.files import FORMATS
from botlens.gaps.reading.finding import found_gap, unknown_gap
from botlens.gaps.reading.floor import Floor
from botlens.gaps.reading.listing import gap_place, listed_gaps
from botlens.gaps.reading.memory import GapMemory
from botlens.gaps.reading.nearness import placed_gaps
from botlens.gaps.reading.request import GapPlace, GapRequest, cursor_after, known_word, place_after
from botlens.gaps.reading.shapes import GapAnswer, GapList, GapShape
from botlens.gaps.reading.shown import meta_of, shown_gap
from botlens.gaps.reading.steady import SteadyReads
from botlens.gaps.reading.wordings import written_questions
from botlens.query.period import window_of
from botlens.query.window import Window
from botlens.store.reading import CompanyReader
from botlens.tenants.plans import GAPS

_LINES_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request within a scope."""

    request: GapRequest
    chatbots: list[str]
    zone: ZoneInfo
    window: Window
    floor: Floor


@dataclass(frozen=True, slots=True)
class _AskedOfGap:
    """What was asked of a gap: its questions that failed, and by local day who asked and who failed.

    `reading` is that of the board's figures.
    """

    reading: object
    questions: list[GapQuestion]
    days: list[tuple[int, int, int]]


class Gaps:
    """Answers on knowledge gaps.

    Args:
        commits: give snapshots of facts and of what links found.
        cycle: knows what people and the proof said.
        admissions: know whether something was written of gaps.
    """

    def __init__(self, commits: Commits, cycle: GapLifeCycle, admissions: GapAdmissions) -> None:
        self._reads = SteadyReads(commits.snapshots, cycle)
        self._cycle = cycle
        self._memory = GapMemory(admissions)

    @needs(GAPS)
    def page(self, scope: Scope, given: Mapping[str, Any], *, sees_all: bool) -> GapList:
        """A page of gaps, see `docs/reference/http.md`.

        Args:
            scope: whose, and what "today" is.
            given: the parameters of the request.
            sees_all: whether who asks may read what few have asked.

        Raises:
            InvalidError: a parameter cannot be right.
            NotFoundError: there is no such chatbot, or no gap that others are to be near to.
            PlanError: the plan includes no gaps, or its history does not reach back so far.
        """
        asked = _asked(scope, given, sees_all=sees_all)

        def ask(
            reader: CompanyReader, standing: GapStanding
        ) -> tuple[Board, list[tuple[GapPlace, GapOnBoard]], int]:
            board = self._board(reader, standing, asked)
            found, hidden = _listed(reader, board, asked)
            return board, placed_gaps(reader, board, asked.request, asked.floor, found), hidden

        board, placed, hidden = self._reads.read(scope.company.id, ask)
        order = "near" if asked.request.near else asked.request.order
        if asked.request.cursor is not None:
            after = place_after(asked.request.cursor, order)
            placed = [each for each in placed if each[0] > after]
        page = placed[: asked.request.limit]
        return {
            "gaps": _shapes([each for _, each in page], board, asked.floor),
            "next_cursor": cursor_after(page[-1][0], order) if len(placed) > len(page) else None,
            "meta": meta_of(board, asked.floor, hidden, scope.now, asked.window, asked.zone.key),
        }

    @needs(GAPS)
    def gap(self, scope: Scope, gap_id: str, given: Mapping[str, Any], *, sees_all: bool) -> GapAnswer:
        """One gap in full, in a period; under an id that went into another gap, that one.

        Args:
            scope: whose, and what "today" is.
            gap_id: which.
            given: of the parameters of a page, `period`, `from`, `to` and `tz`.
            sees_all: whether who asks may read what few have asked.

        Raises:
            InvalidError: a parameter cannot be right.
            NotFoundError: `unknown_gap`, also where none of its questions may be shown.
            PlanError: see `page`.
        """

        def ask(reader: CompanyReader, standing: GapStanding) -> GapAnswer:
            found = found_gap(reader, standing, scope, gap_id)
            asked = _asked(scope, {**given, "chatbot_id": found.chatbot_id}, sees_all=sees_all)
            history = self._cycle.gap_history(scope.company.id, found.chatbot_id, found.id)
            board = self._board(reader, standing, asked)
            gap = next((each for each in board.gaps if each.id == found.id), None)
            shape = None if gap is None else shown_gap(gap, board, asked.floor)
            if gap is None or shape is None:
                raise unknown_gap()
            found_of = self._asked_of(reader, gap, board, asked)
            answer: GapAnswer = {
                "gap": gap_detail(
                    shape, gap, board, asked.floor.visible(found_of.questions), found_of.days, history
                ),
                "meta": meta_of(board, asked.floor, 0, scope.now, asked.window, asked.zone.key),
            }
            if found.id != gap_id:
                answer["followed_from"] = gap_id
            return answer

        return self._reads.read(scope.company.id, ask)

    @needs(GAPS)
    def file(self, scope: Scope, given: Mapping[str, Any], suffix: str, *, sees_all: bool) -> bytes:
        """Gaps of a page's parameters, all of them, with their questions: as CSV, or as a FAQ to fill in.

        Args:
            scope: whose, and what "today" is.
            given: the parameters of a page, but for `limit` and `cursor`.
            suffix: of `FORMATS`.
            sees_all: whether who asks may read what few have asked.

        Raises:
            InvalidError, NotFoundError, PlanError: see `page`.
        """
        written = FORMATS[known_word(tuple(FORMATS), suffix, "format")]
        asked = _asked(scope, given, sees_all=sees_all)

        def ask(reader: CompanyReader, standing: GapStanding) -> list[tuple[GapShape, list[GapQuestion]]]:
            board = self._board(reader, standing, asked)
            found, _ = _listed(reader, board, asked)
            found.sort(key=lambda each: gap_place(each, board, asked.request.order))
            shapes = _shapes(found, board, asked.floor)
            questions = failed_questions(reader, found, board, asked.window)
            return [(shape, asked.floor.visible(own)) for shape, own in zip(shapes, questions, strict=True)]

        return written(self._reads.read(scope.company.id, ask))

    @needs(GAPS)
    def questions(self, scope: Scope, given: Mapping[str, Any], *, sees_all: bool) -> Iterator[bytes]:
        """Every distinct wording as written of every unanswered question of a period, and its gap.

        Of chatbots whose answers have no scores, those with weaker signs.

        Returns:
            Lines of JSON, some at a time.

        Raises:
            InvalidError, NotFoundError, PlanError: see `page`.
        """
        asked = _asked(scope, given, sees_all=sees_all)

        def ask(reader: CompanyReader, standing: GapStanding) -> list[tuple[str, str, str | None]]:
            links = current_links(standing, asked.chatbots)
            rows = written_questions(reader, asked.chatbots, links, asked.window, asked.floor.least)
            follow = standing.lineage.follow
            return [(chatbot_id, text, follow(gap) if gap else None) for chatbot_id, text, gap in rows]

        found = self._reads.read(scope.company.id, ask)
        encoder = msgspec.json.Encoder()

        def lines() -> Iterator[bytes]:
            for at in range(0, len(found), _LINES_AT_ONCE):
                yield encoder.encode_lines(
                    [
                        {"question": text, "gap_id": gap_id, "chatbot_id": chatbot_id}
                        for chatbot_id, text, gap_id in found[at : at + _LINES_AT_ONCE]
                    ]
                )

        return lines()

    def _board(self, reader: CompanyReader, standing: GapStanding, asked: _Asked) -> Board:
        return self._memory.recall(
            reader,
            standing,
            ("board", tuple(asked.chatbots), asked.window),
            lambda: read_board(reader, self._memory, standing, asked.chatbots, asked.window),
            lambda found: len(found.gaps),
        )

    def _asked_of(self, reader: CompanyReader, gap: GapOnBoard, board: Board, asked: _Asked) -> _AskedOfGap:
        """The questions of a gap that failed, and by day who asked: the same as long as figures are."""
        return self._memory.recall_written(
            reader,
            ("gap", gap.chatbot_id, gap.id, board.links[gap.chatbot_id], asked.window, asked.zone.key),
            lambda: _AskedOfGap(
                board.reading,
                failed_questions(reader, [gap], board, asked.window)[0],
                asked_days(reader, gap, board, asked.window, asked.zone),
            ),
            lambda found: len(found.questions),
            lambda kept: kept if kept.reading is board.reading else None,
        )


def _asked(scope: Scope, given: Mapping[str, Any], *, sees_all: bool) -> _Asked:
    request = GapRequest.parse(given)
    chatbots = list(scope.chatbots) if request.chatbot_id is None else [scope.chatbot(request.chatbot_id).id]
    zone = scope.zone(request.tz, chatbot_id=request.chatbot_id)
    window = window_of(request.period, scope.now, zone)
    scope.require_history(window, zone)
    return _Asked(request, chatbots, zone, window, Floor(1 if sees_all else scope.company.question_floor))


def _listed(reader: CompanyReader, board: Board, asked: _Asked) -> tuple[list[GapOnBoard], int]:
    """The gaps that are asked for, and how many of them nobody below an admin may read."""
    sought = normal_form(asked.request.q or "")
    said = gaps_that_say(reader, board.links, board.weaker, asked.window, sought, asked.floor.least)
    return listed_gaps(board, asked.request, asked.floor, said)


def _shapes(gaps: Iterable[GapOnBoard], board: Board, floor: Floor) -> list[GapShape]:
    return [shape for each in gaps if (shape := shown_gap(each, board, floor)) is not None]
