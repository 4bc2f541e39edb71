"""Where questions are answered: from memory, by what the client has, or in a turn, once for all who ask."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import msgspec
from fastapi import Request, Response

from botlens.answers.numbers import WouldWaitError
from botlens.answers.scope import Scope
from botlens.api.asking import ask_accounts
from botlens.api.observed import CLIENT_GONE
from botlens.api.store_turns import turns_of
from botlens.api.turns import BY_COMPANY, Turns
from botlens.api.validators import REVALIDATED, Validators, is_known, not_modified
from botlens.engine import Engine
from botlens.tenants.values import Company

T = TypeVar("T")

Ask = Callable[[Scope], Any]
"""Answers a question within a scope."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is reply.

    Attributes:
        content: its bytes.
        media_type: of them.
        headers: of its own.
        lasts: whether it stays the same for as long as its validator does; else no client keeps it.
    """

    content: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    lasts: bool = True


_RECOUNT_WAITS = 5.0  # seconds for a turn: beside a shard that is silent, recounting itself took 7

_encode = msgspec.json.Encoder().encode


def as_json(answer: Any) -> Reply:
    """Any plain value as JSON."""
    return Reply(_encode(answer))


def to_the_minute(now: datetime) -> datetime:
    """The `now` of answers that carry a validator: those of one minute are the same."""
    return now - timedelta(seconds=now.second, microseconds=now.microsecond)


class Desk:
    """Answers the questions of companies over one engine.

    Args:
        engine: answers.
        by_company: how many questions of one company run at once.

    Attributes:
        turns: of questions, by the store that they are asked of.
        upkeep: turns of what takes long and is asked seldom; it does not take those of questions.
        recounts: turns of new thresholds, so that those of one company leave room for others.
    """

    def __init__(self, engine: Engine, by_company: int = BY_COMPANY) -> None:
        self.turns = turns_of(engine, by_company)
        self.upkeep = Turns(1, 1)
        self.recounts = Turns(2, 1, seconds=_RECOUNT_WAITS)
        self._engine = engine
        self._validators = Validators(engine)
        self._flights: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Flight]] = WeakKeyDictionary()

    async def answer(
        self,
        request: Request,
        company: Company,
        question: Mapping[str, Any],
        ask: Ask,
        *,
        now: datetime,
        from_memory: Ask | None = None,
        reply_with: Callable[[Any], Reply] = as_json,
    ) -> Response:
        """The answer to a question, or 304 if the client has it.

        Args:
            request: says what the client has.
            company: who asks.
            question: what is asked, in plain values: equal ones have equal answers.
            ask: answers within the scope of the company, and may wait.
            now: of the question, to the minute.
            from_memory: answers at once, or raises `WouldWaitError`.
            reply_with: makes the reply of what `ask` gives; it may take its time.
        """
        engine = self._engine
        scope = await ask_accounts(engine.accounts, engine.answers.scope, company, now)
        validator = self._validators.of(scope, question)
        if is_known(request, validator):
            return not_modified(validator)
        reply = _from_memory(from_memory, scope) if from_memory else None
        if reply is None:
            shared = self._shared(validator, company.id, lambda: reply_with(ask(scope)))
            reply = await _unless_gone(request, shared)
        if reply is None:
            return Response(status_code=CLIENT_GONE)
        kept = {"ETag": validator, "Cache-Control": REVALIDATED}
        headers = {**(kept if reply.lasts else {"Cache-Control": "no-store"}), **reply.headers}
        return Response(reply.content, 200, headers, reply.media_type)

    async def _shared(self, validator: str, company_id: str, ask: Callable[[], Reply]) -> Reply:
        """What one of those who ask the same finds, for all of them. If all of them go away, so does it."""
        flights = self._flights.setdefault(asyncio.get_running_loop(), {})
        flight = flights.get(validator)
        if flight is None:
            flight = flights[validator] = _Flight(asyncio.ensure_future(self.turns.run(company_id, ask)))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.task.done() or not flight.waiting:
                flight.task.cancel()
                if flights.get(validator) is flight:
                    del flights[validator]


@dataclass(slots=True)
class _Flight:
    """A question on its way to its answer, and how many wait for that."""

    task: asyncio.Task[Reply]
    waiting: int = 0


async def _unless_gone(request: Request, answer: Coroutine[Any, Any, T]) -> T | None:
    """What a coroutine returns; None if the client goes away before, which cancels it."""
    answering = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        return answering.result() if answering.done() else None
    finally:
        leaving.cancel()
        answering.cancel()


async def _gone(request: Request) -> None:
    """Return when the client is gone. The body of the request must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _from_memory(ask: Ask, scope: Scope) -> Reply | None:
    try:
        return as_json(ask(scope))
    except WouldWaitError:
        return None
