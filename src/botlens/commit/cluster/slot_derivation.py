"""The facts of slots that another definition kept: how far ours are, and what they lack, derived.

Nobody else has the slot meanwhile, and nobody is answered: see decision 0052.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock

import structlog

from botlens.cluster.holdings import NUMBER_BITS, ShardHoldings, SlotHolding
from botlens.cluster.slot_facts import NOTHING, SlotFacts, SlotFactsTable, facts_anew
from botlens.cluster.slots import slot_of
from botlens.commit.cluster.table_intentions import TableIntentions
from botlens.commit.counted_intentions import IntentionKey
from botlens.commit.journaling import Commit
from botlens.commit.room.pending import Pending
from botlens.commit.thresholds import ThresholdBook
from botlens.database.single import SingleStatements
from botlens.errors import NotHereError
from botlens.events.lines import records_of
from botlens.metrics.facts import derive
from botlens.store.connection import ClickHouse
from botlens.store.facts import chatbots_with_events
from botlens.store.raw_events import conversations_since, load_states, stored_sizes
from botlens.store.reading import CompanyReader

log = structlog.get_logger(__name__)

_MOST_ONE_BY_ONE = 20_000
"""Of so many conversations of a company; of more, all facts of its largest chatbots are, in columns."""

_CONVERSATIONS_AT_ONCE, _RECORDS_AT_ONCE = 1_000, 50_000

_Key = tuple[str, str]
"""(chatbot id, conversation id)"""


class SlotDerivation:
    """Brings the facts of slots to the definition of this process.

    Args:
        store: the shard.
        book: knows thresholds.
        statements: to PostgreSQL.
        holdings: the slots of this process at the shard.
        ended: see `TableIntentions`.
    """

    def __init__(
        self,
        store: ClickHouse,
        book: ThresholdBook,
        statements: SingleStatements,
        holdings: ShardHoldings,
        ended: Callable[[], None],
    ) -> None:
        self._store = store
        self._book = book
        self._table = SlotFactsTable(statements)
        self._definition = store.facts.definition
        self._anew = TableIntentions(statements, holdings, facts_anew(self._definition), ended)
        self._catching_up = Lock()  # one at a time: flushes and commits read over the same connections

    def of(self, slots: Sequence[int]) -> dict[int, SlotFacts]:
        """What is known of the facts of slots."""
        return self._table.of(slots)

    def is_whole(self, facts: SlotFacts) -> bool:
        """Whether facts are whole by the definition of this process, but for what is in the journal."""
        return facts.is_whole(self._definition)

    def keep(self, holding: SlotHolding, facts: SlotFacts, oldest: Commit | None) -> None:
        """Have facts be kept by the definition of this process; to be called before any are written.

        Args:
            holding: the slot.
            facts: of it.
            oldest: what is in its journal, and may not be in the facts of before.

        Raises:
            NotHereError: another node has the slot.
        """
        if facts.kept == self._definition:
            return
        first = holding.epoch << NUMBER_BITS
        if oldest is not None:
            arrivals = (each.arrival for _, lines in oldest for each in records_of(lines))
            first = min(arrivals, default=first)
        self._table.keep(holding.slot, holding.epoch, self._definition, first - 1)

    def catch_up(self, holding: SlotHolding) -> None:
        """Derive the facts of conversations of which something came since; note what is to be made anew.

        To be called when what was in the journal is in the store, and before the slot works.

        Raises:
            BotlensError: the shard or PostgreSQL does not answer, or another node has the slot.
        """
        with self._catching_up:
            if not holding.lasts:  # others came first, for long
                raise NotHereError
            self._catch_up(holding)

    def _catch_up(self, holding: SlotHolding) -> None:
        upto = self._table.of([holding.slot])[holding.slot].upto[self._definition]
        latest = (holding.epoch << NUMBER_BITS) - 1
        if upto == NOTHING:
            every = [each for each in chatbots_with_events(self._store) if slot_of(each[0]) == holding.slot]
            self._table.intend(holding.slot, holding.epoch, self._definition, latest, every)
            return
        anew = set(self._anew.unfinished_of([holding.slot]))
        many: list[IntentionKey] = []
        for company_id in self._companies_of(holding.slot):
            reader = CompanyReader(self._store, company_id)
            keys, large = conversations_since(reader, upto, _MOST_ONE_BY_ONE)
            many += [(company_id, each) for each in large]
            some = [each for each in keys if (company_id, each[0]) not in anew]
            self._derive(holding, company_id, some)
        self._table.intend(holding.slot, holding.epoch, self._definition, latest, many)

    def _companies_of(self, slot: int) -> list[str]:
        """The companies of a slot that have events."""
        companies = {company_id for company_id, _ in chatbots_with_events(self._store)}
        return sorted(each for each in companies if slot_of(each) == slot)

    def _derive(self, holding: SlotHolding, company_id: str, keys: Sequence[_Key]) -> None:
        """Write facts of some conversations, which nobody writes to meanwhile, above all that are there.

        Where they move to another day, tables of other definitions hear nothing of it: there they are as that
        definition has them.
        """
        thresholds = self._book.of(company_id)
        reader = CompanyReader(self._store, company_id)
        for part in _parts(keys, lambda some: stored_sizes(reader, some)):
            holding.number += 1
            pending = Pending()
            for key, state in load_states(reader, part).items():
                facts = derive(*key, state, thresholds.of(key[0]))
                pending.put((company_id, *key), holding.number, facts)
            pending.find_moved(self._store)
            if not holding.lasts:  # asked last: what was read is old if another has had the slot meanwhile
                raise NotHereError
            pending.insert_derived(self._store, beside=False)

    def unfinished_of(self, slots: Sequence[int]) -> dict[int, list[IntentionKey]]:
        """The chatbots of slots whose facts are to be made anew by the definition of this process."""
        found: defaultdict[int, list[IntentionKey]] = defaultdict(list)
        for key in self._anew.unfinished_of(slots):
            found[slot_of(key[0])].append(key)
        return found

    def done(self, company_id: str, chatbot_id: str) -> None:
        """The facts of a chatbot are there."""
        self._anew.done(company_id, chatbot_id)

    def whole(self, holding: SlotHolding) -> None:
        """All facts of a slot are there."""
        self._table.whole(holding.slot, holding.epoch, self._definition)
        log.info("slot_derived", slot=holding.slot, epoch=holding.epoch, definition=self._definition)


def _parts(
    keys: Sequence[_Key],
    sizes_of: Callable[[Sequence[_Key]], Mapping[_Key, int]],
) -> Iterable[list[_Key]]:
    """Some conversations at a time, of which not many records are in memory together."""
    for at in range(0, len(keys), _CONVERSATIONS_AT_ONCE):
        some = keys[at : at + _CONVERSATIONS_AT_ONCE]
        sizes = sizes_of(some)
        part: list[_Key] = []
        records = 0
        for key in some:
            size = sizes.get(key, 1)
            if part and records + size > _RECORDS_AT_ONCE:
                yield part
                part, records = [], 0
            part.append(key)
            records += size
        yield part
