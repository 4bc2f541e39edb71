"""How much may wait: for a commit, and for the store."""

from botlens.commit.room.backlog import Backlog

_FLUSH_ROWS = 50_000
_FLUSH_BYTES = 32 << 20
_ROWS_WAITING = 200_000
_ROWS_PENDING = 600_000  # of all companies; half of it of one, so that one alone stops no other
_BYTES_PENDING = 256 << 20


class BackPressure:
    """Says when enough waits. For any thread; it waits for nothing.

    Args:
        backlog: what waits for the store.
        share: of what a process may have waiting; where it has several stores, one each.

    Attributes:
        waiting: records that were submitted and are not committed yet; counted by whoever takes them.
    """

    def __init__(self, backlog: Backlog, share: float = 1.0) -> None:
        self._backlog = backlog
        self._share = share
        self.waiting = 0

    def problem(self) -> str | None:
        """Why nothing more is taken of anybody, if so."""
        if self.waiting > _ROWS_WAITING * self._share or self._holds(_ROWS_PENDING, _BYTES_PENDING):
            return "too many events wait to be written; events are refused"
        return None

    def is_too_much(self, company_id: str) -> bool:
        """Whether nothing more is taken of a company."""
        return (
            self.problem() is not None or self._backlog.rows_of(company_id) > self._share * _ROWS_PENDING // 2
        )

    def wants_a_flush(self) -> bool:
        """Whether what is pending should be written without waiting longer, and without pauses."""
        return self._holds(_FLUSH_ROWS, _FLUSH_BYTES)

    def _holds(self, rows: int, size: int) -> bool:
        return self._backlog.rows >= self._share * rows or self._backlog.size >= self._share * size
