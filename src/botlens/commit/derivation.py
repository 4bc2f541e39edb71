"""All facts of a chatbot: made anew from its raw events, or compared with them, part by part.

No part is long, so that whoever commits or asks meanwhile waits for milliseconds at most.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from msgspec.structs import astuple

from botlens.commit.snapshot import Snapshots
from botlens.live.registry import LiveNumbers
from botlens.metrics.facts import Facts, derive
from botlens.store.connection import ClickHouse
from botlens.store.facts import (
    FactsPlace,
    FactsRow,
    insert_facts,
    insert_into,
    newer_between,
    places_between,
    stored_facts,
)
from botlens.store.raw_events import all_states, conversation_ids
from botlens.store.reading import CompanyReader

_IDS = 20_000
_CONVERSATIONS = 4_000  # read together: each statement looks into every part of a table
_WRITTEN = 4_000  # of them at once: others who write wait for that, and for fewer nearly as long

Stop = Callable[[], bool]
"""Whether to leave off."""


def never() -> bool:
    """Nobody wants it to be left off."""
    return False


IdRange = tuple[str, str | None]
"""The conversations with `first < id <= second`; None is no end."""


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How many parts of a chatbot, of some thousand conversations each, have their facts made anew."""

    chatbot_id: str
    done: int
    of: int


def parts_of(store: ClickHouse, company_id: str, chatbot_id: str) -> Iterator[IdRange]:
    """All conversations of a chatbot in parts of some thousand; the last part is open.

    Most chatbots are one part: each part costs statements, however little is in it.
    """
    after, more = "", True
    while more:
        ids = conversation_ids(CompanyReader(store, company_id), chatbot_id, after, _IDS)
        more = len(ids) == _IDS
        for until in ids[_CONVERSATIONS - 1 : len(ids) if more else -1 : _CONVERSATIONS]:
            yield after, until
            after = until
    yield after, None


def derived_facts(reader: CompanyReader, chatbot_id: str, part: IdRange, threshold: float) -> list[Facts]:
    """The facts that the raw events in the store give, by conversation id."""
    states = all_states(reader, chatbot_id, *part)
    return [derive(chatbot_id, conversation_id, state, threshold) for conversation_id, state in states]


class Versions(Protocol):
    """Whoever commits, as far as facts that are made anew must keep to its order."""

    def threshold_of(self, company_id: str, chatbot_id: str) -> float:
        """The threshold of one chatbot."""
        ...

    def next_arrival(self) -> int:
        """A number higher than that of all records and facts so far."""
        ...

    def forget(self, company_id: str, chatbot_id: str) -> None:
        """Have what is known of a chatbot's conversations be read from its raw events when it is needed."""
        ...

    def recounting(self, company_id: str, chatbot_id: str) -> AbstractContextManager[None]:
        """The facts of a chatbot are made anew meanwhile.

        What is committed from its beginning on heeds the thresholds that hold then, and has its facts written
        even where they are those of before.
        """
        ...

    def invalidate(self, company_id: str, chatbot_id: str) -> None:
        """Drop what is known of a chatbot, whose facts were made anew."""
        ...


class Writes(Protocol):
    """Whoever writes the store, as far as facts that are made anew need room for theirs."""

    def writing(self, company_id: str) -> AbstractContextManager[None]:
        """Write something of a company that no commit brought; other writes wait, commits do not."""
        ...

    def still(self, company_id: str) -> AbstractContextManager[None]:
        """Nothing of a company is pending, and nothing at all is committed: for what takes milliseconds."""
        ...


