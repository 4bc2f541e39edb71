"""What the link of one chatbot works with, and what it comes to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from botlens.commit.port import Commits
from botlens.gaps.kept.vectors import KeptVectors
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.process.link_process import LinkProcess
from botlens.jobs.job import Progress
from botlens.moments import microseconds
from botlens.store.connection import ClickHouse
from botlens.store.reading import CompanyReader

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LinkWork:
    """What the link of one chatbot works with.

    Attributes:
        store: has the tables of gaps.
        commits: give the facts.
        cycle: knows which link counts, and what people did to gaps.
        process: embeds and links.
        progress: of the job.
        now: of the link.
        company_id: whose.
        chatbot_id: of which chatbot.
    """

    store: ClickHouse
    commits: Commits
    cycle: GapLifeCycle
    process: LinkProcess
    progress: Progress
    now: datetime
    company_id: str
    chatbot_id: str

    @property
    def written(self) -> int:
        """The version of what is written: the moment of the link, in microseconds."""
        return microseconds(self.now)

    def read(self, ask: Callable[[CompanyReader], T]) -> T:
        """What is read of one state of the company's data."""
        return self.commits.snapshots.read(self.company_id, ask)

    def vectors(self, model: str) -> KeptVectors:
        """The vectors by a model."""
        return KeptVectors(self.store, self.company_id, self.chatbot_id, model)


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """What is told of a link of one chatbot: its number, how many distinct questions and gaps there are."""

    link: int
    questions: int
    gaps: int


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What a link came to.

    Attributes:
        counts: what is told of it.
        seen: the highest version of the facts that were looked at.
        gone_until: of what began before this some is not there any more, microseconds since 1970.
        questions: the distinct ones that were looked at.
        unanswered: by gap, whether it has more than weaker signs.
    """

    counts: LinkCounts
    seen: int
    gone_until: int
    questions: frozenset[str]
    unanswered: Mapping[str, bool]
