"""Takes all events of a chatbot, or of a company, out of the store, the memory and the journal.

It may be cut off anywhere and begun anew: that it is not done is remembered by whoever calls it (see
`upkeep.erasure`), and until it is done nothing of the same name can be created.
"""

from contextlib import ExitStack
from functools import partial

from botlens.commit.derivation import Derivation
from botlens.commit.journaling import JournalPart
from botlens.commit.port import Wait
from botlens.commit.room.flusher import Flusher
from botlens.commit.room.ledger import Ledger
from botlens.commit.room.recounts import Recounts
from botlens.errors import OverloadedError
from botlens.store.connection import ClickHouse
from botlens.store.erasing_again import erase_again
from botlens.store.erasure import WholeErasure

_LONGEST_WAIT = 1.0
_JOURNAL_LOOKS = 30
_INSERT_LOOKS = 75
_MAY_COME = (
    "The event store may still be doing an insert that it did not answer. It is tried again; if it stays so, "
    "start botlens anew."
)


class Eraser:
    """Erases what does not exist any more.

    Args:
        store: has the events and facts.
        ledger: knows states; its journal has what is not in the store yet.
        flusher: has the store hold what was committed.
        derivation: makes facts anew, which must not happen meanwhile.
        recounts: may want some made anew that failed before.
    """

    def __init__(
        self,
        store: ClickHouse,
        ledger: Ledger,
        flusher: Flusher,
        derivation: Derivation,
        recounts: Recounts,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._flusher = flusher
        self._derivation = derivation
        self._recounts = recounts

    def erase(self, company_id: str, chatbot_id: str | None, wait: Wait) -> None:
        """Erase a chatbot that does not exist any more; None is a company with all it has.

        When this returns nothing of it is left, and no restart brings anything back.

        Args:
            company_id: whose.
            chatbot_id: which.
            wait: called between looks at how far it is; what it raises ends the attempt.

        Raises:
            BotlensError: the store does not answer, or cannot rewrite its files.
            OSError: the journal cannot go on in a new file.
        """
        with self._ledger.lock:
            self._ledger.deleted.add(company_id, chatbot_id)
            self._ledger.thresholds.changed(company_id)  # who asked before may think that it exists
        with self._flusher.still(company_id):  # what was committed of it is in the store, and no more comes
            journal = self._ledger.rotate()
        self._wait_for_inserts(wait)
        every = WholeErasure(self._store, company_id, chatbot_id)
        chatbots = every.chatbots() if chatbot_id is None else [chatbot_id]
        with ExitStack() as stack:
            for each in chatbots:
                stack.enter_context(self._derivation.alone(company_id, each))
                self._recounts.forget(company_id, each)
            below = self._forget(company_id, chatbots)  # by now nobody makes facts of them anew
            still = partial(self._ledger.check_still, company_id)
            rows = WholeErasure(self._store, company_id, chatbot_id, below, still)
            rows.begin()
            rows.finish(wait)
            # Again, for what was read for an event that came too late, before the rows were gone.
            self._forget(company_id, chatbots)
        if not erase_again(self._store):  # one was given up meanwhile, of something that was under way
            raise OverloadedError(_MAY_COME)
        with self._flusher.writing(company_id):
            pass  # what was read meanwhile is of no one state, and its stamp is of the past by this
        self._wait_for_journal(journal, wait)

    def _forget(self, company_id: str, chatbots: list[str]) -> int:
        """Forget what is known of chatbots; returns a number above all that was committed of the company."""
        with self._flusher.still(company_id):
            for each in chatbots:
                self._ledger.invalidate(company_id, each)
            return self._ledger.next_arrival(company_id)

    def _wait_for_inserts(self, wait: Wait) -> None:
        """Until none can come that was begun before, and given up: rows of it would stay for good."""
        for _ in range(_INSERT_LOOKS):
            if erase_again(self._store):
                return
            wait(_LONGEST_WAIT)
        raise OverloadedError(_MAY_COME)

    def _wait_for_journal(self, files: list[JournalPart], wait: Wait) -> None:
        """Until no start of a process can read it from the journal again."""
        for _ in range(_JOURNAL_LOOKS):
            self._flusher.flush()
            if set(files).isdisjoint(self._ledger.sealed):
                return
            wait(_LONGEST_WAIT)
        raise OverloadedError("The journal is needed still, for other events that it has.")
