"""Gaps in their order: by a figure of theirs, or by how near they are to one of them in meaning."""

from operator import itemgetter

from botlens.gaps.kept.spaces import read_space
from botlens.gaps.reading.board import Board, GapOnBoard
from botlens.gaps.reading.finding import unknown_gap
from botlens.gaps.reading.floor import Floor
from botlens.gaps.reading.listing import gap_place
from botlens.gaps.reading.request import GapPlace, GapRequest
from botlens.store.reading import CompanyReader


def placed_gaps(
    reader: CompanyReader, board: Board, request: GapRequest, floor: Floor, gaps: list[GapOnBoard]
) -> list[tuple[GapPlace, GapOnBoard]]:
    """Gaps and their places, in the order that is asked for; beside a gap, the others.

    Raises:
        NotFoundError: `unknown_gap`: there is none that they are to be near to, or not for who reads.
    """
    if request.near is None:
        return sorted(((gap_place(each, board, request.order), each) for each in gaps), key=itemgetter(0))
    wanted = board.standing.lineage.follow(request.near)
    beside = next((each for each in board.gaps if each.id == wanted), None)
    if beside is None or floor.titles(beside) is None:
        raise unknown_gap()
    near = nearness(reader, board, beside)
    others = [each for each in gaps if each.id != wanted]
    return sorted(((_nearest_place(each, near), each) for each in others), key=itemgetter(0))


def nearness(reader: CompanyReader, board: Board, gap: GapOnBoard) -> dict[str, float]:
    """By gap of the same chatbot, how similar its questions are to those of a gap, on the average.

    Nothing is known of those that were split off since the link, and of none where there is no model. Of one
    that others went into, its nearest part counts.
    """
    kept = read_space(reader, gap.chatbot_id, board.links[gap.chatbot_id])
    if kept is None:
        return {}
    homes = [board.standing.lineage.follow(each) for each in kept.gaps]
    own = [at for at, home in enumerate(homes) if home == gap.id]
    if not own:
        return {}
    found: dict[str, float] = {}
    for home, similar in zip(homes, (kept.means @ kept.means[own].T).max(axis=1).tolist(), strict=True):
        found[home] = max(similar, found.get(home, -1.0))
    return found


def _nearest_place(gap: GapOnBoard, near: dict[str, float]) -> GapPlace:
    """Where a gap stands: the nearest comes first; those of which that is not known last, by who failed."""
    similar = near.get(gap.id)
    return (2 + 1 / (1 + gap.figures.sessions) if similar is None else -similar), gap.id
