"""Derives all facts by the definitions of this version, beside the ones that serve meanwhile.

The code of the older definition is gone. So until the end questions are answered from what it made of those
conversations that nothing has come for since, and from what this version makes of the others; the
`definition_version` of an answer is the older one. What is committed is written to both tables, so that a
process that is killed begins again with nothing missing. See decision 0026.
"""

import structlog

from botlens.commit.derivation import Derivation
from botlens.commit.room.flusher import Flusher
from botlens.commit.room.ledger import Ledger
from botlens.jobs.workers import Worker
from botlens.live.registry import LiveNumbers
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse
from botlens.store.facts import chatbots_with_events, compact
from botlens.store.upgrades import complete

log = structlog.get_logger(__name__)

_JOIN_SECONDS = 5.0


class Upgrade:
    """Fills the table of facts that `store.facts` says is to be built, and lets it take its place.

    Args:
        store: whose.
        ledger: is asked to invalidate all remembered answers afterwards.
        flusher: stops writes for the moment of the change.
        derivation: derives.
        live: has no numbers meanwhile.
        telemetry: counts what fails.
        health: watches the thread.
    """

    def __init__(
        self,
        store: ClickHouse,
        ledger: Ledger,
        flusher: Flusher,
        derivation: Derivation,
        live: LiveNumbers,
        telemetry: Telemetry,
        health: Health,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._flusher = flusher
        self._derivation = derivation
        self._live = live
        self._done: set[tuple[str, str]] = set()
        self._stopping = False
        self._failure: Exception | None = None
        self._worker: Worker | None = None
        if store.facts.building is not None:
            live.suspend_all()
            self._worker = Worker("upgrade", self._try, telemetry=telemetry, health=health)

    def begin(self, patience: float) -> None:
        """Begin, if there is anything to do: after what the journal held has been brought in.

        Where nothing can serve meanwhile, this returns at the end. Else it returns after `patience` seconds
        at the latest: a small store is done by then.

        Raises:
            BotlensError: nothing can serve, and the facts could not be derived.
        """
        tables = self._store.facts
        if self._worker is None:
            return
        if tables.building == tables.serving:
            self._worker = None
            self._round()
            return
        self._worker.start()
        self._worker.join(patience)

    def wait(self) -> None:
        """Wait for the end.

        Raises:
            Exception: what the facts could not be derived for; it is tried again.
        """
        while self._worker is not None and not self._worker.join(_JOIN_SECONDS):
            if self._failure is not None:
                raise self._failure

    def stop(self) -> None:
        """End soon; the next start begins again."""
        self._stopping = True
        if self._worker is not None and self._worker.started:
            self._worker.stop()
            self._worker.join(_JOIN_SECONDS)

    def _try(self) -> bool:
        try:
            self._round()
        except Exception as error:
            self._failure = error
            raise
        return False

    def _round(self) -> None:
        """Go on until the end."""
        for key in chatbots_with_events(self._store):
            if key not in self._done and self._derivation.build(*key, lambda: self._stopping):
                self._done.add(key)
        building = self._store.facts.building
        if building is not None and not self._stopping:
            compact(self._store, building)
            self._take_its_place()

    def _take_its_place(self) -> None:
        with self._flusher.alone():
            complete(self._store)
        self._ledger.change_all()
        self._live.resume_all()
        log.info("facts_are_derived", definition=self._store.facts.definition)
        if self._worker is not None:
            self._worker.stop()  # it ends, and nobody need worry
