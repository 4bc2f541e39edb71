"""Fair turns: how many questions run at once, and whose is next.

A question occupies a thread and a connection of the store for as long as it takes. If the first come were
served first, one company with many callers would keep every other company waiting. So a company has few
turns at once, whoever of it cannot have one waits in a short line of its own, and what is free goes around
among the companies. A question takes cores as well: while others ask, too, a company has one turn at once.

Everything here happens on the event loop; nobody who waits occupies a thread.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import structlog

from botlens.errors import BotlensError, TooManyRequestsError

T = TypeVar("T")

log = structlog.get_logger(__name__)

BY_COMPANY = 2
LONGEST_LINE = 16
"""So many questions of one company may wait."""

TRY_AGAIN = 2
"""After so many seconds who was refused should ask again."""

_LONGEST_WAIT = 10.0
_ALONE_AFTER = 10.0


class Turns:
    """Runs the questions of companies in threads of its own, as many as there are turns.

    Args:
        at_once: how many run at once, of all companies.
        by_company: how many of one company.
        line: how many of one company may wait.
        seconds: for how long one waits at most.
        alone_after: how many seconds after the last question of another company one counts as alone.
    """

    def __init__(
        self,
        at_once: int,
        by_company: int = BY_COMPANY,
        *,
        line: int = LONGEST_LINE,
        seconds: float = _LONGEST_WAIT,
        alone_after: float = _ALONE_AFTER,
    ) -> None:
        self._at_once = at_once
        self._by_company = by_company
        self._line = line
        self._seconds = seconds
        self._alone_after = alone_after
        self._threads = ThreadPoolExecutor(at_once, "botlens-question")
        self._halls: WeakKeyDictionary[asyncio.AbstractEventLoop, _Hall] = WeakKeyDictionary()

    async def run(self, company_id: str, work: Callable[[], T], *, patient: bool = False) -> T:
        """What `work` returns, or raises, in a turn of the company.

        Who is cancelled while waiting leaves the line. Who is cancelled later leaves the work behind, and
        the turn is free only when that has ended.

        Args:
            company_id: whose turn.
            work: runs in a thread.
            patient: wait in the line for as long as it takes, however long the line is.

        Raises:
            TooManyRequestsError: the line is too long, or the wait was.
        """
        hall = self._hall()
        try:
            async with asyncio.timeout(None if patient else self._seconds):
                await hall.enter(company_id, None if patient else self._line)
        except (TimeoutError, asyncio.QueueFull) as error:
            if isinstance(error, TimeoutError) and not hall.running_of(company_id):
                raise _busy() from None
            raise _too_many(self._by_company) from None
        loop = asyncio.get_running_loop()
        try:
            working: Future[T] = self._threads.submit(copy_context().run, work)
        except BaseException:
            hall.leave(company_id)
            raise
        working.add_done_callback(lambda _: _on(loop, hall.leave, company_id))
        answer = asyncio.wrap_future(working)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            answer.add_done_callback(_unheard)
            raise

    @property
    def running(self) -> int:
        """Turns that are taken now."""
        return sum(hall.running for hall in list(self._halls.values()))

    @property
    def waiting(self) -> int:
        """Questions that wait for one."""
        return sum(hall.waiting for hall in list(self._halls.values()))

    def _hall(self) -> "_Hall":
        loop = asyncio.get_running_loop()
        hall = self._halls.get(loop)
        if hall is None:
            hall = self._halls[loop] = _Hall(self._at_once, self._by_company, self._alone_after)
        return hall


@dataclass(slots=True)
class _Company:
    """The turns of one company, and who waits for one: in order, and whether patiently."""

    running: int = 0
    waiting: deque[tuple[asyncio.Future[None], bool]] = field(default_factory=deque)

    @property
    def impatient(self) -> int:
        return sum(not patient for _, patient in self.waiting)


class _Hall:
    """The turns on one event loop, and the lines before them."""

    def __init__(self, at_once: int, by_company: int, alone_after: float) -> None:
        self._at_once = at_once
        self._by_company = by_company
        self._alone_after = alone_after
        self._asked: OrderedDict[str, float] = OrderedDict()  # when the last two companies to ask did so
        self._companies: OrderedDict[str, _Company] = OrderedDict()  # who had a turn last is last
        self.running = 0

    @property
    def waiting(self) -> int:
        return sum(len(company.waiting) for company in list(self._companies.values()))

    def running_of(self, company_id: str) -> int:
        """Turns that a company has now."""
        company = self._companies.get(company_id)
        return 0 if company is None else company.running

    async def enter(self, company_id: str, line: int | None) -> None:
        """Return when it is one's turn; raises `QueueFull` if so many wait already."""
        company = self._companies.setdefault(company_id, _Company())
        self._note(company_id)
        if line is not None and company.impatient >= line:
            raise asyncio.QueueFull
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = (turn, line is None)
        company.waiting.append(place)
        self._call()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # called in the very moment of leaving
                self.leave(company_id)
            elif place in company.waiting:
                company.waiting.remove(place)
                self._forget(company_id)
            raise

    def leave(self, company_id: str) -> None:
        """Give a turn back."""
        self.running -= 1
        self._companies[company_id].running -= 1
        self._call()
        self._forget(company_id)

    def _call(self) -> None:
        """Give what is free to those who wait: first to who has least, then to who had a turn longest ago."""
        while self.running < self._at_once:
            able = [each for each in self._companies.items() if self._may_have_one(*each)]
            if not able:
                return
            company_id, company = min(able, key=lambda each: each[1].running)
            turn, _ = company.waiting.popleft()
            turn.set_result(None)
            company.running += 1
            self.running += 1
            self._companies.move_to_end(company_id)

    def _may_have_one(self, company_id: str, company: _Company) -> bool:
        while company.waiting and company.waiting[0][0].done():  # gone, and not out of the line yet
            company.waiting.popleft()
        most = self._by_company if self._is_alone(company_id) else 1
        return bool(company.waiting) and company.running < most

    def _note(self, company_id: str) -> None:
        self._asked[company_id] = time.monotonic()
        self._asked.move_to_end(company_id)
        while len(self._asked) > 2:
            self._asked.popitem(last=False)

    def _is_alone(self, company_id: str) -> bool:
        since = time.monotonic() - self._alone_after
        return all(each == company_id or asked <= since for each, asked in self._asked.items())

    def _forget(self, company_id: str) -> None:
        company = self._companies[company_id]
        if not company.running and not company.waiting:
            del self._companies[company_id]


def _on(loop: asyncio.AbstractEventLoop, call: Callable[[str], None], company_id: str) -> None:
    """Have a loop call something, if it still runs."""
    try:
        loop.call_soon_threadsafe(call, company_id)
    except RuntimeError:  # closed: nobody waits there any more
        return


def _unheard(answer: asyncio.Future[Any]) -> None:
    """Nobody waits for an answer any more: a refusal is nobody's concern, a fault of ours is."""
    error = None if answer.cancelled() else answer.exception()
    if error is not None and not isinstance(error, BotlensError):
        log.error("question_failed_unheard", exc_info=error)


def _busy() -> TooManyRequestsError:
    """Of a company that asks little itself."""
    return TooManyRequestsError(
        "The event store is busy with the questions of others. Ask again after Retry-After.",
        retry_after=TRY_AGAIN,
        code="too_many_questions",
    )


def _too_many(by_company: int) -> TooManyRequestsError:
    return TooManyRequestsError(
        f"Your company asks too much at once: {by_company} of its questions run at a time, and a few wait. "
        "Ask again after Retry-After.",
        retry_after=TRY_AGAIN,
        code="too_many_questions",
    )
