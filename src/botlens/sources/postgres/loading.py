"""Many rows at once, as columns from the source to the store: what the rest would do row by row."""

from collections.abc import Callable
from typing import Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.commit.columns import EventColumns, LoadedType
from botlens.commit.source_commits import SourceCommits
from botlens.jobs.job import StoppedError
from botlens.jobs.leases import LeaseLostError
from botlens.sources.postgres.applying import Applying
from botlens.sources.postgres.entities import KEY, WITHOUT_REVISION, ReadEntity
from botlens.sources.postgres.places import NOWHERE, Numbers
from botlens.sources.postgres.telling import ToldRows, tell

_FEWEST: Final = 1_000
"""Of fewer rows of a company to load them costs more than to commit them."""


class Loading:
    """Loads rows of whole tables; what is not plain goes the way of single changes.

    Args:
        applying: that way; it has where rows belong.
        commits: take columns.

    Attributes:
        rows: how many were loaded.
    """

    def __init__(self, applying: Applying, commits: SourceCommits) -> None:
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
        numbers = self._numbers(entity, telling)
        chatbots, companies = self._owners(numbers)
        plain = telling.good & (chatbots != NOWHERE)
        plain[[place for place, *_ in telling.aside]] = False
        for company in dict.fromkeys(each for each in companies if each is not None):
            own = np.array([each == company for each in (*companies, None)])
            places = np.flatnonzero(plain & own[chatbots])
            if len(places) < _FEWEST:
                plain[places] = False
                continue
            events = self._events(entity, telling, numbers, chatbots, places, revision)
            self._load(entity, company, table.column(KEY).take(pa.array(places)), numbers[places], events)
        rest = np.flatnonzero(~plain)
        if len(rest):
            self._applying.tables(entity, [table.take(pa.array(rest))], revision)

    def _numbers(self, entity: ReadEntity, telling: ToldRows) -> Numbers:
        """The number of the conversation of each row; `NOWHERE` if none is known."""
        placing = self._applying.placing
        if entity.kind == "conversation":
            ids, chatbots = telling.columns["id"], telling.columns["chatbot_id"]
            good = pc.and_kleene(pc.not_equal(ids, ""), pc.not_equal(chatbots, ""))
            placing.conversations.put_all(ids.filter(good), chatbots.filter(good))
            return placing.conversations.numbers_of(ids, new=False)
        if "conversation_id" in telling.columns:
            return placing.conversations.numbers_of(telling.columns["conversation_id"], new=False)
        return placing.conversations_of_messages(telling.columns["message_id"])

    def _owners(self, numbers: Numbers) -> tuple[Numbers, list[str | None]]:
        """The chatbot of each row, as a place among all of them, and the company of each of these.

        A chatbot without a company here is none, which is `NOWHERE`.
        """
        placing = self._applying.placing
        chatbots = placing.conversations.codes()[numbers]
        companies: list[str | None] = [None] * len(placing.conversations.chatbots)
        for code in np.unique(chatbots[chatbots != NOWHERE]).tolist():
            companies[code] = placing.company_of(placing.conversations.chatbots[code])
        known = np.array([*(each is not None for each in companies), False])
        return np.where(known[chatbots], chatbots, NOWHERE), companies

    def _events(
        self,
        entity: ReadEntity,
        telling: ToldRows,
        numbers: Numbers,
        chatbots: Numbers,
        places: NDArray[np.int64],
        revision: int,
    ) -> pa.Table:
        """What the rows at some places say, as columns of events."""
        conversations = self._applying.placing.conversations
        taken = pa.array(places)
        events = {name: values.take(taken) for name, values in telling.columns.items()}
        events["chatbot_id"] = pa.array(conversations.chatbots, pa.string()).take(pa.array(chatbots[places]))
        if entity.kind != "conversation" and "conversation_id" not in events:
            ids = [conversations.ids[number] for number in numbers[places].tolist()]
            events["conversation_id"] = pa.array(ids, pa.string())
        if entity.kind not in WITHOUT_REVISION:
            events["revision"] = pa.repeat(pa.scalar(revision, pa.int64()), len(places))
        return pa.table(events)

    def _load(
        self, entity: ReadEntity, company: str, keys: pa.ChunkedArray, numbers: Numbers, events: pa.Table
    ) -> None:
        """Load events of one company, which these rows say."""
        found = self._commits.load(company, EventColumns(cast("LoadedType", entity.kind), events))
        self.rows += len(events)
        self._applying.placing.loaded(entity, keys.combine_chunks(), numbers, events)
        refused = {place: each for each in found.refused for place in each.places}
        asides = self._applying.asides
        asides.all_taken(entity, keys)
        for place, why in refused.items():
            chatbot = events.column("chatbot_id")[place].as_py()
            asides.refused((entity.name, keys[place].as_py()), why.code, why.field, company, chatbot)
        asides.save()

    def count(self, between: Callable[[], object]) -> None:
        """Have all that was loaded be counted, also by an earlier process.

        Args:
            between: called every few hundred conversations; what it raises ends it, and the rest is counted
                later.
        """
        stopped: list[StoppedError | LeaseLostError] = []

        def stop() -> bool:
            try:
                between()
            except (StoppedError, LeaseLostError) as error:
                stopped.append(error)
            return bool(stopped)

        for company in sorted(set(self._applying.placing.chatbots.placed.values())):
            if self._commits.uncounted(company):
                self._commits.count_loaded(company, stop)
            if stopped:
                raise stopped[0]
