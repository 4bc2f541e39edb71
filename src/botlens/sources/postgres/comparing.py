"""The source's keys beside what counts here: what no row says any more, and what nothing here says.

Keys, not counts: a row that went and one that came on the same day have the same count.

Of the source the marks of all names are in memory, some bytes a row. What counts here is read in ranges of
conversations, one after the other, each beside the marks of the same conversations.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from botlens.commit.source_commits import SourceCommits
from botlens.sources.postgres.comparing_names import ComparedChatbot, MissingRows, compare_kind
from botlens.sources.postgres.differences import Differences
from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.key_marks import KeysOfPart
from botlens.sources.postgres.places import NOWHERE
from botlens.sources.postgres.placing import Placing
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.reading_ahead import ahead
from botlens.sources.postgres.reading_keys import SourceKeys
from botlens.sources.postgres.sheets import Spot
from botlens.sources.postgres.state import StateStore
from botlens.store.heap import give_back_heap
from botlens.store.said import SaidNames, SaidRange
from botlens.store.said_questions import NamesInRange, RangesOfChatbot


class KeyComparison:
    """Reads the keys of all rows, and compares them.

    Args:
        reader: of the source.
        entities: whose tables can be read.
        placing: is filled.
        commits: have what counts here.
        store: knows what is set aside.
        between: called between parts; what it raises ends the comparison.
    """

    def __init__(
        self,
        reader: SourceReader,
        entities: Sequence[ReadEntity],
        placing: Placing,
        commits: SourceCommits,
        store: StateStore,
        between: Callable[[], object],
    ) -> None:
        self._entities = entities
        self._placing = placing
        self._commits = commits
        self._between = between
        self._keys = SourceKeys(reader, entities, placing, store, between)

    def read(self) -> None:
        """Read all keys, and remember where rows belong."""
        self._keys.read()

    def differences(self) -> Differences:
        """What differs, of all chatbots that there are."""
        found = Differences(stale=self._keys.stale, relocated=self._keys.relocated)
        ranges = [
            (company, each)
            for chatbot, company in self._placing.chatbots.placed.items()
            for each in self._ranges(company, chatbot)
        ]
        parts = self._parts_of_conversations([each for _, each in ranges])
        hashes = self._placing.conversations.hashes()
        ordered = {
            kind: [each.in_parts(parts, len(ranges), hashes) for each in keys]
            for kind, keys in self._keys.by_kind.items()
        }
        give_back_heap()
        missing = {
            each.entity.number: MissingRows(each) for keys in self._keys.by_kind.values() for each in keys
        }
        with closing(ahead(map(self._said, ranges), _nothing)) as all_said:
            for part, ((company, within), said) in enumerate(zip(ranges, all_said, strict=True)):
                self._between()
                theirs = {kind: [each.part(part) for each in keys] for kind, keys in ordered.items()}
                numbers = np.flatnonzero(parts == part).tolist()
                conversations = {self._placing.conversations.ids[number] for number in numbers}
                spot = (company, within.chatbot_id)
                self._compare(spot, said, conversations, theirs, found, missing)
                give_back_heap()
        for each in missing.values():
            each.name(self._placing.conversations, found)
        return found

    def close(self) -> None:
        """No key is needed any more."""
        self._keys.close()

    def _ranges(self, company: str, chatbot: str) -> list[SaidRange]:
        self._between()
        return self._commits.said(company, RangesOfChatbot(chatbot))

    def _parts_of_conversations(self, ranges: Sequence[SaidRange]) -> NDArray[np.int32]:
        """By the number of a conversation the place of the range that it is in; `NOWHERE` if in none.

        The last is that of no conversation.
        """
        conversations = self._placing.conversations
        codes = conversations.codes()
        parts = np.full(len(codes), NOWHERE, np.int32)
        first = 0
        for chatbot, of_chatbot in groupby(ranges, lambda each: each.chatbot_id):
            ends = [each.until for each in of_chatbot if each.until is not None]
            code = conversations.code_of(chatbot)
            own = np.flatnonzero(codes[:-1] == code) if code != NOWHERE else np.empty(0, np.int64)
            ids = map(conversations.ids.__getitem__, own.tolist())
            parts[own] = first + np.fromiter(map(partial(bisect_left, ends), ids), np.int32, len(own))
            first += len(ends) + 1
        return parts

    def _said(self, range: tuple[str, SaidRange]) -> SaidNames:  # noqa: A002 - what it is
        company, within = range
        return self._commits.said(company, NamesInRange(within))

    def _compare(
        self,
        of: tuple[str, str],
        said: SaidNames,
        conversations: set[str],
        theirs: Mapping[str, Sequence[KeysOfPart]],
        found: Differences,
        missing: Mapping[int, MissingRows],
    ) -> None:
        """Compare some conversations of a chatbot: those that the source has of it, and what counts here."""
        company, chatbot = of
        here, deleted = said.conversations, said.deleted
        # What moved away, and is nowhere by now, is deleted as if it had not moved.
        chatbot_of = self._placing.conversations.chatbot_of
        nowhere = {each for each in said.moved_away if chatbot_of(each) is None}
        for each in said.moved_away - nowhere:
            self._placing.former.setdefault(each, set()).add(Spot(company, chatbot, each))
        gone = (here - conversations) | nowhere
        found.here["conversation"] += len(here)
        found.moved_away |= {Spot(company, chatbot, each) for each in nowhere}
        headers = [each for each in self._entities if each.kind == "conversation"]
        for entity in headers[:1]:
            found.conversations += [(entity, Spot(company, chatbot, each)) for each in sorted(gone)]
            for each in conversations.difference(here, deleted, self._keys.aside):
                found.misses(entity, "id", each)
            found.deleted += [(entity, Spot(company, chatbot, each)) for each in conversations & deleted]
        mine = ComparedChatbot(company, chatbot, deleted, gone, self._placing.conversations)
        for kind, keys in theirs.items():
            of_kind = said.messages if kind == "message" else said.signals
            compare_kind(kind, keys, mine, of_kind, found, missing)


def _nothing() -> None:
    """A statement of the store is short: its end is waited for."""
