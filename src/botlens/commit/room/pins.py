"""Companies of which nothing is written to the store for now, and waiting until something may be."""

from collections.abc import Callable
from threading import Condition, get_ident


class Pins:
    """Which they are. They are set under the lock of whoever writes; looking needs none."""

    def __init__(self) -> None:
        self._companies: dict[str, int] = {}  # the thread that has it pinned
        self._held: Callable[[str], bool] | None = None
        self._changed = Condition()

    def has(self, company_id: str) -> bool:
        """Whether nothing of a company may be written now; who has it pinned may write of it."""
        return self._companies.get(company_id, get_ident()) != get_ident() or self.is_held(company_id)

    def is_ours(self, company_id: str) -> bool:
        """Whether this thread has a company pinned."""
        return self._companies.get(company_id) == get_ident()

    def is_held(self, company_id: str) -> bool:
        """Whether that is for a moment, see `hold`. Waits for nothing."""
        held = self._held
        return held is not None and held(company_id)

    @property
    def are_any(self) -> bool:
        """Whether there is such a company."""
        return bool(self._companies) or self._held is not None

    def pin(self, company_id: str) -> None:
        """Have nothing of a company be written, but by this thread."""
        self._companies[company_id] = get_ident()

    def unpin(self, company_id: str) -> None:
        """Let it be written again."""
        with self._changed:
            self._companies.pop(company_id, None)
            self._changed.notify_all()

    def hold(self, belongs: Callable[[str], bool]) -> None:
        """Have nothing of these companies be written, those too that nobody knows yet."""
        self._held = belongs

    def let_go(self) -> None:
        """Let them be written again."""
        with self._changed:
            self._held = None
            self._changed.notify_all()

    def wait_for(self, company_id: str, seconds: float) -> bool:
        """Wait until a company may be written, or something else has changed; False when time is over."""
        with self._changed:
            return not self.has(company_id) or self._changed.wait(seconds)

    def wait_for_all(self, seconds: float) -> None:
        """Wait until there is none, or something has changed, or for so long."""
        with self._changed:
            if self.are_any:
                self._changed.wait(seconds)
