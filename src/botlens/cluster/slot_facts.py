"""By which definition the facts of slots are kept, and how far those of other definitions are, in PostgreSQL.

Each definition has a table of its own on each shard, which nodes of other definitions do not write. A slot
says by which definition its facts are kept now: that of the owner who brought its journal in last. For each
other definition that ever kept them there is a row: the facts in its table know the raw events up to an
arrival. Chatbots of which not even that is so, since their facts were made anew while another kept them, have
an intention of that definition. Whoever opens a slot by another definition than that of before says first how
far that one is, and derives then what came since. Before that is done nobody is answered.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from botlens.database.single import SingleStatements
from botlens.errors import NotHereError

NOTHING: int = -1
"""Up to which arrival the facts are that nobody has derived yet: all chatbots are to be made anew."""

_OWNED = "SELECT slot, facts FROM botlens.slots WHERE slot = %(slot)s AND epoch = %(epoch)s"


def facts_anew(definition: int) -> str:
    """The kind of the intention to make all facts of a chatbot anew by a definition."""
    return f"facts {definition}"


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What is known of the facts of a slot.

    Attributes:
        kept: the definition by which they are kept.
        upto: by definition, where facts are not whole: the arrival up to which they know raw events.
    """

    kept: int
    upto: Mapping[int, int] = field(default_factory=dict)

    def is_whole(self, definition: int) -> bool:
        """Whether the facts of a definition are whole, but for what is in the journal."""
        return self.kept == definition and definition not in self.upto


class SlotFactsTable:
    """Reads and changes it. For any thread; each method is one statement.

    Args:
        statements: run each.
    """

    def __init__(self, statements: SingleStatements) -> None:
        self._statements = statements

    def of(self, slots: Collection[int]) -> dict[int, SlotFacts]:
        """What is known of some slots."""
        rows = self._statements.run(
            "SELECT held.slot, held.facts, each.definition, each.upto FROM botlens.slots AS held "
            "LEFT JOIN botlens.slot_facts AS each ON each.slot = held.slot "
            "WHERE held.slot = ANY(%(slots)s)",
            {"slots": list(slots)},
        )
        upto: dict[int, dict[int, int]] = {}
        kept: dict[int, int] = {}
        for slot, facts, definition, arrival in rows:
            kept[slot] = facts
            if definition is not None:
                upto.setdefault(slot, {})[definition] = arrival
        return {slot: SlotFacts(facts, upto.get(slot, {})) for slot, facts in kept.items()}

    def keep(self, slot: int, epoch: int, definition: int, upto: int) -> None:
        """Have the facts of a slot be kept by another definition, before anything is done by it.

        Those of the definition of before are whole up to an arrival, unless they never were; of the chatbots
        that were to be made anew, or counted, they are not.

        Args:
            slot: which.
            epoch: of its owner.
            definition: by which they are kept from now on.
            upto: what is above it may not be in the facts of the definition of before.

        Raises:
            NotHereError: another node has the slot.
        """
        kept = self._statements.run(
            f"WITH held AS ({_OWNED} FOR UPDATE), "
            "before AS (INSERT INTO botlens.slot_facts AS known (slot, definition, upto) "
            "SELECT slot, facts, %(upto)s::bigint FROM held WHERE facts != %(definition)s "
            "ON CONFLICT (slot, definition) DO UPDATE SET upto = LEAST(known.upto, EXCLUDED.upto)), "
            "anew AS (INSERT INTO botlens.intentions (kind, company_id, chatbot_id, slot) "
            "SELECT DISTINCT 'facts ' || held.facts, each.company_id, each.chatbot_id, held.slot "
            "FROM held JOIN botlens.intentions AS each USING (slot) "
            "WHERE held.facts != %(definition)s AND each.kind IN ('rebuild', 'load') "
            "ON CONFLICT (kind, company_id, chatbot_id) DO UPDATE SET slot = EXCLUDED.slot), "
            "own AS (INSERT INTO botlens.slot_facts (slot, definition, upto) "
            f"SELECT slot, %(definition)s::integer, {NOTHING} FROM held WHERE facts != %(definition)s "
            "ON CONFLICT (slot, definition) DO NOTHING) "
            "UPDATE botlens.slots AS each SET facts = %(definition)s FROM held "
            "WHERE each.slot = held.slot RETURNING each.slot",
            {"slot": slot, "epoch": epoch, "definition": definition, "upto": upto},
        )
        if not kept:
            raise NotHereError

    def intend(
        self, slot: int, epoch: int, definition: int, upto: int, anew: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Say that the facts of a definition know all up to an arrival, but for those of some chatbots.

        Args:
            slot: which.
            epoch: of its owner.
            definition: which.
            upto: that arrival.
            anew: (company id, chatbot id) of those whose facts are to be made anew first.

        Raises:
            NotHereError: another node has the slot.
        """
        known = self._statements.run(
            f"WITH held AS ({_OWNED} FOR SHARE), "
            "anew AS (INSERT INTO botlens.intentions (kind, company_id, chatbot_id, slot) "
            "SELECT %(kind)s, each.company_id, each.chatbot_id, held.slot FROM held, "
            "unnest(%(companies)s::text[], %(chatbots)s::text[]) AS each (company_id, chatbot_id) "
            "ON CONFLICT (kind, company_id, chatbot_id) DO UPDATE SET slot = EXCLUDED.slot) "
            "UPDATE botlens.slot_facts AS each SET upto = %(upto)s FROM held "
            "WHERE each.slot = held.slot AND each.definition = %(definition)s RETURNING each.slot",
            {
                "slot": slot,
                "epoch": epoch,
                "definition": definition,
                "upto": upto,
                "kind": facts_anew(definition),
                "companies": [company_id for company_id, _ in anew],
                "chatbots": [chatbot_id for _, chatbot_id in anew],
            },
        )
        if not known:
            raise NotHereError

    def whole(self, slot: int, epoch: int, definition: int) -> None:
        """Say that the facts of a definition are whole, by which they are kept: nothing is intended any more.

        Raises:
            NotHereError: another node has the slot.
        """
        owned = self._statements.run(
            f"WITH held AS ({_OWNED} FOR SHARE), "
            "gone AS (DELETE FROM botlens.slot_facts AS each USING held "
            "WHERE each.slot = held.slot AND each.definition = %(definition)s) SELECT slot FROM held",
            {"slot": slot, "epoch": epoch, "definition": definition},
        )
        if not owned:
            raise NotHereError

    def begin_anew(self, shard: int, definition: int) -> None:
        """Nothing is known any more of the facts of a definition at a shard: it has no table of them."""
        self._statements.run(
            "WITH gone AS (DELETE FROM botlens.slot_facts AS each USING botlens.slots AS held "
            "WHERE each.slot = held.slot AND held.shard = %(shard)s AND held.facts != %(definition)s "
            "AND each.definition = %(definition)s) "
            "INSERT INTO botlens.slot_facts (slot, definition, upto) "
            f"SELECT slot, %(definition)s::integer, {NOTHING} FROM botlens.slots "
            "WHERE shard = %(shard)s AND facts = %(definition)s "
            f"ON CONFLICT (slot, definition) DO UPDATE SET upto = {NOTHING}",
            {"shard": shard, "definition": definition},
        )
