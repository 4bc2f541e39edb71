"""Open streams: who is told of the changes of a company, on which event loop, and how many there may be.

A thread that commits wakes a loop at most once a second for each company that is looked at (as with
`acknowledgements`): until those who look have been told, it only notes which chatbots changed.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection
from typing import Any, Final
from weakref import WeakKeyDictionary

import structlog

from botlens.api.asking import ask_accounts
from botlens.api.company_states import CompanyStates, StateChange
from botlens.engine import Engine
from botlens.errors import BotlensError, OverloadedError, TooManyRequestsError

log = structlog.get_logger(__name__)

PACE: Final = 1.0
"""Seconds between two things that a stream tells, at least."""

_SELDOM: Final = 15.0
_MOST_OF_ONE: Final = 100
_TRY_AGAIN: Final = 15


class Streams:
    """The streams of an app.

    Args:
        engine: whose companies are looked at.
        most: how many there may be.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self._most = most
        self._of_one = max(1, min(_MOST_OF_ONE, most // 2))
        self._open: Counter[str] = Counter()
        self._by_whom: Counter[tuple[str, str]] = Counter()
        self._states = CompanyStates(engine)
        self._engine = engine
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Company]] = WeakKeyDictionary()

    async def open(self, company_id: str, who: str, only: str | None = None) -> "Stream":
        """A stream on the loop that runs; close it.

        Args:
            company_id: of which company.
            who: asks for it: nobody may take all that the company may have.
            only: the one chatbot that is told of; None tells of all.

        Raises:
            TooManyRequestsError: the company has too many, or `who` has.
            OverloadedError: all together have; or the accounts do not answer.
        """
        await ask_accounts(self._engine.accounts, self._states.look, company_id)
        key = (company_id, who)
        if self._open[company_id] >= self._of_one or self._by_whom[key] >= max(1, self._of_one // 2):
            raise TooManyRequestsError(
                f"Your company has as many open streams as it may have ({self._of_one}; one key or "
                "user, and all embed links together, half of them): close one, or ask again after "
                "Retry-After.",
                retry_after=_TRY_AGAIN,
                code="too_many_streams",
            )
        if self._open.total() >= self._most:
            message = "This server has as many open streams as it may have; ask again after Retry-After."
            raise OverloadedError(message, retry_after=_TRY_AGAIN, code="too_many_streams")
        self._open[company_id] += 1
        self._by_whom[key] += 1
        loop = asyncio.get_running_loop()
        companies = self._loops.setdefault(loop, {})
        company = companies.get(company_id)
        if company is None:
            company = companies[company_id] = _Company(self._engine, self._states, company_id, loop)

        def closed(stream: "Stream") -> None:
            _count_down(self._open, company_id)
            _count_down(self._by_whom, key)
            company.leave(stream)
            if not company.is_watched and companies.get(company_id) is company:
                del companies[company_id]

        return company.join(only, closed)

    @property
    def count(self) -> int:
        """How many there are."""
        return self._open.total()


class Stream:
    """One stream: `changed` waits for what it is to tell. Belongs to its loop."""

    def __init__(
        self, only: str | None, state: Callable[[], StateChange], closed: "Callable[[Stream], None]"
    ) -> None:
        self._only = only
        self._state = state
        self._closed: Callable[[Stream], None] | None = closed
        self._news = asyncio.Event()
        self._sent_id = ""
        self._all = False
        self._chatbots: set[str] = set()

    def now(self, *, knows: str | None) -> StateChange | None:
        """The state at the beginning; None if the client has it.

        Args:
            knows: the id of what the client was told last, by whatever stream.
        """
        state = self._state()
        self._sent_id = state.id
        if knows == state.id:
            return None
        return StateChange(state.id, state.version, () if knows is None else self._of_its_own(None))

    async def changed(self) -> StateChange:
        """What changed since it was asked last; waits for it."""
        await self._news.wait()
        self._news.clear()
        chatbots = None if self._all else sorted(self._chatbots)
        self._all, self._chatbots = False, set()
        state = self._state()
        self._sent_id = state.id
        return StateChange(state.id, state.version, self._of_its_own(chatbots))

    def tell(self, chatbots: Collection[str] | None) -> None:
        """Something changed. Whoever is slow hears of all of it at once."""
        if chatbots is None:
            if self._only is not None and self._state().id == self._sent_id:
                return  # nothing that whoever listens may see
            self._all = True
        elif self._only is None:
            self._chatbots.update(chatbots)
        elif self._only in chatbots:
            self._chatbots.add(self._only)
        else:
            return
        self._news.set()

    def close(self) -> None:
        """Free its place."""
        if self._closed is not None:
            closed, self._closed = self._closed, None
            closed(self)

    def _of_its_own(self, chatbots: Collection[str] | None) -> Collection[str] | None:
        return [self._only] if chatbots is None and self._only is not None else chatbots


class _Company:
    """A company that is looked at, on one event loop."""

    def __init__(
        self, engine: Engine, states: CompanyStates, company_id: str, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._states = states
        self._company_id = company_id
        self._loop = loop
        self._streams: set[Stream] = set()
        self._changes: deque[Collection[str] | None] = deque()
        self._awake = False
        self._sent_at = loop.time() - PACE
        self._unwatch = engine.commits.watch(company_id, self._changed)
        self._looking = loop.create_task(self._look(engine))

    @property
    def is_watched(self) -> bool:
        return bool(self._streams)

    def join(self, only: str | None, closed: Callable[[Stream], None]) -> Stream:
        stream = Stream(only, lambda: self._states.of(self._company_id, only), closed)
        self._streams.add(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        self._streams.discard(stream)
        if not self._streams:
            self._unwatch()
            self._looking.cancel()

    def _changed(self, chatbots: Collection[str] | None) -> None:
        """Something was committed; called by whatever thread did that, which holds locks."""
        self._changes.append(chatbots)
        if not self._awake:
            self._awake = True
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the loop is closed: nobody looks any more
                return
            except BaseException:  # no memory, say: the next change must wake the loop instead
                self._awake = False
                raise

    def _wake(self) -> None:
        self._loop.call_at(max(self._loop.time(), self._sent_at + PACE), self._tell)

    def _tell(self) -> None:
        self._awake = False  # before the look: what changes after it wakes the loop again
        self._sent_at = self._loop.time()
        found: set[str] = set()
        every = False
        while self._changes:
            chatbots = self._changes.popleft()
            every = every or chatbots is None
            found.update(chatbots or ())
        for each in self._streams:
            each.tell(None if every else found)

    async def _look(self, engine: Engine) -> None:
        """See whether the accounts have changed: another process may have done that, and tells nobody.

        Each second whether anybody wrote, which is one question for all who look. What was written past
        botlens is seen where all is looked at, now and then.
        """
        seen, whole_at = None, 0.0
        while True:
            try:
                changes = await ask_accounts(engine.accounts, engine.accounts.changes)
                state = changes, engine.linking.stamp(self._company_id)
                if state != seen or self._loop.time() > whole_at + _SELDOM:
                    if await ask_accounts(engine.accounts, self._states.look, self._company_id):
                        self._changed(None)
                    seen, whole_at = state, self._loop.time()
            except BotlensError as error:  # the accounts do not answer now
                log.info("accounts_not_seen", code=error.code)
            await asyncio.sleep(PACE)


def _count_down(counter: Counter[Any], key: Any) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
