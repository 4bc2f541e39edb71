"""What is committed and not in the store yet, by company: so that each can be written by itself."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager

from botlens.commit.room.pending import Pending
from botlens.metrics.unwritten import UnwrittenFacts


class Backlog:
    """Pending records and facts of all companies. For those who hold the lock of the ledger."""

    def __init__(self) -> None:
        self._pending: dict[str, Pending] = {}
        self.rows = 0
        self.size = 0
        """Records, and bytes of their lines."""

    def of(self, company_id: str) -> Pending:
        """What is pending of a company, to be added to."""
        pending = self._pending.get(company_id)
        if pending is None:
            pending = self._pending[company_id] = Pending()
        return pending

    @contextmanager
    def added(self, commit: Sequence[tuple[str, bytes, int]]) -> Iterator[None]:
        """Add the raw records of one commit, and have the block make them durable.

        Added first, so that nothing can fail once they are; on an error of either nothing of them stays.

        Args:
            commit: (company id, lines, how many records they are).
        """
        rows, size, added = self.rows, self.size, 0
        try:
            for company_id, lines, count in commit:
                self.of(company_id).add(company_id, lines, count)
                added += 1
                self.rows += count
                self.size += len(lines)
            yield
        except BaseException:
            for company_id, lines, count in commit[:added]:
                self._pending[company_id].take_back(lines, count)
            self.rows, self.size = rows, size
            raise

    def has(self, company_id: str) -> bool:
        """Whether anything of a company is pending. May be asked by any thread at any time."""
        return company_id in self._pending

    def rows_of(self, company_id: str) -> int:
        """How many records of a company are pending. May be asked by any thread at any time."""
        pending = self._pending.get(company_id)
        return 0 if pending is None else pending.rows

    def __contains__(self, key: object) -> bool:
        """Whether facts of the conversation `Key` are pending."""
        return isinstance(key, tuple) and (own := self._pending.get(key[0])) is not None and key in own.facts

    def companies(self, without: Container[str] = ()) -> list[str]:
        """The companies of which anything is pending, but for some."""
        return [company_id for company_id in self._pending if company_id not in without]

    def unwritten(self, company_id: str) -> list[UnwrittenFacts]:
        """Pending facts of a company that are still to be put together."""
        pending = self._pending.get(company_id)
        return [] if pending is None else list(pending.unwritten.values())

    def take(self, companies: Iterable[str]) -> dict[str, Pending]:
        """Take out what is pending of some companies: all of it, or on an error nothing."""
        taken = {each: self._pending[each] for each in companies if each in self._pending}
        self._count(taken, -1)
        for each in taken:
            del self._pending[each]
        return taken

    def give_back(self, taken: dict[str, Pending]) -> None:
        """Put back, before what came later, what was taken and could not be written."""
        for company_id, pending in taken.items():
            later = self._pending.get(company_id)
            self._pending[company_id] = pending if later is None else pending.before(later)
        self._count(taken, 1)

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """Forget what is pending of some companies: another process has it, in the journal."""
        self.take([each for each in self._pending if belongs(each)])

    def _count(self, taken: dict[str, Pending], sign: int) -> None:
        self.rows += sign * sum(each.rows for each in taken.values())
        self.size += sign * sum(each.size for each in taken.values())
