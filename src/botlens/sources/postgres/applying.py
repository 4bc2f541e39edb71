"""What is seen of rows becomes events: what is said anew, what is taken back, what has to wait.

Of one transaction all that is gone is looked at together, at its end: what another row says again is not
taken back, and if more than half of a table is gone at once nothing of it is.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, Final, cast

import pyarrow as pa
import structlog

from botlens.commit.source_commits import SourceCommits
from botlens.events.types import Deletion
from botlens.moments import EPOCH
from botlens.sources.postgres.asides import Asides
from botlens.sources.postgres.changes import RowChange
from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.mapping import TableMapping, TableName
from botlens.sources.postgres.moved_away import taken_from
from botlens.sources.postgres.outgoing import Outgoing
from botlens.sources.postgres.placing import Placing
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.row_transaction import EventName, Transaction, is_held
from botlens.sources.postgres.saying import RowSaying
from botlens.sources.postgres.seeing import Seen, see_changes, see_table
from botlens.sources.postgres.sheets import Spot
from botlens.sources.postgres.state import StateStore

log = structlog.get_logger(__name__)

_READ_AT_ONCE: Final = 500
"""Of a chatbot that is new so many conversations are read together: it may have a million."""

_TAKEN_AT_ONCE: Final = 50_000
"""Of what has moved so many events are in memory: there is one for each message that was ever said there."""


class Applying:
    """Takes what is seen of rows in. For one thread.

    Args:
        mapping: what is where.
        entities: all of them, as they are read.
        placing: where rows belong, to begin with.
        reader: for rows that must be read again.
        commits: take the events.
        store: keeps what is set aside.

    Attributes:
        held: by table, how many rows were gone at once of how many: nothing of that was taken back.
        stopped: tables that cannot be followed any more, and the column that is missing.
        last: the revision of the last that was taken in.
    """

    def __init__(
        self,
        mapping: TableMapping,
        entities: Sequence[ReadEntity],
        placing: Placing,
        reader: SourceReader,
        commits: SourceCommits,
        store: StateStore,
    ) -> None:
        self._mapping = mapping
        self.entities = entities
        self._reader = reader
        self._commits = commits
        self._outgoing = Outgoing(commits)
        self.asides = Asides(store, entities)
        self._saying = RowSaying(entities, placing, reader, self.asides, self._outgoing)
        self._open: Transaction | None = None
        self._moved: dict[Spot, int] = {}
        self.held: dict[TableName, tuple[int, int]] = {}
        self.stopped: dict[TableName, str] = {}
        self.last = 0

    @property
    def placing(self) -> Placing:
        """Where rows belong; a bridge begins with another one."""
        return self._saying.placing

    @placing.setter
    def placing(self, placing: Placing) -> None:
        self._saying.placing = placing

    @property
    def events(self) -> int:
        """How many have been committed."""
        return self._outgoing.committed

    def changes(self, changes: Sequence[RowChange], *, base: int, ends: bool) -> None:
        """Take changes of the log in; durable when this returns.

        Args:
            changes: in the order of commits.
            base: what is added to their revisions.
            ends: whether the last transaction of them is complete.
        """
        wanted = [each for each in self.entities if each.table.name not in self.stopped]
        seen = see_changes(changes, wanted, self._reader, self._mapping.zone, base)
        self.stopped.update(seen.lacking)
        for table in seen.emptied:
            self._emptied(table)
        self._take_in(seen)
        if ends:
            self._ends()
        self._commit()

    def tables(self, entity: ReadEntity, tables: Iterable[pa.Table], revision: int) -> int:
        """Take rows in that were read, as of a revision; how many there were."""
        count = 0
        for table in tables:
            self._take_in(see_table(entity, table, revision))
            self._ends()
            self._commit()
            count += len(table)
        return count

    def gone(
        self,
        names: Iterable[tuple[ReadEntity, EventName]],
        conversations: Iterable[tuple[ReadEntity, Spot]],
        revision: int,
    ) -> None:
        """No row says this any more, as of a revision."""
        self._end()
        self._open = Transaction(
            revision,
            gone={name: entity for entity, name in names},
            conversations={spot: entity for entity, spot in conversations},
        )
        self._end()
        self._commit()

    def deleted_here(self, conversations: Iterable[tuple[ReadEntity, Spot]]) -> None:
        """The source has conversations that were deleted here: they are counted aloud."""
        for entity, spot in conversations:
            self.asides.deleted_here(entity, spot)
        self._commit()

    def read_chatbots(self, chatbots: Iterable[str], between: Callable[[], object]) -> None:
        """All conversations of these chatbots are to be said anew: they are new here, or elsewhere by now.

        Args:
            chatbots: their ids.
            between: called between parts; what it raises ends it, and the next bridge does the rest.
        """
        chatbots = list(chatbots)
        of_chatbot = self.placing.conversations.of_chatbot
        conversations = [each for chatbot in chatbots for each in of_chatbot(chatbot)]
        for at in range(0, len(conversations), _READ_AT_ONCE):
            some = conversations[at : at + _READ_AT_ONCE]
            transaction = self._open = Transaction(self.last + 1)
            self._saying.read_conversations(some, transaction, headers=True)
            self._end()
            self._commit()
            between()
        self.chatbots_came(chatbots)

    def chatbots_came(self, chatbots: Iterable[str]) -> None:
        """These are there: whatever waits for one of them is read."""
        for chatbot in chatbots:
            self.asides.came(f"chatbot:{chatbot}")
        self._read_waiting()
        self._commit()

    # What is seen

    def _take_in(self, seen: Seen) -> None:
        moved = self._saying.sheets(seen.sheets)
        for row in seen.rows:
            if self._open is None or self._open.revision != row.revision:
                self._end()
                self._open = Transaction(row.revision)
            self._saying.row(row, self._open, moved)
            self.last = max(self.last, row.revision)

    def _ends(self) -> None:
        """The last transaction is complete. Not before: a part of one is not taken for the whole of it."""
        self._end()
        self._read_waiting()

    def _read_waiting(self) -> None:
        """What waited for something that is there by now, and what waited for that. Between transactions."""
        while waiting := self.asides.ready():
            transaction = self._open = Transaction(self.last + 1)
            for entity in self.entities:
                keys = waiting.get(entity.name, [])
                for table in entity.read_keys(self._reader, keys) if keys else ():
                    self._saying.table(entity, table, transaction)
            self._end()

    # The end of a transaction

    def _emptied(self, table: TableName) -> None:
        count = sum(len(self.placing.rows[each.number]) for each in self.entities if each.table.name == table)
        if count:
            self.held[table] = (count, count)

    def _end(self) -> None:
        """The transaction that is open is complete: take back what nothing of it says."""
        transaction, self._open = self._open, None
        if transaction is None:
            return
        self._hold(transaction)
        self._saying.read_votes(
            list(transaction.untold), transaction
        )  # they wait for their message from now on
        self._saying.read_shared(transaction)
        for name in transaction.gone:
            spot = name.spot
            if spot in transaction.conversations:
                continue  # it goes with its conversation; one that was moved has another spot by now
            self._outgoing.add(
                spot.company_id,
                Deletion(
                    spot.chatbot_id,
                    spot.conversation,
                    cast("Any", name.kind),
                    EPOCH,
                    None if name.kind == "rating" else name.name,
                    transaction.revision,
                ),
            )
        self._end_of_conversations(transaction)

    def _end_of_conversations(self, transaction: Transaction) -> None:
        """What is gone is deleted for good, wherever it was; what is elsewhere is taken from where it was."""
        placing = self.placing
        for spot in transaction.conversations:
            chatbot = placing.conversations.chatbot_of(spot.conversation)
            if chatbot not in (None, spot.chatbot_id):
                self._moved[spot] = transaction.revision
                placing.former.setdefault(spot.conversation, set()).add(spot)
                continue
            for each in (spot, *placing.former.pop(spot.conversation, set()).difference((spot,))):
                deletion = Deletion(each.chatbot_id, each.conversation, "conversation", EPOCH)
                self._outgoing.add(each.company_id, deletion)
            if chatbot is not None:
                placing.conversations.drop(spot.conversation)

    def _hold(self, transaction: Transaction) -> None:
        """Take nothing back of a table that lost more than half of its rows."""
        for table, gone in transaction.rows_gone.items():
            there = sum(
                len(self.placing.rows[each.number]) for each in self.entities if each.table.name == table
            )
            if not is_held(gone, gone + there):
                continue
            self.held[table] = (gone, gone + there)
            log.warning("sync_held", table=str(table), gone=gone, of=gone + there)
            transaction.keep(table)

    def _commit(self) -> None:
        """Have all of it durable, then note what was set aside."""
        refused = self._outgoing.commit()
        if self._moved:  # looked at by now, since what was just said there is to go, too
            moved, self._moved = self._moved, {}
            taken = taken_from(self._commits, moved)
            while some := list(islice(taken, _TAKEN_AT_ONCE)):
                for spot, event in some:
                    self._outgoing.add(spot.company_id, event)
                refused += self._outgoing.commit()
        self.asides.save(refused)
