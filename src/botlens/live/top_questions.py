"""The most frequent questions of a chatbot, exact while counts change, without holding every question.

Of a long tail only the head is kept, with the largest count that any question outside the head can have had
(`floor`). While the head's tenth count stays above what an outsider could have reached since, the head's
answer is the answer; when that is no longer certain, `top` is None and the head is loaded again.
"""

import heapq
from collections.abc import Iterable

from botlens.events.question import display_text

HEAD = 1_000
"""How many questions a head holds at most. The head of most chatbots is all their questions."""


def displayed_question(texts: dict[str, int]) -> str:
    """The most frequent original (ties: smallest by code point) as it is shown."""
    return display_text(min(texts, key=lambda text: (-texts[text], text)))


def ranked(
    questions: dict[str, dict[str, int]], size: int, totals: dict[str, int] | None = None
) -> list[tuple[str, int]]:
    """The `size` most frequent of some questions: count descending, then shown text, then normal form.

    Args:
        questions: counts by normal form, then by original text.
        size: how many.
        totals: counts by normal form, if they are known already.
    """
    if totals is None:
        totals = {normal: sum(texts.values()) for normal, texts in questions.items()}
    lowest = max(min(heapq.nlargest(size, totals.values()), default=0), 1)
    rows = [
        (-total, displayed_question(questions[normal]), normal)
        for normal, total in totals.items()
        if total >= lowest
    ]
    return [(text, -negative) for negative, text, _ in heapq.nsmallest(size, rows)]


class TopQuestions:
    """Counts of questions by normal form and original text, each a head with a `floor`.

    Args:
        head: counts by normal form, then by original text, of every question asked more than `floor` times.
        floor: no question outside the head was asked more often than this; 0 means that there is none.
        fixed: the answer as of loading, for a head too flat to give one itself (more questions share the last
            place than a head may hold). It holds until something changes.
    """

    def __init__(
        self,
        head: dict[str, dict[str, int]] | None = None,
        *,
        floor: int = 0,
        fixed: list[tuple[str, int]] | None = None,
    ) -> None:
        self._head = head if head is not None else {}
        self._totals = {normal: sum(texts.values()) for normal, texts in self._head.items()}
        self._floor = floor
        self._fixed = fixed
        self._outside: dict[str, int] = {}
        self._most_outside = 0

    @property
    def head(self) -> tuple[dict[str, dict[str, int]], int] | None:
        """What it was made of, or could be made of anew: the head and its floor.

        None for a head that is too flat, and where anything outside of it was counted since.
        """
        return None if self._fixed is not None or self._outside else (self._head, self._floor)

    def add(self, normal: str, text: str, count: int) -> None:
        """Count a question `count` more times (or fewer, if negative)."""
        if not normal or not count:
            return
        self._fixed = None
        texts = self._head.get(normal)
        if texts is None:
            if self._floor:
                self._outside[normal] = seen = self._outside.get(normal, 0) + count
                self._most_outside = max(self._most_outside, seen)
                return
            texts = self._head[normal] = {}
        self._totals[normal] = self._totals.get(normal, 0) + count
        remaining = texts.get(text, 0) + count
        if remaining:
            texts[text] = remaining
        else:
            del texts[text]
            if not texts:
                del self._head[normal], self._totals[normal]

    def add_all(self, questions: Iterable[tuple[str, str, int]]) -> None:
        """`add` many (normal form, text, count)."""
        for normal, text, count in questions:
            self.add(normal, text, count)

    def top(self, size: int) -> list[tuple[str, int]] | None:
        """The (shown text, count) of the most frequent questions; None if the head may lack one of them."""
        if self._fixed is not None:
            return self._fixed[:size]
        rows = ranked(self._head, size, self._totals)
        if self._floor == 0:
            return rows
        last = rows[-1][1] if len(rows) == size else 0
        return rows if last > self._floor + self._most_outside else None
