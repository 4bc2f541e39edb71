"""All facts of a chatbot: made anew from its raw events, or compared with them, part by part.

No part is long, so that whoever commits or asks meanwhile waits for milliseconds at most.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import Lock

from botlens.commit.comparison import differences
from botlens.commit.parts import AS_COLUMNS, IdRange, derived_facts, parts_of
from botlens.commit.rewriting import ReadPart, Rewriting, Versions, Writes, rows_not_overtaken
from botlens.commit.snapshot import Snapshots
from botlens.live.registry import LiveNumbers
from botlens.metrics.facts import Facts
from botlens.store.connection import ClickHouse
from botlens.store.facts import insert_into, newer_between
from botlens.store.reading import CompanyReader

Stop = Callable[[], bool]
"""Whether to leave off."""


def never() -> bool:
    """Nobody wants it to be left off."""
    return False


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How many parts of a chatbot, of some thousand conversations each, have their facts made anew."""

    chatbot_id: str
    done: int
    of: int


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
        with self.alone(*key):
            return None if stop() else self._rebuild_alone(company_id, chatbot_id, stop)

    def _rebuild_alone(self, company_id: str, chatbot_id: str, stop: Stop) -> int | None:
        key = (company_id, chatbot_id)
        with self._versions.recounting(*key):
            with self._writes.still(company_id):
                self._versions.forget(*key)
            opening = self._versions.opening(company_id)
            rewriting = Rewriting(
                self._store,
                company_id,
                chatbot_id,
                self._versions,
                self._writes,
                self._snapshots,
                opening,
            )
            # Asked for after the opening, before events are read: whatever changes it later counts anew.
            threshold = self._versions.threshold_asked_for(*key)
            parts = list(parts_of(self._store, *key, AS_COLUMNS))
            if len(parts) == 1:
                count: int | None = self._make_anew_at_once(rewriting, key, parts[0], threshold)
            else:
                with self._versions.in_parts(*key), self._suspected_if_it_fails(key):
                    count = self._make_anew(rewriting, key, parts, threshold, stop)
                    if count is None:
                        self._versions.suspect(*key)
            if count is None:
                return None
            with self._writes.still(company_id):
                self._versions.invalidate(*key)
        return count

    def _make_anew_at_once(
        self, rewriting: Rewriting, key: tuple[str, str], part: IdRange, threshold: float
    ) -> int:
        """For nobody is there a moment at which some facts heed the threshold and others do not."""
        self._progress[key] = (0, 1)
        try:
            with (
                self._suspected_if_it_fails(key),
                rewriting.at_once(part, lambda: self._versions.heed(*key, threshold)) as found,
                self._suspected_if_it_fails(key),  # before anybody reads what is half done
            ):
                pieces = rewriting.derive(found, threshold)
                rewriting.write_at_once(found, pieces)
        finally:
            self._progress.pop(key, None)
        return sum(len(piece.rows) for piece in pieces)

    @contextmanager
    def _suspected_if_it_fails(self, key: tuple[str, str]) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._versions.suspect(*key)
            raise

    def _make_anew(
        self,
        rewriting: Rewriting,
        key: tuple[str, str],
        parts: Sequence[IdRange],
        threshold: float,
        stop: Stop,
    ) -> int | None:
        """Part by part; while one is derived, the one before is written, and the next is read.

        A thread reads and writes in turns, so that what is read is not overtaken by what we write ourselves.
        """
        self._versions.heed(*key, threshold)
        count = 0
        coming: deque[Future[ReadPart]] = deque()
        written: deque[Future[None]] = deque()
        try:
            with ThreadPoolExecutor(1, "botlens-facts") as turns:
                coming.append(turns.submit(rewriting.read, parts[0]))
                for done, following in enumerate([*parts[1:], None]):
                    self._progress[key] = (done, len(parts))
                    if stop():
                        return None
                    if following is not None:
                        coming.append(turns.submit(rewriting.read, following))
                    found = coming.popleft().result()
                    pieces = rewriting.derive(found, threshold)
                    count += sum(len(piece.rows) for piece in pieces)
                    while written:
                        written.popleft().result()
                    written.append(turns.submit(rewriting.write, found, pieces))
                    del found, pieces
                    turns.submit(self._store.give_back_memory)
                written.popleft().result()
        finally:
            self._progress.pop(key, None)
        return count

    def without_numbers(self, company_id: str, chatbot_id: str) -> AbstractContextManager[None]:
        """A chatbot has no live numbers meanwhile: what is known of its conversations is not in its facts."""
        return self._live.suspended((company_id, chatbot_id))

    @contextmanager
    def alone(self, company_id: str, chatbot_id: str) -> Iterator[None]:
        """Nobody else makes facts of a chatbot anew meanwhile, and it has no live numbers."""
        key = (company_id, chatbot_id)
        with self._rebuilding.setdefault(key, Lock()), self._live.suspended(key):
            yield

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
                reader = CompanyReader(self._store, company_id, table=building)
                newer = newer_between(reader, chatbot_id, *part, version)
                rows = rows_not_overtaken(company_id, version, derived, newer)
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
            divide=lambda: versions.append(self._versions.next_arrival(company_id)),
        )
        return versions[-1], derived

    def differences(self, company_id: str, chatbot_id: str) -> Iterator[str | None]:
        """Compare stored facts with derived ones: for each conversation None, or a line on what differs."""
        threshold = self._versions.threshold_of(company_id, chatbot_id)
        yield from differences(self._store, self._snapshots, company_id, chatbot_id, threshold)
