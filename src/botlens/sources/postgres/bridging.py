"""The bridge: whatever was missed is read, be it all there is or what a restart has missed.

First whole tables, in ranges, without a slot, if they were never read whole. Then, once a follower has begun
and nothing later can be missed: the keys of all rows, compared with what counts here, and what was written
since the mark. Killed anywhere, it begins again where it was, and what is done twice changes nothing.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Final, Protocol

import structlog

from botlens.commit.source_commits import SourceCommits
from botlens.sources.postgres.applying import Applying
from botlens.sources.postgres.bulk import BulkReading, TablePart, file_of, table_parts
from botlens.sources.postgres.comparing import KeyComparison
from botlens.sources.postgres.differences import Differences
from botlens.sources.postgres.entities import WITHOUT_REVISION, ReadEntity
from botlens.sources.postgres.loading import Loading
from botlens.sources.postgres.mapping import TableName, quoted
from botlens.sources.postgres.placing import AskChatbots, PlacedChatbots, Placing
from botlens.sources.postgres.positions import read_moment
from botlens.sources.postgres.prepared import PreparedSource
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.refusals import reported
from botlens.sources.postgres.resuming import resumed, stopped_names
from botlens.sources.postgres.row_transaction import is_held
from botlens.sources.postgres.state import Range, StateStore

log = structlog.get_logger(__name__)

_SWEPT_BLOCKS: Final = 32_768


class BridgeWatch(Protocol):
    """Is told how far a bridge is, and may end it by raising."""

    def at(self, phase: str, done: int, of: int | None) -> None:
        """So many parts are done; called every second or so."""

    def pause(self, seconds: float) -> None:
        """Wait."""


class Bridge:
    """Reads what was missed.

    Args:
        reader: of the source.
        source: what can be read.
        commits: take events, and have what counts here.
        store: keeps how far it is.
        watch: is told how far it is.
        ask_chatbots: reads the chatbots that there are, when one is named that was not known.

    Attributes:
        events_of_bulk: how many whole tables became.
    """

    def __init__(
        self,
        reader: SourceReader,
        source: PreparedSource,
        commits: SourceCommits,
        store: StateStore,
        watch: BridgeWatch,
        ask_chatbots: AskChatbots,
    ) -> None:
        self._reader = reader
        self._source = source
        self._commits = commits
        self._store = store
        self._watch = watch
        self._ask_chatbots = ask_chatbots
        self.events_of_bulk = 0
        self.state = resumed(store.load(), reader, source)
        store.save(self.state)  # before anything is said by it
        self.applying = self._new_applying(PlacedChatbots())

    def _new_applying(self, chatbots: PlacedChatbots) -> Applying:
        placing = Placing(self._source.entities, chatbots, self._ask_chatbots)
        return Applying(
            self._source.mapping, self._source.entities, placing, self._reader, self._commits, self._store
        )

    @property
    def must_read_all(self) -> bool:
        """Whether whole tables are still to be read."""
        return self.state.mark is None

    @property
    def has_read_nothing(self) -> bool:
        """Whether not even the first part of the first table has been read."""
        return self.must_read_all and self.state.bulk_mark is None

    # Whole tables

    def bulk(self, chatbots: PlacedChatbots) -> None:
        """Read whole tables, as far as they have not been.

        Raises:
            BotlensError: the source or the store does not answer; what was read is kept.
        """
        state = self.state
        self.applying = self._new_applying(chatbots)
        if state.bulk_mark is None:
            with reported(self._reader.address):
                state.bulk_mark = read_moment(self._reader.connection).xmin
            self._store.save(state)
        KeyComparison(
            self._reader, self._headers(), self.applying.placing, self._commits, self._store, self._between
        ).read()
        tables = [
            (part, own) for own in self._by_table() for part in table_parts(self._reader, own[0].table.name)
        ]
        sizes = {part.known_as: file_of(self._reader, part)[1] for part, _ in tables}
        before, loading = 0, Loading(self.applying, self._commits)
        with SourceReader(self._reader.address) as ahead:
            for part, entities in tables:
                reading = self._reading(ahead, part, entities)
                self._load_part(reading, loading, before, sum(sizes.values()))
                before += sizes[part.known_as]
        self._watch.at("count", 0, None)
        self.events_of_bulk = loading.rows + self.applying.events
        # Where rows belong is read anew afterwards: until then counting has the room.
        self.applying = self._new_applying(self.applying.placing.chatbots)
        loading = Loading(self.applying, self._commits)
        loading.count(self._between)
        state.mark, state.bulk_mark = state.bulk_mark, None
        self.note_stopped()
        self._store.save(state)

    def note_stopped(self) -> None:
        """Of which tables the mark says nothing: once they can be read again, they are read whole."""
        tables = stopped_names(self._source) | {str(each) for each in self.applying.stopped}
        self.state.ranges = {each: Range(0) for each in sorted(tables)}

    def _headers(self) -> list[ReadEntity]:
        return [each for each in self._source.entities if each.kind == "conversation"]

    def _by_table(self) -> list[list[ReadEntity]]:
        """Entities by their tables: conversations first, then messages, then what refers to them."""
        found: dict[TableName, list[ReadEntity]] = {}
        kinds = ("conversation", "message", "feedback", "rating", "handoff", "outcome")
        for each in sorted(self._source.entities, key=lambda entity: kinds.index(entity.kind)):
            found.setdefault(each.table.name, []).append(each)
        return list(found.values())

    def _reading(self, ahead: SourceReader, part: TablePart, entities: list[ReadEntity]) -> BulkReading:
        done = self.state.ranges.setdefault(part.known_as, Range(0))
        return BulkReading(ahead, part, entities, done, self._between)

    def _load_part(self, reading: BulkReading, loading: Loading, before: int, of: int) -> None:
        state = self.state
        for each in self._source.entities:
            self.applying.placing.filled(each)
        with closing(reading.ranges()) as ranges:
            for found in ranges:
                for piece in found.pieces:
                    revision = piece.position + state.base
                    loading.load(piece.entity, piece.table, revision)
                    state.highest = max(state.highest, revision + 1)
                reading.kept(found)
                self._store.save(state)
                self._watch.at("copy", before + reading.range.block, of)

    # What was missed since

    def catch_up(self, chatbots: PlacedChatbots, start: int) -> Differences:
        """Compare keys, and read what was written since the mark.

        Args:
            chatbots: those that there are.
            start: of the follower, which has begun.
        """
        revision = start + self.state.base
        self.applying = self._new_applying(chatbots)
        found = self.compare(revision)
        if self.state.mark is not None:
            # Above what the comparison took back: a row that is remembered as set aside, since a death came
            # before that was written down, may be taken by now. What follows is not below it.
            self._sweep(self.state.mark, revision + 1)
            self.applying.deleted_here(found.deleted)  # of which the sweep saw some
        self.applying.last = max(self.applying.last, revision + 1)
        # Whoever was told that they came may have ended before it read what waits for them.
        self.applying.chatbots_came(self.applying.placing.chatbots.placed)
        self.state.highest = max(self.state.highest, revision + 2)
        return found

    def compare(self, revision: int) -> Differences:
        """Compare the keys of both sides, and mend what differs as of a revision."""
        source, applying = self._source, self.applying
        placing = Placing(source.entities, applying.placing.chatbots, self._ask_chatbots)
        comparison = KeyComparison(
            self._reader, source.entities, placing, self._commits, self._store, self._between
        )
        with closing(comparison):
            comparison.read()
            applying.placing = placing
            if not source.has_all("conversation"):
                return Differences()
            found = comparison.differences()
        for entity, keys in found.stale:
            applying.asides.forget_all(entity, keys)
        self._leave_stopped(found)
        found = self._without_held(found)
        applying.gone(found.gone, found.conversations, revision)
        for entity in source.entities:
            for (number, field), values in found.missing.items():
                if number == entity.number:
                    applying.tables(entity, entity.read_where(self._reader, field, list(values)), revision)
        self._say_unnamed(found, revision)
        for entity, relocated in found.relocated:
            applying.tables(entity, entity.read_keys(self._reader, relocated), revision)
        applying.deleted_here(found.deleted)
        if self.state.confirmed:  # once: what is gone at once later is asked for anew
            self.state.confirmed = False
            self._store.confirm(confirmed=False)
        return found

    def _say_unnamed(self, found: Differences, revision: int) -> None:
        """What has no names that are compared, of conversations that are new where they are by now."""
        headers = {each.number for each in self._headers()}
        came = [each for (number, _), values in found.missing.items() if number in headers for each in values]
        for entity in self._source.entities if came else ():
            if entity.kind in WITHOUT_REVISION:
                rows = entity.read_where(self._reader, "conversation", came)
                self.applying.tables(entity, rows, revision)

    def _leave_stopped(self, found: Differences) -> None:
        found.gone = [(entity, name) for entity, name in found.gone if self._source.has_all(name.kind)]

    def _without_held(self, found: Differences) -> Differences:
        """Nothing is taken back of which more than half is gone at once, unless somebody has confirmed it.

        What has moved is not gone: it is taken from where it was, however much of it there is.
        """
        all_gone = found.apart_from_moved(self.applying.placing)
        for kind, gone in all_gone.gone_by_kind().items():
            table = next((each.table.name for each in self._source.entities if each.kind == kind), None)
            if table is None:
                continue
            of = found.here[kind]
            was_held = str(table) in self.state.held
            is_confirmed = was_held and self.state.confirmed
            if is_confirmed or not gone or not (was_held or is_held(gone, of)):
                self.applying.held.pop(table, None)
                continue
            self.applying.held[table] = (gone, of)
            log.warning("sync_held", table=str(table), gone=gone, of=of)
            found = found.without(kind, all_gone)
        return found

    def _sweep(self, mark: int, revision: int) -> None:
        for entities in self._by_table():
            for part in table_parts(self._reader, entities[0].table.name):
                for condition in self._swept(part, mark):
                    for each in entities:
                        own = condition.format(own=quoted(each.table.name.name))
                        table = each.read(self._reader, own, table=part.name.sql)
                        self.applying.tables(each, [table], revision)

    def _swept(self, part: TablePart, mark: int) -> Iterator[str]:
        """Conditions of what was written since, each of some blocks."""
        if not part.in_blocks:
            yield "true"
            return
        _, size = file_of(self._reader, part)
        since = f"age({{own}}.xmin) <= age('{mark}'::text::xid8::xid)"
        for block in range(0, max(size, 1), _SWEPT_BLOCKS):
            self._between()
            last = block + _SWEPT_BLOCKS >= size
            end = "" if last else f" AND {{own}}.ctid < '({block + _SWEPT_BLOCKS},0)'::tid"
            yield f"{since} AND {{own}}.ctid >= '({block},0)'::tid{end}"

    def _between(self) -> None:
        self._watch.pause(0.0)
