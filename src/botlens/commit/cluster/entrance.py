"""The way into a shard: it is marked and gets its tables when it answers; until then no slot of it is taken.

So a node begins while a shard is down, and has the companies of the others meanwhile. From then on a thread
of each shard's own looks whether it answers: whatever is the matter with another one, or with the accounts,
delays no look at it.
"""

from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic

import structlog

from botlens.errors import BotlensError, cause_of
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse, IsOwn
from botlens.store.failures import OtherStoreError, StoreError
from botlens.store.parts import PING_SECONDS

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 1.0
_LOOK_SECONDS = 2.0
_UNSEEN_SECONDS = 60.0
"""A look that takes longer hangs."""
_LONG_LOOKS = 4
"""How many times as long a look may take once it is silent: nobody waits for it by then. To connect takes
several statements, and each look would begin anew with them."""
_SLOW_LOOKS = 2
"""The same where others are answered, who would wait for so long if it fell silent now."""


class ShardEntrance:
    """Opens a shard, and says whether it answers.

    Args:
        store: the shard; it need not be connected.
        number: of it, from 1.
        prepare: marks it, makes its tables, and gives what looks whether a server has it; called until it
            succeeds. None: that is done already.

    Attributes:
        is_open: whether slots of it may be taken.
    """

    def __init__(
        self, store: ClickHouse, number: int = 1, prepare: Callable[[], IsOwn | None] | None = None
    ) -> None:
        self.store = store
        self.is_open = prepare is None
        self._number = number
        self._prepare = prepare or (lambda: None)
        self._is_own: IsOwn | None = None
        self._is_other = False
        self._error: BotlensError | None = None
        self._silent_since: float | None = None if self.is_open else monotonic()
        self._failed_looks = 0
        self._looked_at = monotonic()
        self._tried, self._stopped = Event(), Event()
        self._worker: Worker | None = None

    def begin(self, telemetry: Telemetry, health: Health) -> None:
        """Try to open it, until that succeeds; then look after it."""
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
        unseen = monotonic() - self._looked_at
        if self._worker is not None and unseen > _UNSEEN_SECONDS:
            return f"shard {self._number} was not looked at for {unseen:.0f} s: start this node anew"
        if self._silent_since is None:
            return None
        if self._is_other:
            return (
                f"the address of shard {self._number} leads to another database by now, where nothing is "
                "written: correct that, or BOTLENS_SHARDS"
            )
        return (
            f"shard {self._number} does not answer: look after its server, or correct BOTLENS_SHARDS; "
            "`botlens doctor` says more"
        )

    def ping(self) -> bool:
        """Whether it can be used now; waits some seconds for that. Else nobody waits for it any more."""
        if self.is_open:
            # If something else was answered as a look began, nobody was given up: the next one does it.
            long = _LONG_LOOKS if self.store.is_silent else _SLOW_LOOKS if self._failed_looks > 1 else 1
            try:
                self.store.ping(PING_SECONDS * long, self._is_own)
            except BotlensError as error:
                self._failed_looks += 1
                self._is_other = isinstance(error, OtherStoreError)
                self._is_silent(error)
            else:
                self._failed_looks, self._is_other = 0, False
                self._answers()
            self._looked_at = monotonic()
        return self.problem() is None

    def _is_silent(self, error: BotlensError) -> None:
        if self._silent_since is None and not self._stopped.is_set():
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
            if not self.is_open:  # a look changes nothing there
                self._worker.join(_AGAIN_SECONDS)

    def _round(self) -> bool:
        if self.is_open:
            begun = monotonic()
            self.ping()
            return not self._stopped.wait(max(0.0, begun + _LOOK_SECONDS - monotonic()))
        try:
            self._is_own = self._prepare()
        except BotlensError as error:
            if self._error is None or self._error.message != error.message:
                log.error(  # noqa: TRY400 - the sentence says it all
                    "shard_not_open", shard=self._number, reason=error.message, cause=cause_of(error)
                )
            self._error = error
        else:
            if self._error is not None:
                log.warning("shard_open", shard=self._number)
            self._looked_at = monotonic()
            self._error, self._silent_since, self.is_open = None, None, True
        self._tried.set()
        return not self._stopped.wait(_AGAIN_SECONDS)


def try_all(entrances: Sequence[ShardEntrance], seconds: float) -> None:
    """Wait until each was tried once, or for so long all in all.

    Raises:
        BotlensError: one answers, and botlens must not work with it.
    """
    until = monotonic() + seconds
    for each in entrances:
        each.wait(max(0.0, until - monotonic()))


def require_one(entrances: Sequence[ShardEntrance]) -> None:
    """Pass if one of them can be used: the companies of that one are served, whatever the others do.

    Raises:
        StoreError: none can, as far as is known; nobody is asked.
    """
    if all(each.problem() for each in entrances):
        raise StoreError
