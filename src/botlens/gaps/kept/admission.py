"""Who may still write of a chatbot: nobody who began before it was deleted, so that erasure is the end of it.

A link reads for minutes before it writes. What it read of a chatbot that is erased meanwhile would come back.
Whatever is written of gaps passes here, so here it is known whether something was.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from botlens.errors import NotFoundError, OverloadedError
from botlens.store.connection import Admission


class DeletedError(NotFoundError):
    """The chatbot, or its company, was deleted meanwhile."""

    code = "unknown_chatbot"


class MovedMeanwhileError(OverloadedError):
    """What a company has is brought elsewhere; who began to write before must begin again."""

    code = "moved_meanwhile"

    def __init__(self) -> None:
        super().__init__("The data of this company has just been moved; try again in a moment.")


class GapAdmissions:
    """Admits writers of gaps until what they write of is erased. For any thread."""

    def __init__(self) -> None:
        self._erased: Counter[tuple[str, str | None]] = Counter()
        self._writing = Lock()
        self._writes: Counter[str] = Counter()
        self._watchers: list[Callable[[str], None]] = []
        self._held: Callable[[str], bool] | None = None
        self._moved: list[Callable[[str], bool]] = []

    def of(self, company_id: str, chatbot_id: str) -> Admission:
        """What writers happen within who look from now on whether there is such a chatbot.

        Raises:
            DeletedError: (within) it is erased, or was since this call.
            MovedMeanwhileError: (within) the company is brought elsewhere, or was since this call.
        """
        began, moves = self._count(company_id, chatbot_id), len(self._moved)

        @contextmanager
        def admission() -> Iterator[None]:
            with self._writing:
                if self._count(company_id, chatbot_id) != began:
                    raise DeletedError("The chatbot was deleted meanwhile.")
                if self._has_moved(company_id, moves):
                    raise MovedMeanwhileError
                with self._noted(company_id):
                    yield

        return admission

    def end(self, company_id: str, chatbot_id: str | None) -> None:
        """Admit no one any more who was admitted to a chatbot, or a company; returns when none is writing."""
        with self._writing, self._noted(company_id):
            self._erased[company_id, chatbot_id] += 1

    @contextmanager
    def held(self, belongs: Callable[[str], bool]) -> Iterator[Callable[[], None]]:
        """Nothing of some companies is written as long as the block lasts, nor later by who began before.

        By then they may lie elsewhere, and a writer may know them where they were. Where the block calls what
        it gets, they do not: who began before goes on.
        """
        moved = [belongs]
        with self._writing:
            self._held = belongs
        try:
            yield moved.clear
        finally:
            with self._writing:
                self._moved += moved
                self._held = None

    def _has_moved(self, company_id: str, moves: int) -> bool:
        """Whether a company has been held since there were so many moves, or is now."""
        held = self._held
        return (held is not None and held(company_id)) or any(
            each(company_id) for each in self._moved[moves:]
        )

    def writes(self, company_id: str) -> int | None:
        """A number that is another one once something was written of the company's gaps; None meanwhile."""
        count = self._writes[company_id]
        return None if count % 2 else count

    def watch(self, written: Callable[[str], None]) -> None:
        """Have somebody told of a company whenever `writes` of it has become another."""
        self._watchers.append(written)

    @contextmanager
    def _noted(self, company_id: str) -> Iterator[None]:
        self._writes[company_id] += 1
        try:
            yield
        finally:
            self._writes[company_id] += 1
            for each in self._watchers:
                each(company_id)

    def _count(self, company_id: str, chatbot_id: str) -> int:
        return self._erased[company_id, chatbot_id] + self._erased[company_id, None]
