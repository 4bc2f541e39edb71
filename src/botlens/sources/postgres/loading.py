"""Many rows at once, as columns from the source to the store: what the rest would do row by row."""

from collections.abc import Callable, Sequence
from typing import Final, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.commit.columns import EventColumns, LoadedType
from botlens.commit.port import Commits
from botlens.jobs.job import StoppedError
from botlens.sources.postgres.applying import Applying
from botlens.sources.postgres.entities import KEY, ReadEntity
from botlens.sources.postgres.sheets import Spot
from botlens.sources.postgres.state import SetAside
from botlens.sources.postgres.telling import ToldRows, tell

_FEWEST: Final = 1_000
"""Of fewer rows of a company to load them costs more than to commit them."""

_WITHOUT_REVISION: Final = ("handoff", "outcome")


class Loading:
    """Loads rows of whole tables; what is not plain goes the way of single changes.

    Args:
        applying: that way; it has where rows belong.
        commits: take columns.

    Attributes:
        rows: how many were loaded.
    """

    def __init__(self, applying: Applying, commits: Commits) -> None:
        self._applying = applying
        self._commits = commits
        self.rows = 0

    def load(self, entity: ReadEntity, table: pa.Table, revision: int) -> None:
        """Load rows of an entity, as of a revision; durable when this returns.

        Raises:
            BotlensError: the store does not take them now: load them again.
        """
        count = len(table)
        if not count:
            return
        telling = tell(entity.entity, entity.fields_of(table), count)
        spots, codes = self._spots(entity, telling)
        plain = telling.good & (codes >= 0)
        plain[[place for place, *_ in telling.aside]] = False
        for company in dict.fromkeys(spot.company_id for spot in spots if spot is not None):
            places = np.flatnonzero(plain & _is_of(company, spots)[codes])
            if len(places) < _FEWEST:
                plain[places] = False
                continue
            events = _events(entity, telling, spots, codes, places, revision)
            self._load(entity, company, table.column(KEY).take(pa.array(places)), events)
        rest = np.flatnonzero(~plain)
        if len(rest):
            self._applying.tables(entity, [table.take(pa.array(rest))], revision)

    def _spots(self, entity: ReadEntity, telling: ToldRows) -> tuple[list[Spot | None], NDArray[np.int64]]:
        """Where rows belong: the distinct spots, and which of them is each row's; -1 if none is known."""
        placing = self._applying.placing
        if entity.kind == "conversation":
            pairs = zip(
                telling.columns["id"].to_pylist(), telling.columns["chatbot_id"].to_pylist(), strict=True
            )
            for conversation, chatbot in pairs:
                if conversation and chatbot:
                    placing.conversations.put(conversation, chatbot)
            conversations = telling.columns["id"]
        elif "conversation_id" in telling.columns:
            conversations = telling.columns["conversation_id"]
        else:
            of_message = placing.conversation_of_message
            names = telling.columns["message_id"].to_pylist()
            found = [None if each is None else of_message(each) for each in names]
            conversations = pa.array(found, pa.string())
        distinct = conversations.dictionary_encode()
        spots = [None if each is None else placing.spot_of(each) for each in distinct.dictionary.to_pylist()]
        known = np.array([*(each is not None for each in spots), False])
        codes = distinct.indices.fill_null(len(spots)).to_numpy(zero_copy_only=False).astype(np.int64)
        return [*spots, None], np.where(known[codes], codes, -1)

    def _load(self, entity: ReadEntity, company: str, keys: pa.ChunkedArray, events: pa.Table) -> None:
        """Load events of one company, which these rows say."""
        found = self._commits.load(company, EventColumns(cast("LoadedType", entity.kind), events))
        self.rows += len(events)
        self._applying.placing.loaded(entity, keys, events)
        refused = {place: each for each in found.refused for place in each.places}
        asides = self._applying.asides
        asides.all_taken(entity, keys)
        for place, why in refused.items():
            chatbot = events.column("chatbot_id")[place].as_py()
            asides.add(SetAside(entity.name, keys[place].as_py(), why.code, why.field, company, chatbot))
        asides.save(())

    def count(self, between: Callable[[], object]) -> None:
        """Have all that was loaded be counted, also by an earlier process.

        Args:
            between: called every few hundred conversations; what it raises ends it, and the rest is counted
                later.
        """
        stopped: list[StoppedError] = []

        def stop() -> bool:
            try:
                between()
            except StoppedError as error:
                stopped.append(error)
            return bool(stopped)

        for company in sorted(set(self._applying.placing.chatbots.placed.values())):
            if self._commits.uncounted(company):
                self._commits.count_loaded(company, stop)
            if stopped:
                raise stopped[0]


def _is_of(company: str, spots: Sequence[Spot | None]) -> NDArray[np.bool_]:
    return np.array([spot is not None and spot.company_id == company for spot in spots])


def _events(
    entity: ReadEntity,
    telling: ToldRows,
    spots: Sequence[Spot | None],
    codes: NDArray[np.int64],
    places: NDArray[np.int64],
    revision: int,
) -> pa.Table:
    """What the rows at some places say, as columns of events."""
    taken, own = pa.array(places), pa.array(codes[places])
    events = {name: values.take(taken) for name, values in telling.columns.items()}
    events["chatbot_id"] = pa.array([each and each.chatbot_id for each in spots], pa.string()).take(own)
    if entity.kind != "conversation":
        ids = pa.array([each and each.conversation for each in spots], pa.string())
        events["conversation_id"] = ids.take(own)
    if entity.kind not in _WITHOUT_REVISION:
        events["revision"] = pa.repeat(pa.scalar(revision, pa.int64()), len(places))
    return pa.table(events)
