"""The way into a shard: it is marked and gets its tables when it answers; until then no slot of it is taken.

So a node begins while a shard is down, and has the companies of the others meanwhile.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic

import structlog

from botlens.errors import BotlensError
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse, StoreError
from botlens.store.parts import PING_SECONDS

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 1.0


class ShardEntrance:
    """Opens a shard, and says whether it answers.

    Args:
        store: the shard; it need not be connected.
        number: of it, from 1.
        prepare: marks it, and makes its tables; called until it succeeds. None: that is done already.

    Attributes:
        is_open: whether slots of it may be taken.
    """

    def __init__(self, store: ClickHouse, number: int = 1, prepare: Callable[[], None] | None = None) -> None:
        self.store = store
        self.is_open = prepare is None
        self._number = number
        self._prepare = prepare or (lambda: None)
        self._error: BotlensError | None = None
        self._silent_since: float | None = None if self.is_open else monotonic()
        self._tried, self._stopped = Event(), Event()
        self._worker: Worker | None = None

    def begin(self, telemetry: Telemetry, health: Health) -> None:
        """Try to open it, until that succeeds."""
        name = f"shard-{self._number}"
        self._worker = Worker(name, self._round, telemetry=telemetry, health=health)
        health.watch_warning(name, self.problem)
        self._worker.start()

    def wait(self, seconds: float) -> None:
        """Wait until it was tried once, or for so long.

        Raises:
            BotlensError: it answers, and botlens must not work with it.
        """
        self._tried.wait(seconds)
        if self._error is not None and type(self._error) is not StoreError:
            raise self._error

    @property
    def silent_for(self) -> float:
        """For how many seconds it could not be used; 0 if it could when it was asked last."""
        since = self._silent_since
        return 0.0 if since is None else max(monotonic() - since, 1e-3)

    def problem(self) -> str | None:
        """Why it cannot be used now, or None."""
        if not self.is_open:
            return self._error.message if self._error else f"shard {self._number} has not answered yet"
        if self._silent_since is None:
            return None
        return (
            f"shard {self._number} does not answer: look after its server, or correct BOTLENS_SHARDS; "
            "`botlens doctor` says more"
        )

    def ping(self) -> bool:
        """Whether it can be used now; waits some seconds for that. Else nobody waits for it any more."""
        if self.is_open:
            try:
                self.store.ping(PING_SECONDS)
            except BotlensError as error:
                self._is_silent(error)
            else:
                self._answers()
        return self.problem() is None

    def _is_silent(self, error: BotlensError) -> None:
        if self._silent_since is None:
            log.error("shard_silent", shard=self._number, cause=repr(error.__cause__ or error))
            self._silent_since = monotonic()

    def _answers(self) -> None:
        if self._silent_since is not None:
            log.warning("shard_answers_again", shard=self._number, after=round(self.silent_for, 1))
            self._silent_since = None

    def close(self) -> None:
        """Try it no more."""
        self._stopped.set()
        if self._worker is not None:
            self._worker.stop()
            self._worker.join(_AGAIN_SECONDS)

    def _round(self) -> bool:
        try:
            self._prepare()
        except BotlensError as error:
            if self._error is None or self._error.message != error.message:
                log.error(  # noqa: TRY400 - the sentence says it all
                    "shard_not_open", shard=self._number, reason=error.message
                )
            self._error = error
        else:
            if self._error is not None:
                log.warning("shard_open", shard=self._number)
            self._error, self._silent_since, self.is_open = None, None, True
            if self._worker is not None:
                self._worker.stop()
        self._tried.set()
        return not self.is_open and not self._stopped.wait(_AGAIN_SECONDS)


def try_all(entrances: Sequence[ShardEntrance], seconds: float) -> None:
    """Wait until each was tried once, or for so long all in all.

    Raises:
        BotlensError: one answers, and botlens must not work with it.
    """
    until = monotonic() + seconds
    for each in entrances:
        each.wait(max(0.0, until - monotonic()))


def ping_all(entrances: Sequence[ShardEntrance]) -> None:
    """Pass if one of them can be used: the companies of that one are served, whatever the others do.

    They are asked side by side, so that one that is silent delays no look at another.

    Raises:
        StoreError: none can.
    """
    with ThreadPoolExecutor(len(entrances), "botlens-look") as pool:
        answered = list(pool.map(ShardEntrance.ping, entrances))
    if not any(answered):
        raise StoreError
