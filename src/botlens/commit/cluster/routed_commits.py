"""Commits of several shards as one, each company's at the shard that has it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from botlens.cluster.holdings import Holdings, SlotHolding
from botlens.cluster.slots import only_if_owned
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.commit.columns import EventColumns, LoadedRows
from botlens.commit.derivation import RebuildProgress, Stop, never
from botlens.commit.port import Commits, Wait
from botlens.commit.submission import Refused
from botlens.commit.thresholds import Thresholds
from botlens.commit.watching import Changed
from botlens.database.condition import written_if
from botlens.errors import NotHereError
from botlens.events.record import Record

T = TypeVar("T")


class RoutedCommits(Commits):
    """What is asked of one company goes to its shard; what is asked of all, to each: see `Commits`.

    Args:
        rooms: those of the shards, in their order.
        holdings: the slots that this process has.
    """

    def __init__(self, rooms: Sequence[ShardRoom], holdings: Holdings) -> None:
        self._rooms = rooms
        self._holdings = holdings

    def _room(self, company_id: str) -> ShardRoom:
        return self._rooms[self._holdings.of(company_id).shard]

    def thresholds(self, company_id: str) -> Thresholds:
        """The thresholds of a company's chatbots, and thereby which it has. May wait for the accounts."""
        return self._room(company_id).thresholds(company_id)

    def submit(
        self, company_id: str, records: Sequence[Record], thresholds: Thresholds | None = None
    ) -> "Future[Refused]":
        """Have records committed; the future is done when they are durable and counted."""
        return self._room(company_id).submit(company_id, records, thresholds)

    def load(self, company_id: str, events: EventColumns) -> LoadedRows:
        """Have many events in the store at once; they are durable when this returns, and not counted yet."""
        holding = self._holdings.of(company_id)
        loaded = self._room(company_id).load(company_id, events)
        check_that_it_lasted(holding)  # who had it meanwhile may have counted before the last of them came
        return loaded

    def count_loaded(self, company_id: str, stop: Stop = never) -> int:
        """Derive the facts of all chatbots that events were loaded for, chatbot by chatbot."""
        return self._room(company_id).count_loaded(company_id, stop)

    def uncounted(self, company_id: str) -> frozenset[str]:
        """The chatbots whose numbers lack some of what was loaded."""
        return self._room(company_id).uncounted(company_id)

    def flush(self) -> None:
        """Write everything that was committed here before this call to the shards."""
        for each in self._rooms:
            each.flush()

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        """Bring the shards up to date, and write nothing to them as long as the block lasts."""
        with ExitStack() as stack:
            for each in self._rooms:
                stack.enter_context(each.unwritten())
            yield

    def version(self, company_id: str, chatbot_id: str | None = None) -> int:
        """A number that is higher after each commit of a company, or of a chatbot, and after each recount."""
        return sum(each.version(company_id, chatbot_id) for each in self._rooms)

    def watch(self, company_id: str, changed: Changed) -> Callable[[], None]:
        """Have somebody told of the changes of a company, until what this returns is called."""
        ends = [each.watch(company_id, changed) for each in self._rooms]

        def end() -> None:
            for each in ends:
                each()

        return end

    def rebuild(self, company_id: str, chatbot_id: str) -> int:
        """Derive all facts of a chatbot anew from its raw events; returns how many conversations it has."""
        return self._room(company_id).rebuild(company_id, chatbot_id)

    def recounted(self, company_id: str, chatbot_id: str, change: Callable[[], T]) -> T:
        """Make a change that the facts of a chatbot depend on, and derive them anew.

        It is written to the accounts only if this process has the company by then. Who has it after it has
        counted by what was there before.
        """
        holding = self._holdings.of(company_id)

        def change_if_owned() -> T:
            with written_if(only_if_owned(holding.slot, holding.epoch)):
                return change()

        return self._room(company_id).recounted(company_id, chatbot_id, change_if_owned)

    def is_stale(self, company_id: str, chatbot_id: str) -> bool:
        """Whether facts of a chatbot are still to be made anew."""
        return self._room(company_id).is_stale(company_id, chatbot_id)

    def rebuilding(self, company_id: str) -> Sequence[RebuildProgress]:
        """How far the recounts of the company's chatbots are that run now."""
        return self._room(company_id).rebuilding(company_id)

    def erase(self, company_id: str, chatbot_id: str | None, wait: Wait) -> None:
        """Erase a chatbot, or a company, that does not exist any more."""
        holding = self._holdings.of(company_id)
        self._room(company_id).erase(company_id, chatbot_id, wait)
        check_that_it_lasted(holding)  # who had it meanwhile may have read the journal

    def compare(self, company_id: str, chatbot_id: str) -> Iterator[str | None]:
        """Compare a chatbot's facts with its raw events."""
        return self._room(company_id).compare(company_id, chatbot_id)

    @property
    def waiting(self) -> int:
        """Records that were submitted here and are not committed yet."""
        return sum(each.waiting for each in self._rooms)

    @property
    def pending(self) -> int:
        """Records that are committed here and not in the store yet."""
        return sum(each.pending for each in self._rooms)

    @property
    def stale_chatbots(self) -> int:
        """Chatbots whose facts are still to be made anew."""
        return sum(each.stale_chatbots for each in self._rooms)


def check_that_it_lasted(holding: SlotHolding) -> None:
    """Pass if this process has had a slot until now.

    Raises:
        NotHereError: another may have it, or have had it, whether this one has heard of that or not.
    """
    if not holding.lasts:
        raise NotHereError
