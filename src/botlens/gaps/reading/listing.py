"""Which gaps a list has, and in which order: of all that there are, before any is shown in full."""

from collections.abc import Iterable, Set
from typing import Final

from botlens.gaps.life_cycle.values import GapState
from botlens.gaps.order.impact import conversations_saved
from botlens.gaps.reading.board import Board, GapOnBoard, demand_of
from botlens.gaps.reading.floor import Floor
from botlens.gaps.reading.request import GapPlace, GapRequest
from botlens.moments import instant

_FOLLOWED: Final = (GapState.FIXED, GapState.VERIFIED, GapState.REOPENED)


def listed_gaps(
    board: Board, request: GapRequest, floor: Floor, said: Set[tuple[str, str]]
) -> tuple[list[GapOnBoard], int]:
    """The gaps that are asked for, and how many of them nobody below an admin may read.

    Args:
        board: has all.
        request: says which.
        floor: for who reads.
        said: those, by (chatbot, gap), a question of which has what is sought in it.
    """
    found, hidden = [], 0
    for gap in board.gaps:
        if not _is_wanted(gap, request):
            continue
        titles = floor.titles(gap)
        if titles is None:
            hidden += 1
        elif (
            request.q is None
            or _say((titles[0], *titles[1].values(), *floor.phrases(gap)), request.q)
            or (gap.chatbot_id, gap.id) in said
        ):
            found.append(gap)
    return found, hidden


def _is_wanted(gap: GapOnBoard, request: GapRequest) -> bool:
    return (
        gap.record.state in request.states
        and _is_of_period(gap)
        and (request.signal is None or gap.figures.signals[request.signal] > 0)
        and (request.language is None or request.language in gap.figures.languages)
    )


def _is_of_period(gap: GapOnBoard) -> bool:
    """Whether a list of a period has a gap: it failed then, or somebody follows what became of it."""
    return gap.figures.questions > 0 or gap.record.state in _FOLLOWED


def _say(texts: Iterable[str], sought: str) -> bool:
    """Whether a title or a phrase has it in it; a title may be one that somebody gave the gap."""
    return any(sought in text.casefold() for text in texts)


def gap_place(gap: GapOnBoard, board: Board, order: str) -> GapPlace:
    """Where a gap stands in an order; the least comes first."""
    first = gap.first_asked
    saved = round(conversations_saved(demand_of(gap), board.expected), 2)
    values = {
        "impact": -saved,
        "sessions": -float(gap.figures.sessions),
        "questions": -float(gap.figures.questions),
        "newest": -(0.0 if first is None else instant(first).timestamp()),
        "rising": (0.0 if gap.id in board.rising else 1e9) - saved,
    }
    return values[order], gap.id
