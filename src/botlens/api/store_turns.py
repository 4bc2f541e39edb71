"""Turns by store: where companies lie on several, those of one that is slow take no turn from the others."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from botlens.api.turns import LONGEST_LINE, TRY_AGAIN, Turns
from botlens.engine import Engine
from botlens.errors import TooManyRequestsError
from botlens.store.shards import Shards

T = TypeVar("T")

_LONGEST_WAIT = 10.0
_PAUSE = 0.02


class StoreTurns:
    """Runs each question in a turn of the store that its company lies on: see `Turns`.

    Args:
        each: of the stores.
        store_of: the number of the store of a company.
        is_held: whether nothing of a company may be written for a moment. Most questions write what is
            pending first, so they wait for that before they have a turn, which others could use: as many of
            one company as may wait for a turn.
    """

    def __init__(
        self, each: Sequence[Turns], store_of: Callable[[str], int], is_held: Callable[[str], bool]
    ) -> None:
        self._each = each
        self._store_of = store_of
        self._is_held = is_held
        self._held: Counter[str] = Counter()

    async def run(self, company_id: str, work: Callable[[], T], *, patient: bool = False) -> T:
        """See `Turns.run`."""
        if self._is_held(company_id):
            await self._wait(company_id, patient=patient)
        return await self._each[self._store_of(company_id)].run(company_id, work, patient=patient)

    @property
    def running(self) -> int:
        """Turns that are taken now."""
        return sum(each.running for each in self._each)

    @property
    def waiting(self) -> int:
        """Questions that wait for one."""
        return sum(each.waiting for each in self._each) + self._held.total()

    async def _wait(self, company_id: str, *, patient: bool) -> None:
        """Wait while a company is held; the loop looks for each, so there may not be many."""
        if not patient and self._held[company_id] >= LONGEST_LINE:
            raise _too_many()
        self._held[company_id] += 1
        until = time.monotonic() + _LONGEST_WAIT
        try:
            while self._is_held(company_id) and time.monotonic() < until:  # noqa: ASYNC110 - set by a thread
                await asyncio.sleep(_PAUSE)
        finally:
            self._held[company_id] -= 1
            if not self._held[company_id]:
                del self._held[company_id]


def turns_of(engine: Engine, by_company: int) -> StoreTurns:
    """The turns of an engine: as many of each store as that serves at once.

    Args:
        engine: has one store, or the shards of a cluster.
        by_company: how many questions of one company run at once.
    """
    store, cluster = engine.store, engine.cluster
    by_company = min(by_company, store.readers)
    if cluster is None or not isinstance(store, Shards):
        return StoreTurns([Turns(store.readers, by_company)], lambda _: 0, lambda _: False)
    last = len(store.each) - 1  # no company of one that was added since is here
    return StoreTurns(
        [Turns(each.readers, by_company) for each in store.each],
        lambda company_id: min(cluster.shard_of(company_id), last),
        cluster.is_held,
    )


def _too_many() -> TooManyRequestsError:
    return TooManyRequestsError(
        "Your company is being moved for a moment, and many of its questions wait for that. Ask again after "
        "Retry-After.",
        retry_after=TRY_AGAIN,
        code="too_many_questions",
    )
