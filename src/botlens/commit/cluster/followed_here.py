"""How a node of several follows a source, and takes what another one that follows orders of it."""

from collections.abc import Callable

from botlens.commit.cluster.commits import ClusterCommits
from botlens.commit.cluster.order_sender import OrderSender
from botlens.commit.cluster.passed_commits import PassedCommits
from botlens.commit.orders import OrderTaking
from botlens.commit.source_commits import DirectCommits, SourceCommits
from botlens.commit.thresholds import AskThresholds
from botlens.jobs.job import Progress
from botlens.jobs.leases import Leases


class FollowingNode:
    """One node, as far as sources are followed.

    Args:
        commits: of the node.
        leases: of the jobs of all nodes.
        chatbots: of the accounts; their ids are the keys.
        refresh: has accounts that other nodes wrote be seen.

    Attributes:
        taking: does what is ordered of this node.
    """

    def __init__(
        self, commits: ClusterCommits, leases: Leases, chatbots: AskThresholds, refresh: Callable[[], None]
    ) -> None:
        self.taking = OrderTaking(DirectCommits(commits), leases.are_held, refresh)
        self._node = commits.node
        self._sender = OrderSender(commits.secret)
        self._chatbots = chatbots

    def open_commits(self, progress: Progress) -> SourceCommits:
        """Those of all companies, for a run that has the lease of its job: see `OpenSourceCommits`."""
        if progress.lease is None:
            raise AssertionError("of several nodes one follows, by a lease")
        claim = progress.lease.claim
        return PassedCommits(self._node, self.taking, self._sender, claim, self._chatbots, progress.pause)

    def close(self) -> None:
        """Close the connections to other nodes."""
        self._sender.close()
