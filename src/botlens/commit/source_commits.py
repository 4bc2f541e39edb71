"""What whoever follows a source asks of commits: less than `Commits`, of any company, wherever that is."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import Protocol, TypeVar

from botlens.commit.columns import EventColumns, LoadedRows
from botlens.commit.derivation import Stop, never
from botlens.commit.port import Commits
from botlens.commit.submission import Refused
from botlens.events.record import Record
from botlens.jobs.job import Progress
from botlens.store.said_questions import SaidQuestion

T = TypeVar("T")


class SourceCommits(Protocol):
    """Takes what a source has, and says what counts of it. For any thread.

    What was taken is as `Commits` promises it. Whatever raises may be asked again: done twice it is as once.
    """

    @abstractmethod
    def chatbots(self, company_id: str) -> Collection[str]:
        """The ids of the chatbots that a company has. May wait for the accounts."""

    @abstractmethod
    def submit(self, company_id: str, records: Sequence[Record]) -> Refused:
        """Have records committed; durable and counted when this returns. See `Commits.submit`."""

    @abstractmethod
    def load(self, company_id: str, events: EventColumns) -> LoadedRows:
        """See `Commits.load`."""

    @abstractmethod
    def count_loaded(self, company_id: str, stop: Stop = never) -> int:
        """See `Commits.count_loaded`."""

    @abstractmethod
    def uncounted(self, company_id: str) -> frozenset[str]:
        """See `Commits.uncounted`; but this may wait."""

    @abstractmethod
    def said(self, company_id: str, question: SaidQuestion[T]) -> T:
        """The answer of one state of a company, which holds all that was acknowledged before.

        Raises:
            BotlensError: the store does not answer.
        """


OpenSourceCommits = Callable[[Progress], SourceCommits]
"""Opens them for a run that follows, which is asked whether it may go on wherever something is waited for."""


class DirectCommits(SourceCommits):
    """Those of one process, which has every company that it is asked for.

    Args:
        commits: its own.
    """

    def __init__(self, commits: Commits) -> None:
        self._commits = commits

    def chatbots(self, company_id: str) -> Collection[str]:
        """See `SourceCommits`."""
        return self._commits.thresholds(company_id).by_chatbot.keys()

    def submit(self, company_id: str, records: Sequence[Record]) -> Refused:
        """See `SourceCommits`."""
        return self._commits.submit(company_id, records).result()

    def load(self, company_id: str, events: EventColumns) -> LoadedRows:
        """See `SourceCommits`."""
        return self._commits.load(company_id, events)

    def count_loaded(self, company_id: str, stop: Stop = never) -> int:
        """See `SourceCommits`."""
        return self._commits.count_loaded(company_id, stop)

    def uncounted(self, company_id: str) -> frozenset[str]:
        """See `SourceCommits`."""
        return self._commits.uncounted(company_id)

    def said(self, company_id: str, question: SaidQuestion[T]) -> T:
        """See `SourceCommits`."""
        return self._commits.snapshots.read(company_id, question.of)


def opened_directly(commits: Commits) -> OpenSourceCommits:
    """Those of one process, for any run."""
    return lambda _: DirectCommits(commits)
