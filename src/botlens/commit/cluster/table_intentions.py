"""Chatbots whose facts must be made anew, remembered in PostgreSQL until they are.

As the journal, these rows are written and deleted by the owner of the slot alone: what one that was taken
for dead finishes late, its successor may have begun anew.
"""

from collections.abc import Callable, Collection

from botlens.cluster.holdings import ShardHoldings
from botlens.commit.counted_intentions import CountedIntentions, IntentionKey
from botlens.database.single import SingleStatements
from botlens.errors import NotHereError, OverloadedError

REBUILDS, LOADS = "rebuild", "load"
_OWNED = "FROM botlens.slots WHERE slot = %(slot)s AND epoch = %(epoch)s FOR SHARE"


class TableIntentions(CountedIntentions):
    """Intentions of one kind.

    Args:
        statements: run each.
        holdings: the slots that this process has.
        kind: what is to be done.
        ended: called when a slot has ended; it must be quick.
    """

    def __init__(
        self, statements: SingleStatements, holdings: ShardHoldings, kind: str, ended: Callable[[], None]
    ) -> None:
        super().__init__()
        self._statements = statements
        self._holdings = holdings
        self._kind = kind
        self._ended = ended

    def unfinished(self) -> list[IntentionKey]:
        """Nothing is known before a slot is opened: see `unfinished_of`."""
        return []

    def unfinished_of(self, slots: Collection[int]) -> list[IntentionKey]:
        """The (company id, chatbot id) of what earlier owners of some slots intended and did not finish."""
        rows = self._statements.run(
            "SELECT company_id, chatbot_id FROM botlens.intentions WHERE kind = %(kind)s "
            "AND slot = ANY(%(slots)s) ORDER BY 1, 2",
            {"kind": self._kind, "slots": list(slots)},
        )
        return [(row[0], row[1]) for row in rows]

    def write(self, company_id: str, chatbot_id: str, slot: int, epoch: int) -> None:
        """Write a row, for a slot that is not open yet.

        The facts that other definitions have of the chatbot are to be made anew before they serve again.

        Raises:
            NotHereError: another node has it.
        """
        written = self._statements.run(
            f"WITH owned AS (SELECT slot, facts {_OWNED}), "
            "others AS (INSERT INTO botlens.intentions (kind, company_id, chatbot_id, slot) "
            "SELECT 'facts ' || each.definition, %(company)s, %(chatbot)s, each.slot "
            "FROM botlens.slot_facts AS each JOIN owned USING (slot) WHERE each.definition != owned.facts "
            "ON CONFLICT (kind, company_id, chatbot_id) DO UPDATE SET slot = EXCLUDED.slot) "
            "INSERT INTO botlens.intentions (kind, company_id, chatbot_id, slot) "
            "SELECT %(kind)s, %(company)s, %(chatbot)s, slot FROM owned "
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

    def _write_down(self, key: IntentionKey) -> None:
        holding = self._holdings.of(key[0])
        try:
            self.write(*key, holding.slot, holding.epoch)
        except NotHereError:
            self._holdings.end([holding])
            self._ended()
            raise

    def _erase(self, key: IntentionKey) -> None:
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
