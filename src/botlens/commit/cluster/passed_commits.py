"""Commits for whoever follows a source beside other nodes: each company's are done by who has it."""

import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, TypeVar, cast

import structlog

from botlens.cluster.ownership import Here, Nowhere, Ownership, There
from botlens.commit.cluster.order_sender import OrderSender, OrderStoppedError, OrderUnansweredError
from botlens.commit.columns import EventColumns, LoadedRows, RefusedRows
from botlens.commit.derivation import Stop, never
from botlens.commit.orders import (
    AnyOrder,
    CountOrder,
    LoadOrder,
    OrderTaking,
    SaidOrder,
    SubmitOrder,
    UncountedOrder,
)
from botlens.commit.port import Wait
from botlens.commit.source_commits import SourceCommits
from botlens.commit.submission import Refused
from botlens.commit.thresholds import AskThresholds
from botlens.errors import NotHereError, OverloadedError
from botlens.events.record import Record
from botlens.jobs.leases import LeaseClaim
from botlens.store.said_questions import AnySaidQuestion, SaidQuestion

T = TypeVar("T")

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS: Final = 60.0
"""So long a company may be nowhere, or its owner silent: a lease ends, and another opens the slot by then."""

_OPENS_SECONDS: Final = 1_800.0
"""So long whoever has a company may need to open it: facts of another definition are derived first."""

_AGAIN_SECONDS: Final = 0.2
_MOST_AGAIN_SECONDS: Final = 2.0  # the order goes along each time
_MOST_BYTES: Final = 32 << 20
"""About so much goes in one order; nodes take some times as much."""

_OF_A_RECORD: Final = 500
"""Bytes of a record without its texts, at most or so."""


class PassedCommits(SourceCommits):
    """Commits of any company, here or at another node. For the threads of one run.

    A company that goes to another node meanwhile is ordered of that again: it changes nothing.

    Args:
        ownership: knows where companies are.
        taking: does what is ordered of this node.
        sender: has another do it.
        claim: the lease of the run: what is ordered by one that was taken over is refused.
        chatbots: of the accounts; their ids are the keys.
        wait: waits a moment, or ends the run.
    """

    def __init__(
        self,
        ownership: Ownership,
        taking: OrderTaking,
        sender: OrderSender,
        claim: LeaseClaim,
        chatbots: AskThresholds,
        wait: Wait,
    ) -> None:
        self._ownership = ownership
        self._taking = taking
        self._sender = sender
        self._claim = claim
        self._chatbots = chatbots
        self._wait = wait

    def chatbots(self, company_id: str) -> Collection[str]:
        """See `SourceCommits`."""
        return self._chatbots(company_id).keys()

    def submit(self, company_id: str, records: Sequence[Record]) -> Refused:
        """See `SourceCommits`."""
        refused: list[int] = []
        for at, part in _parts(records):
            answer: Refused = self._ordered(SubmitOrder(company_id, part))
            refused += [at + place for place in answer]
        return tuple(refused)

    def load(self, company_id: str, events: EventColumns) -> LoadedRows:
        """See `SourceCommits`."""
        kept, refused = 0, []
        rows = max(1, len(events.table) * _MOST_BYTES // max(_MOST_BYTES, events.table.nbytes))
        for at in range(0, max(len(events.table), 1), rows):
            part = events.table.slice(at, rows)
            found: LoadedRows = self._ordered(LoadOrder(company_id, events.type, part))
            kept += found.kept
            refused += [
                RefusedRows(each.code, each.field, [at + place for place in each.places])
                for each in found.refused
            ]
        return LoadedRows(kept, tuple(refused))

    def count_loaded(self, company_id: str, stop: Stop = never) -> int:
        """See `SourceCommits`."""
        try:
            return cast("int", self._ordered(CountOrder(company_id), stop))
        except OrderStoppedError:
            return 0

    def uncounted(self, company_id: str) -> frozenset[str]:
        """See `SourceCommits`."""
        return cast("frozenset[str]", self._ordered(UncountedOrder(company_id)))

    def said(self, company_id: str, question: SaidQuestion[T]) -> T:
        """See `SourceCommits`."""
        return cast("T", self._ordered(SaidOrder(company_id, cast("AnySaidQuestion", question))))

    def _ordered(self, order: AnyOrder, stop: Stop = never) -> Any:
        """What the owner of a company answers, whoever that is by then.

        Raises:
            LeaseLostError: somebody else follows by now.
            OverloadedError: nobody has the company for long, or its owner cannot do it now.
        """
        begun, waits, is_long = time.monotonic(), False, False
        until = begun + _PATIENCE_SECONDS
        while True:
            place, attempt = self._ownership.place_of(order.company_id), _Attempt()
            try:
                return self._answer(place, order, stop, attempt)
            except (NotHereError, OrderUnansweredError) as error:
                if not waits:  # once, however often it is tried
                    log.info("order_again", company_id=order.company_id, reason=error.message)
                waits = True
                begun, until = begun + attempt.worked, until + attempt.worked
                if _is_opened(place, error):
                    if time.monotonic() > begun + _PATIENCE_SECONDS and not is_long:
                        is_long = True
                        log.warning("order_waits", company_id=order.company_id, reason=error.message)
                    until = min(time.monotonic() + _PATIENCE_SECONDS, begun + _OPENS_SECONDS)
                if time.monotonic() > until:
                    message = f"{error.message} (waited {time.monotonic() - begun:.0f} s for it)"
                    raise OverloadedError(message, code=error.code) from error
            waited = time.monotonic() - begun
            self._wait(min(max(_AGAIN_SECONDS, waited / 10), _MOST_AGAIN_SECONDS))

    def _leaves_off(self, stop: Stop, attempt: "_Attempt") -> bool:
        """At each sign of another node that works on an order: have the lease go on, and look whether to."""
        attempt.works()
        self._wait(0.0)
        return stop()

    def _answer(self, place: Here | There | Nowhere, order: AnyOrder, stop: Stop, attempt: "_Attempt") -> Any:
        match place:
            case There():
                return self._sender.send(place, self._claim, order, lambda: self._leaves_off(stop, attempt))
            case Nowhere():
                raise NotHereError(place.reason)
        try:
            answer = self._taking.carry_out(order, self._claim, stop)
        finally:
            attempt.works()
        if not self._ownership.still_here(place):  # another may have acknowledged more by then
            raise NotHereError
        return answer


class _Attempt:
    """How long an owner has worked on an order: that is no waiting.

    Else one that takes an hour would not be given to the next owner, where the first one dies in the middle.
    """

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.worked = 0.0

    def works(self) -> None:
        """It has until now."""
        self.worked = time.monotonic() - self._begun


def _is_opened(place: Here | There | Nowhere, error: NotHereError | OrderUnansweredError) -> bool:
    """Whether somebody that lives has the company, and is not yet as far as to answer for it."""
    is_owned = isinstance(place, There) or (isinstance(place, Nowhere) and place.is_soon)
    return is_owned and isinstance(error, NotHereError)


def _parts(records: Sequence[Record]) -> Iterator[tuple[int, list[Record]]]:
    """Records in parts that are not too large for an order, and where each of these begins."""
    part: list[Record] = []
    begin = size = 0
    for at, record in enumerate(records):
        # A character is four bytes at most; what else there is of texts has short limits.
        more = _OF_A_RECORD + 4 * (len(record.content) + len(record.question) + len(record.metadata))
        if part and size + more > _MOST_BYTES:
            yield begin, part
            part, begin, size = [], at, 0
        part.append(record)
        size += more
    if part:
        yield begin, part
