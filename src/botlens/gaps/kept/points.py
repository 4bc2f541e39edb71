"""Where questions that are in no gap lie in the space of a link: kept of chatbots that have many.

They are what new questions are compared with at once, besides gaps. What is written of one that has joined a
gap meanwhile stays until the next link, and is not read.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np

from botlens.gaps.meaning.model import Vectors
from botlens.store.connection import ClickHouse
from botlens.store.gap_rows import insert_points, points_after

_AT_ONCE: Final = 16_384


@dataclass(frozen=True, slots=True)
class KeptPoints:
    """The points of one chatbot's questions under a link.

    Args:
        store: has them.
        company_id: whose.
        chatbot_id: of which chatbot.
        link: of whose space.
    """

    store: ClickHouse
    company_id: str
    chatbot_id: str
    link: int

    def write(self, questions: Sequence[str], points: Vectors, written: int) -> None:
        """Keep some: a row of (n, k) each."""
        if questions:
            own = (self.store, self.company_id, self.chatbot_id, self.link)
            insert_points(*own, questions, points, written)

    def among(self, questions: Set[str]) -> Iterator[tuple[list[str], Vectors]]:
        """Those of some questions that are kept, in order and in parts."""
        after = ""
        while True:
            own = (self.store, self.company_id, self.chatbot_id, self.link)
            found, points = points_after(*own, after, _AT_ONCE)
            places = [place for place, question in enumerate(found) if question in questions]
            if places:
                yield [found[place] for place in places], np.ascontiguousarray(points[places])
            if len(found) < _AT_ONCE:
                return
            after = found[-1]
