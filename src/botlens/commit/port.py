"""What any way of committing promises to those who send, read and ask.

`local` is the way of one process over one folder or server, `cluster` that of one node of several, where a
company's commits are at its shard. Whoever sends and asks knows this page alone.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from botlens.commit.columns import EventColumns, LoadedRows
from botlens.commit.derivation import RebuildProgress, Stop
from botlens.commit.snapshot import Snapshots
from botlens.commit.submission import Refused
from botlens.commit.thresholds import Thresholds
from botlens.commit.watching import Changed
from botlens.events.record import Record

T = TypeVar("T")

Wait = Callable[[float], object]
"""Waits for some seconds, or raises if there is no more time."""


class Commits(Protocol):
    """Makes records durable and counted, and has the store hold what was. For any thread.

    What holds for all of them:

    * **Acknowledged is durable and counted.** Once a future of `submit` has its result, no end of a process
      or machine that the implementation is made for takes the records away, and whoever asks finds them in
      every number.
    * **Refused is not there.** What was answered by an error is not counted later either, unless sent again.
    * **Once.** The same records any number of times, in any order, give the same numbers.
    * **One state.** `snapshots` read one state of a company, which holds all that was acknowledged before.
    * **Nobody waits for another company.** Nor does a commit wait for the store.
    """

    @property
    @abstractmethod
    def snapshots(self) -> Snapshots:
        """For everybody who reads the store."""

    @abstractmethod
    def start(self) -> None:
        """Bring in what an earlier process left, then take submissions.

        Raises:
            BotlensError: the store does not take it, or it is of another version.
        """

    @abstractmethod
    def derive_all(self, patience: float) -> None:
        """Have all facts derived by the definitions of this version, if they are by others; after `start`.

        Where the others serve meanwhile, this returns after `patience` seconds at the latest.

        Raises:
            BotlensError: nothing can serve, and the facts could not be derived.
        """

    @abstractmethod
    def wait_for_facts(self) -> None:
        """Wait until all facts are by the definitions of this version.

        Raises:
            Exception: what they could not be derived for; it is tried again.
        """

    @abstractmethod
    def stop(self, seconds: float = ...) -> None:
        """Finish what was submitted and write it to the store.

        Args:
            seconds: how long to wait for that; what is not written by then stays durable.
        """

    @abstractmethod
    def thresholds(self, company_id: str) -> Thresholds:
        """The thresholds of a company's chatbots, and thereby which it has. May wait for the accounts."""

    @abstractmethod
    def submit(
        self, company_id: str, records: Sequence[Record], thresholds: Thresholds | None = None
    ) -> "Future[Refused]":
        """Have records committed; the future is done when they are durable and counted.

        Its result names those that were not kept, since their conversation would be too long.

        Args:
            company_id: whose.
            records: in the order of arrival.
            thresholds: of the company, asked for before; without them, this may wait for the accounts.

        Raises:
            OverloadedError: too much is waiting already, or another process writes to the store; nothing of
                this was taken.
        """

    @abstractmethod
    def load(self, company_id: str, events: EventColumns) -> LoadedRows:
        """Have many events in the store at once; they are durable when this returns, and not counted yet.

        For whoever brings in a whole table: some 100,000 rows a call, so that others have their turns and
        memory stays small. What is loaded is an event like any other: it wins and loses by the same rules
        against what is sent and taken back before, meanwhile and afterwards, and loaded twice it changes
        nothing. It arrives now, in the order of the rows, after whatever was committed before.

        Call `count_loaded` when all is loaded. Until then numbers are those of before, and `uncounted` names
        the chatbots. It is done without being asked for if nothing more of a chatbot is loaded for a minute,
        and at the start after an end of the process. A call that raised, or that a death cut off, has loaded
        some of the rows or none, and what of them is in the store is counted as well: load them again.

        Args:
            company_id: whose. Its chatbots must exist.
            events: of any of its chatbots.

        Raises:
            InvalidError: these are no such columns; nothing was loaded.
            OverloadedError: it cannot be written down now, the server is stopping, or another process writes
                to the store.
            StoreError: the store does not take it.
        """

    @abstractmethod
    def count_loaded(self, company_id: str, stop: Stop = ...) -> int:
        """Derive the facts of all chatbots that events were loaded for, chatbot by chatbot.

        Each of its conversations is counted as before until it is counted with all that was loaded. Live
        numbers are made anew afterwards. It takes as long as `rebuild`: 10 s for a million messages.

        Args:
            company_id: whose.
            stop: asked every few thousand conversations whether to leave off; what is left stays `uncounted`.

        Returns:
            How many conversations the chatbots have that were counted.

        Raises:
            BotlensError: the store does not answer. It is tried again until it succeeds.
        """

    @abstractmethod
    def uncounted(self, company_id: str) -> frozenset[str]:
        """The chatbots whose numbers lack some of what was loaded. Waits for nothing."""

    @abstractmethod
    def flush(self) -> None:
        """Write everything that was committed before this call to the store.

        Raises:
            StoreError: the store does not take it. It stays pending, and durable.
            OSError: it is in the store, but the journal could not be shortened and keeps it, too.
        """

    @abstractmethod
    def unwritten(self) -> AbstractContextManager[None]:
        """Bring the store up to date, and let nobody write to it as long as the block lasts.

        Commits go on meanwhile.

        Raises:
            StoreError: the store does not take what is pending.
        """

    @abstractmethod
    def version(self, company_id: str, chatbot_id: str | None = None) -> int:
        """A number that is higher after each commit of a company, and after each recount.

        Args:
            company_id: whose.
            chatbot_id: of this one alone: for those who may hear of no other; None is of all.
        """

    @abstractmethod
    def watch(self, company_id: str, changed: Changed) -> Callable[[], None]:
        """Have somebody told whenever `version` of a company changes, until what this returns is called.

        By then whoever asks finds what changed. What was told may be told again.
        """

    @abstractmethod
    def rebuild(self, company_id: str, chatbot_id: str) -> int:
        """Derive all facts of a chatbot anew from its raw events; returns how many conversations it has.

        Needed when what facts depend on has changed: the threshold, the definition. Part by part, so that
        commits go on and other companies' questions wait for moments only. Meanwhile the chatbot has no live
        numbers: what was counted by the old rule and what by the new would be mixed.

        Where that fails, it is tried again until it succeeds.
        """

    @abstractmethod
    def recounted(self, company_id: str, chatbot_id: str, change: Callable[[], T]) -> T:
        """Make a change that the facts of a chatbot depend on, and derive them anew.

        That is written down first: once the change is made, the facts follow, also if the process ends.

        Returns:
            What `change` returns.

        Raises:
            OverloadedError: it cannot be written down, and nothing was changed; or the facts could not be
                made anew now, which is tried again until it succeeds.
            BotlensError: what `change` raises.
        """

    @abstractmethod
    def is_stale(self, company_id: str, chatbot_id: str) -> bool:
        """Whether facts of a chatbot are still to be made anew: what was asked for is not done yet.

        Waits for nothing.
        """

    @abstractmethod
    def rebuilding(self, company_id: str) -> Sequence[RebuildProgress]:
        """How far the recounts of the company's chatbots are that run now."""

    @abstractmethod
    def erase(self, company_id: str, chatbot_id: str | None, wait: Wait) -> None:
        """Erase a chatbot that does not exist any more; None is a company with all it has.

        When this returns nothing of it is left, and no restart brings anything back. It may be cut off
        anywhere and begun anew. Until then nothing of the same name may be created.

        Args:
            company_id: whose.
            chatbot_id: which.
            wait: called between looks at how far it is; what it raises ends the attempt.

        Raises:
            BotlensError: the store does not answer, or cannot rewrite its files.
            OSError: what keeps commits cannot go on in a new file.
        """

    @abstractmethod
    def compare(self, company_id: str, chatbot_id: str) -> Iterator[str | None]:
        """Compare stored facts with the raw events: for each conversation None, or a line on what differs."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """Records that were submitted and are not committed yet."""

    @property
    @abstractmethod
    def pending(self) -> int:
        """Records that are committed and not in the store yet."""

    @property
    @abstractmethod
    def stale_chatbots(self) -> int:
        """Chatbots whose facts are still to be made anew."""

    @abstractmethod
    def journal_bytes(self) -> float:
        """Bytes on disk of what keeps commits until the store has them; not a number if unknown now."""
