"""Chatbots whose facts must be made anew, remembered in PostgreSQL until they are.

As the journal, these rows are written and deleted by the owner of the slot alone: what one that was taken
for dead finishes late, its successor may have begun anew.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Lock

from botlens.cluster.holdings import Holdings
from botlens.commit.intentions import Intentions
from botlens.database.single import SingleStatements
from botlens.errors import BotlensError, NotHereError, OverloadedError

REBUILDS, LOADS = "rebuild", "load"
_OWNED = "FROM botlens.slots WHERE slot = %(slot)s AND epoch = %(epoch)s FOR SHARE"
_Key = tuple[str, str]


class TableIntentions(Intentions):
    """Intentions of one kind.

    Args:
        statements: run each.
        holdings: the slots that this process has.
        kind: what is to be done.
        ended: called when a slot has ended; it must be quick.
    """

    def __init__(
        self, statements: SingleStatements, holdings: Holdings, kind: str, ended: Callable[[], None]
    ) -> None:
        self._statements = statements
        self._holdings = holdings
        self._kind = kind
        self._ended = ended
        self._lock = Lock()
        self._intended: Counter[_Key] = Counter()
        self._noted: set[_Key] = set()

    @contextmanager
    def intended(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """See `Intentions`."""
        key = (company_id, chatbot_id)
        with self._lock:
            self._write_down(key)
            self._intended[key] += 1
        ended_well = False
        try:
            yield
            ended_well = True
        except BotlensError as error:
            ended_well = error.status < OverloadedError.status
            raise
        finally:
            with self._lock:
                self._intended[key] -= 1
                if ended_well:
                    self._forget(key)

    def note(self, company_id: str, chatbot_id: str) -> None:
        """See `Intentions`."""
        key = (company_id, chatbot_id)
        with self._lock:
            if key not in self._noted:
                self._write_down(key)
                self._noted.add(key)

    def done(self, company_id: str, chatbot_id: str) -> None:
        """See `Intentions`."""
        key = (company_id, chatbot_id)
        with self._lock:
            self._noted.discard(key)
            self._forget(key)

    def unfinished(self) -> list[_Key]:
        """Nothing is known before a slot is opened: see `unfinished_of`."""
        return []

    def unfinished_of(self, slots: Collection[int]) -> list[_Key]:
        """The (company id, chatbot id) of what earlier owners of some slots intended and did not finish."""
        rows = self._statements.run(
            "SELECT company_id, chatbot_id FROM botlens.intentions WHERE kind = %(kind)s "
            "AND slot = ANY(%(slots)s) ORDER BY 1, 2",
            {"kind": self._kind, "slots": list(slots)},
        )
        return [(row[0], row[1]) for row in rows]

    def drop(self, belongs: Callable[[str], bool]) -> None:
        """Another process has these companies, and their rows."""
        with self._lock:
            self._noted = {key for key in self._noted if not belongs(key[0])}

    def write(self, company_id: str, chatbot_id: str, slot: int, epoch: int) -> None:
        """Write a row, for a slot that is not open yet.

        Raises:
            NotHereError: another node has it.
        """
        written = self._statements.run(
            "INSERT INTO botlens.intentions (kind, company_id, chatbot_id, slot) "
            f"SELECT %(kind)s, %(company)s, %(chatbot)s, slot FROM (SELECT slot {_OWNED}) AS owned "
            "ON CONFLICT (kind, company_id, chatbot_id) DO UPDATE SET slot = EXCLUDED.slot RETURNING slot",
            {
                "kind": self._kind,
                "company": company_id,
                "chatbot": chatbot_id,
                "slot": slot,
                "epoch": epoch,
            },
        )
        if not written:
            raise NotHereError

    def _write_down(self, key: _Key) -> None:
        holding = self._holdings.of(key[0])
        try:
            self.write(*key, holding.slot, holding.epoch)
        except NotHereError:
            self._holdings.end([holding])
            self._ended()
            raise

    def _forget(self, key: _Key) -> None:
        """Delete the row if nobody wants it any more; one that stays makes work, and nothing wrong."""
        if self._intended[key] or key in self._noted:
            return
        del self._intended[key]
        try:
            holding = self._holdings.of(key[0])
            self._statements.run(
                "DELETE FROM botlens.intentions WHERE kind = %(kind)s AND company_id = %(company)s "
                f"AND chatbot_id = %(chatbot)s AND EXISTS (SELECT 1 {_OWNED})",
                {
                    "kind": self._kind,
                    "company": key[0],
                    "chatbot": key[1],
                    "slot": holding.slot,
                    "epoch": holding.epoch,
                },
            )
        except OverloadedError:
            return
