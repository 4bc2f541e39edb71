"""Every read that a person may make, in one object: whoever asks needs a `Scope`."""

from datetime import datetime

from botlens.answers.conversations.pages import Conversations
from botlens.answers.effects import Effects
from botlens.answers.extent import Extent
from botlens.answers.numbers import NumbersReader
from botlens.answers.queries import Queries
from botlens.answers.scope import Scope
from botlens.answers.seed import Seed
from botlens.answers.values import Values
from botlens.answers.verification import Verifier
from botlens.commit.port import Commits
from botlens.live.registry import LiveNumbers
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company


class Answers:
    """The answers of one engine, by what they are about.

    Args:
        accounts: what companies have, and what their plans let them see.
        commits: gives snapshots of events and facts, and takes deletions.
        live: the numbers in memory.

    Attributes:
        seed: the three seed routes.
        queries: the question language.
        values: what its filters can be set to.
        effects: what a metric did around a marker.
        conversations: the conversations behind a figure: lists, transcripts, exports, deletion.
        extent: since when there are events, until when, and how much of the plan is used.
        verification: whether the numbers are what the events say.
    """

    def __init__(self, accounts: Accounts, commits: Commits, live: LiveNumbers) -> None:
        self._accounts = accounts
        numbers = NumbersReader(commits.snapshots, live)
        self.seed = Seed(numbers)
        self.queries = Queries(commits.snapshots)
        self.values = Values(commits.snapshots)
        self.effects = Effects(self.queries)
        self.conversations = Conversations(commits)
        self.extent = Extent(commits.snapshots, live.spans)
        self.verification = Verifier(commits, numbers)

    def scope(self, company: Company, now: datetime) -> Scope:
        """What a company may ask about, as the accounts have it now. It may have to wait for them.

        Args:
            company: that asks.
            now: what "today" is taken from, aware.
        """
        return Scope.of(self._accounts, company, now)