class Derivation:
    """Derives the facts of whole chatbots.

    Args:
        store: has the raw events, and takes the facts.
        versions: of the commits.
        writes: to the store.
        snapshots: read one state of the store.
        live: has no numbers of a chatbot meanwhile.
    """

    def __init__(
        self, store: ClickHouse, versions: Versions, writes: Writes, snapshots: Snapshots, live: LiveNumbers
    ) -> None:
        self._store = store
        self._versions = versions
        self._writes = writes
        self._snapshots = snapshots
        self._live = live
        self._rebuilding: dict[tuple[str, str], Lock] = {}
        self._progress: dict[tuple[str, str], tuple[int, int]] = {}

    def progress(self, company_id: str) -> list[RebuildProgress]:
        """How far the facts of the company's chatbots are that are being made anew."""
        return [
            RebuildProgress(chatbot_id, done, of)
            for (company, chatbot_id), (done, of) in self._progress.copy().items()
            if company == company_id
        ]

    def rebuild(self, company_id: str, chatbot_id: str, stop: Stop = never) -> int | None:
        """Make all facts of a chatbot anew. See `Commits.rebuild`.

        What is known of its conversations in memory may lack raw events that were loaded. Whatever is
        committed after the beginning wins over what is made anew, so that is read again first.

        Args:
            company_id: whose.
            chatbot_id: which.
            stop: asked between parts whether to leave off.

        Returns:
            How many conversations it has; None if it was left off.
        """
        key = (company_id, chatbot_id)
        # One at a time, so that the one with the newest threshold is the last.
        with self.alone(*key), self._versions.recounting(*key):
            with self._writes.still(company_id):
                self._versions.forget(*key)
            threshold = self._versions.threshold_of(*key)
            count = 0
            for part in self._followed(*key):
                if stop():
                    return None
                count += self.rebuild_part(company_id, chatbot_id, part, threshold)
            with self._writes.still(company_id):
                self._versions.invalidate(*key)
        return count

    def _followed(self, company_id: str, chatbot_id: str) -> Iterator[IdRange]:
        """All parts of a chatbot; meanwhile `progress` says how many are done."""
        parts = list(parts_of(self._store, company_id, chatbot_id))
        try:
            for done, part in enumerate(parts):
                self._progress[company_id, chatbot_id] = (done, len(parts))
                yield part
        finally:
            self._progress.pop((company_id, chatbot_id), None)

    def without_numbers(self, company_id: str, chatbot_id: str) -> AbstractContextManager[None]:
        """A chatbot has no live numbers meanwhile: what is known of its conversations is not in its facts."""
        return self._live.suspended((company_id, chatbot_id))

    @contextmanager
    def alone(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """Nobody else makes facts of a chatbot anew meanwhile, and it has no live numbers."""
        key = (company_id, chatbot_id)
        with self._rebuilding.setdefault(key, Lock()), self._live.suspended(key):
            yield

    def rebuild_part(self, company_id: str, chatbot_id: str, part: IdRange, threshold: float) -> int:
        """Write the facts of some conversations of a chatbot anew; returns how many there are.

        Their version is of the moment that they were read: whatever is committed later has a higher one and
        wins, even if it is written first. So only the insert holds up other writes. What was overtaken like
        that is not written at all: it may tell what was deleted meanwhile, and was erased already.
        """
        versions: list[int] = []

        def ask(reader: CompanyReader) -> tuple[list[Facts], list[FactsPlace]]:
            derived = derived_facts(reader, chatbot_id, part, threshold)
            return derived, places_between(reader, chatbot_id, *part)

        derived, stored = self._snapshots.read(
            company_id, ask, divide=lambda: versions.append(self._versions.next_arrival())
        )
        version = versions[-1]
        places = {(chatbot_id, each.day, each.conversation_id) for each in derived}
        vacated = [(company_id, version, place) for place in stored if place not in places]
        for (after, until), some in _in_pieces(part, derived):
            own = [each for each in vacated if after < each[2][2] and (until is None or each[2][2] <= until)]
            with self._writes.writing(company_id):
                rows = self._not_overtaken(company_id, chatbot_id, (after, until), version, some)
                insert_facts(self._store, rows, own)
        return len(derived)

    def _not_overtaken(
        self,
        company_id: str,
        chatbot_id: str,
        part: IdRange,
        version: int,
        derived: list[Facts],
        table: str | None = None,
    ) -> list[FactsRow]:
        """The rows of those facts of a part that nothing newer was written of, to a table since."""
        reader = CompanyReader(self._store, company_id, table=table)
        newer = newer_between(reader, chatbot_id, *part, version)
        return [(company_id, version, each) for each in derived if each.conversation_id not in newer]

    def build(self, company_id: str, chatbot_id: str, must_stop: Callable[[], bool]) -> bool:
        """Write all facts of a chatbot into the table that is being built; returns whether all are there.

        If that table serves already, this is a `rebuild`. Else nobody reads it, and nobody waits: parts are
        ordered among recounts by the lock that both take, among commits by their versions.
        """
        building = self._store.facts.building
        if building is None or building == self._store.facts.serving:
            self.rebuild(company_id, chatbot_id)
            return True
        for part in parts_of(self._store, company_id, chatbot_id):
            with self._rebuilding.setdefault((company_id, chatbot_id), Lock()):
                threshold = self._versions.threshold_of(company_id, chatbot_id)
                version, derived = self._derived_now(company_id, chatbot_id, part, threshold)
                rows = self._not_overtaken(company_id, chatbot_id, part, version, derived, building)
                insert_into(self._store, building, rows)
            if must_stop():
                return False
        return True

    def _derived_now(
        self, company_id: str, chatbot_id: str, part: IdRange, threshold: float
    ) -> tuple[int, list[Facts]]:
        """The facts of some conversations, and the version that divides them from what is committed later."""
        versions: list[int] = []
        derived = self._snapshots.read(
            company_id,
            lambda reader: derived_facts(reader, chatbot_id, part, threshold),
            divide=lambda: versions.append(self._versions.next_arrival()),
        )
        return versions[-1], derived

    def differences(self, company_id: str, chatbot_id: str) -> Iterator[str | None]:
        """Compare stored facts with derived ones: for each conversation None, or a line on what differs."""
        threshold = self._versions.threshold_of(company_id, chatbot_id)
        yield from differences(self._store, self._snapshots, company_id, chatbot_id, threshold)


def _in_pieces(part: IdRange, derived: list[Facts]) -> Iterator[tuple[IdRange, list[Facts]]]:
    """The facts of a part in pieces that are written at once, with the ids that each covers."""
    after, end = part
    for at in range(0, max(len(derived), 1), _WRITTEN):
        some = derived[at : at + _WRITTEN]
        until = some[-1].conversation_id if at + _WRITTEN < len(derived) else end
        yield (after, until), some
        after = until or ""


def differences(
    store: ClickHouse, snapshots: Snapshots, company_id: str, chatbot_id: str, threshold: float
) -> Iterator[str | None]:
    """Compare stored facts with derived ones: for each conversation None, or a line saying what differs."""
    for part in parts_of(store, company_id, chatbot_id):

        def both(reader: CompanyReader, part: IdRange = part) -> tuple[list[Facts], list[Facts]]:
            return (
                derived_facts(reader, chatbot_id, part, threshold),
                stored_facts(reader, chatbot_id, *part),
            )

        yield from _compare(chatbot_id, *snapshots.read(company_id, both))


def _compare(chatbot_id: str, derived: list[Facts], stored: list[Facts]) -> Iterator[str | None]:
    found: defaultdict[str, list[Facts]] = defaultdict(list)
    for facts in stored:
        found[facts.conversation_id].append(facts)
    for ours in derived:
        theirs = found.pop(ours.conversation_id, [])
        name = f"{chatbot_id}/{ours.conversation_id}"
        if not theirs:
            yield f"{name}: has events but no facts"
        elif len(theirs) > 1:
            yield f"{name}: has facts on {len(theirs)} days"
        else:
            yield None if ours == theirs[0] else f"{name}: {_what_differs(ours, theirs[0])}"
    for conversation_id in found:
        yield f"{chatbot_id}/{conversation_id}: has facts but no events"


def _what_differs(ours: Facts, theirs: Facts) -> str:
    pairs = zip(Facts.__struct_encode_fields__, astuple(theirs), astuple(ours), strict=True)
    return ", ".join(
        f"{column} is {stored}, not {derived}" for column, stored, derived in pairs if stored != derived
    )
