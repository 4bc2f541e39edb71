"""Since when a chatbot has events, until when, and what started of late: loaded once, then followed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from botlens.live.timeline import QUARTER
from botlens.metrics.differences import Change, Difference
from botlens.metrics.facts import Facts
from botlens.moments import SECOND


class StaleSpanError(Exception):
    """What was first or last is gone, so that it must be loaded anew; or it was loaded for a later time."""


@dataclass(slots=True)
class ChatbotSpan:
    """The ends of what there is of one chatbot, and its counted conversations by when they started.

    Attributes:
        since: seconds since 1970, whole quarters of an hour: what started before is not counted.
        first: microseconds since 1970, the start of the first conversation, tests too; None if there is none.
        last: the same of the last event.
        starts: counted conversations by quarter of an hour since 1970.
    """

    since: int
    first: int | None = None
    last: int | None = None
    starts: Counter[int] = field(default_factory=Counter)
    _first_is_known: bool = True
    _last_is_known: bool = True

    def replace(self, changes: Iterable[Change]) -> None:
        """Let the new facts of conversations take the place of their old ones."""
        for change in changes:
            old, new = (change.old, change.new) if isinstance(change, Difference) else change
            for facts, sign in ((old, -1), (new, 1)):
                if facts is not None and facts.counted:
                    self._count(facts.started_at // (QUARTER * SECOND), sign)
            self._follow_first(0 if old is None else _start_of(old), _start_of(new))
            self._follow_last(0 if old is None else old.newest_at, new.newest_at)

    def ends(self) -> tuple[int | None, int | None]:
        """The first and the last moment.

        Raises:
            StaleSpanError: one of them is not known any more.
        """
        if not (self._first_is_known and self._last_is_known):
            raise StaleSpanError
        return self.first, self.last

    def count(self, start: int, end: int) -> int:
        """How many counted conversations started in `start <= t < end`: seconds, whole quarters of an hour.

        Raises:
            StaleSpanError: it begins before `since`.
        """
        if start < self.since:
            raise StaleSpanError
        return sum(count for quarter, count in self.starts.items() if start <= quarter * QUARTER < end)

    def _count(self, quarter: int, sign: int) -> None:
        if quarter * QUARTER >= self.since:
            self.starts[quarter] += sign

    def _follow_first(self, was: int, is_now: int) -> None:
        if is_now and (self.first is None or is_now <= self.first):
            self.first, self._first_is_known = is_now, True
        elif was and was == self.first:
            self._first_is_known = False

    def _follow_last(self, was: int, is_now: int) -> None:
        if is_now and (self.last is None or is_now >= self.last):
            self.last, self._last_is_known = is_now, True
        elif was and was == self.last:
            self._last_is_known = False


def _start_of(facts: Facts) -> int:
    return facts.started_at or facts.newest_at
