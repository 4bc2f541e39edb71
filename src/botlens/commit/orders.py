"""What whoever follows a source asks of the owner of a company, as values; and how owners do it.

Of two who follow, one that was taken for dead and the one after it, the first may do nothing more once the
second has begun to look. So an owner looks whether the lease of the job is still that of who orders, and then
writes; and who asks what there is waits for whatever was being written of that company. So the second sees
what the first has written, and the first writes nothing later. An order that waited at an owner which has
lost the company is refused there by the epoch of its slot, and is looked at anew by the next.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any, ClassVar

import pyarrow as pa
from msgspec import Struct

from botlens.commit.columns import EventColumns, LoadedRows, LoadedType
from botlens.commit.derivation import Stop, never
from botlens.commit.source_commits import SourceCommits
from botlens.commit.submission import Refused
from botlens.events.record import Record
from botlens.jobs.leases import LeaseClaim, LeaseLostError
from botlens.store.said_questions import AnySaidQuestion


class FollowerOrder(Struct, frozen=True, tag=True):
    """Something to do for one company.

    Attributes:
        ANSWER: the type of what it answers.
        WRITES: whether it says anything of the company anew.
        company_id: whose.
    """

    ANSWER: ClassVar[Any]
    WRITES: ClassVar[bool] = False
    company_id: str

    @property
    def answer_type(self) -> Any:
        """What it answers is of this type."""
        return self.ANSWER

    def carried_out(self, commits: SourceCommits, stop: Stop) -> Any:
        """Do it, and give the answer."""
        raise NotImplementedError


class SubmitOrder(FollowerOrder, frozen=True, tag=True):
    """See `SourceCommits.submit`."""

    ANSWER: ClassVar[Any] = Refused
    WRITES: ClassVar[bool] = True
    records: list[Record]

    def carried_out(self, commits: SourceCommits, stop: Stop) -> Any:
        """Do it, and give the answer."""
        return commits.submit(self.company_id, self.records)


class LoadOrder(FollowerOrder, frozen=True, tag=True):
    """See `SourceCommits.load`."""

    ANSWER: ClassVar[Any] = LoadedRows
    WRITES: ClassVar[bool] = True
    event_type: LoadedType
    table: pa.Table

    def carried_out(self, commits: SourceCommits, stop: Stop) -> Any:
        """Do it, and give the answer."""
        return commits.load(self.company_id, EventColumns(self.event_type, self.table))


class CountOrder(FollowerOrder, frozen=True, tag=True):
    """See `SourceCommits.count_loaded`."""

    ANSWER: ClassVar[Any] = int

    def carried_out(self, commits: SourceCommits, stop: Stop) -> Any:
        """Do it, and give the answer."""
        return commits.count_loaded(self.company_id, stop)


class UncountedOrder(FollowerOrder, frozen=True, tag=True):
    """See `SourceCommits.uncounted`."""

    ANSWER: ClassVar[Any] = frozenset[str]

    def carried_out(self, commits: SourceCommits, stop: Stop) -> Any:
        """Do it, and give the answer."""
        return commits.uncounted(self.company_id)


class SaidOrder(FollowerOrder, frozen=True, tag=True):
    """See `SourceCommits.said`."""

    question: AnySaidQuestion

    @property
    def answer_type(self) -> Any:
        """What it answers is of this type."""
        return self.question.ANSWER

    def carried_out(self, commits: SourceCommits, stop: Stop) -> Any:
        """Do it, and give the answer."""
        return commits.said(self.company_id, self.question)


AnyOrder = SubmitOrder | LoadOrder | CountOrder | UncountedOrder | SaidOrder
"""All of them: what can be sent."""


class OrderTaking:
    """Does what is ordered at the owner of a company. For any thread.

    Args:
        commits: of this process.
        is_held: whether a lease is still that of who says so; may wait.
        refresh: has it be seen which chatbots there are by now: who follows has just made some.
    """

    def __init__(
        self,
        commits: SourceCommits,
        is_held: Callable[[LeaseClaim], bool],
        refresh: Callable[[], None],
    ) -> None:
        self._commits = commits
        self._is_held = is_held
        self._refresh = refresh
        self._writing: dict[str, Lock] = {}  # for as long as the process lives: a company takes little

    def carry_out(self, order: AnyOrder, claim: LeaseClaim, stop: Stop = never) -> Any:
        """Do what whoever has a lease orders, and give the answer.

        Args:
            order: of a company of this process.
            claim: whose the lease is.
            stop: asked now and then whether to leave off.

        Raises:
            LeaseLostError: it is somebody else's by now, and nothing was done.
            NotHereError: the company is not, or no longer, here.
            BotlensError: see `SourceCommits`.
        """
        self._refresh()
        with self._turn(order):
            if order.WRITES and not self._is_held(claim):
                raise LeaseLostError
            if order.WRITES:
                return order.carried_out(self._commits, stop)
        return order.carried_out(self._commits, stop)

    def _turn(self, order: AnyOrder) -> AbstractContextManager[Any]:
        """Writes of one company are one after the other; a question waits for the one that is under way.

        To count, and to ask what is uncounted, waits for none: a count may take an hour, says nothing of the
        source anew, and may be done twice.
        """
        if isinstance(order, CountOrder | UncountedOrder):
            return nullcontext()
        return self._writing.setdefault(order.company_id, Lock())
