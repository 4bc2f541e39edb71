"""Submissions that wait for states which are being read from the store, while all others are committed.

What is not in memory is read by threads of their own: the state of a long conversation takes a while. Whoever
sends to that conversation meanwhile waits behind, so that the order of arrival stays what it was. One read of
a company runs at a time, so that a slow one takes no thread from the others.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from botlens.commit.room.missing import Loaded, Missing
from botlens.commit.room.states import ConversationStates
from botlens.commit.submission import Submission
from botlens.commit.thresholds import Thresholds

_THREADS = 4


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was read for a company, or why it could not be."""

    company_id: str
    loaded: Loaded | BaseException


@dataclass(slots=True)
class _Row:
    """The submissions of a company that wait, in order, and the conversations that they are of."""

    waiting: list[Submission] = field(default_factory=list)
    names: set[tuple[str, str]] = field(default_factory=set)


class Parking:
    """For the thread that commits, which takes the lock of the ledger first; reads run in other threads.

    Args:
        states: reads what is missing.
        arrived: takes what was read, from any thread, and has the committing thread call `leave`.
    """

    def __init__(self, states: ConversationStates, arrived: Callable[[Arrived], None]) -> None:
        self._states = states
        self._arrived = arrived
        self._rows: dict[str, _Row] = {}
        self._readers = ThreadPoolExecutor(_THREADS, thread_name_prefix="botlens-load")

    def __bool__(self) -> bool:
        """Whether anybody waits."""
        return bool(self._rows)

    def ready(
        self, submissions: Iterable[Submission], thresholds: Mapping[str, Thresholds]
    ) -> list[Submission]:
        """Those that can be committed now, in order; the others wait until `leave` gives them back.

        Args:
            submissions: that came.
            thresholds: of their companies: what is missing is derived with them.
        """
        ready: list[Submission] = []
        parked: list[Submission] = []
        try:
            for each in submissions:
                (ready if self._is_ready(each, thresholds[each.company_id]) else parked).append(each)
        except BaseException:
            self._take_back(parked)  # its sender gets an error, so it must not be committed later
            raise
        return ready

    def _is_ready(self, submission: Submission, thresholds: Thresholds) -> bool:
        """Whether it can be committed now; if not, it waits from now on."""
        row = self._rows.get(submission.company_id)
        names = submission.names()
        if row is None or row.names.isdisjoint(names):
            missing = self._states.missing(submission.company_id, names, thresholds)
            if not missing:
                return True
            if row is None:
                self._read(missing, thresholds)  # first: nobody may wait for what is not being read
                row = self._rows[submission.company_id] = _Row()
        row.names |= names
        row.waiting.append(submission)
        return False

    def _take_back(self, parked: Sequence[Submission]) -> None:
        mine = set(map(id, parked))
        for row in self._rows.values():
            row.waiting = [each for each in row.waiting if id(each) not in mine]

    def leave(self, company_id: str) -> list[Submission]:
        """All that wait of a company, in order. They wait no more, whatever was read for them."""
        row = self._rows.pop(company_id, None)
        # Without those whose sender got an error already, since something failed while they were looked at.
        return [] if row is None else [each for each in row.waiting if not each.done.done()]

    def close(self) -> list[Submission]:
        """All that still wait."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        remaining = [each for row in self._rows.values() for each in row.waiting]
        self._rows.clear()
        return remaining

    def _read(self, missing: Missing, thresholds: Thresholds) -> None:
        def read() -> None:
            try:
                found: Loaded | BaseException = self._states.load(missing, thresholds)
            except BaseException as error:  # nobody may wait for ever for an answer
                found = error
            self._arrived(Arrived(missing.company_id, found))
            if isinstance(found, Loaded):
                found.settle()

        try:
            self._readers.submit(read)
        except RuntimeError as error:  # no thread can be started now
            self._arrived(Arrived(missing.company_id, error))
