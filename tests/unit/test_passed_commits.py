"""What a follower orders of another node waits for whoever has the company, as long as that makes sense."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from unittest.mock import patch

import pytest

from botlens.cluster.ownership import Here, Nowhere, There, Whereabouts
from botlens.commit.cluster.order_sender import OrderSender, OrderUnansweredError
from botlens.commit.cluster.passed_commits import PassedCommits
from botlens.commit.orders import OrderTaking
from botlens.errors import NotHereError, OverloadedError
from botlens.jobs.leases import LeaseClaim

THERE = There("http://ben", "ben")
NOBODY = Nowhere(1, "Nobody has it.")


@dataclass
class World:
    """A company at another node, which answers after some seconds; the time passes only while one waits."""

    answers_after: float
    refuses_by: type[OverloadedError] = NotHereError
    place: Whereabouts = THERE
    works_first: int = 0
    now: float = 100.0
    orders: list[float] = field(default_factory=list)

    def place_of(self, _: str) -> Whereabouts:
        return self.place

    def still_here(self, _: Here) -> bool:
        return False

    def send(self, _to: There, _claim: LeaseClaim, _order: Any, stop: Callable[[], bool]) -> frozenset[str]:
        self.orders.append(self.now)
        for _ in range(self.works_first if len(self.orders) == 1 else 0):
            self.now += 1
            assert not stop()
        if self.now - 100.0 >= self.answers_after:
            return frozenset({"bot"})
        raise self.refuses_by("Not now.")

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def ask(self) -> frozenset[str]:
        commits = PassedCommits(
            self,
            cast("OrderTaking", None),
            cast("OrderSender", self),
            LeaseClaim("sync", "ann"),
            lambda _: {},
            self.wait,
        )
        with patch("botlens.commit.cluster.passed_commits.time.monotonic", lambda: self.now):
            return commits.uncounted("company")


def test_a_company_whose_facts_are_derived_first_is_waited_for() -> None:
    """For minutes, as its owner lives, and ever more seldom: all others are followed after that, too."""
    world = World(answers_after=600.0)
    assert world.ask() == {"bot"}
    assert len(world.orders) < 400


def test_not_for_ever() -> None:
    world = World(answers_after=100_000.0)
    with pytest.raises(OverloadedError, match="waited 18"):
        world.ask()


@pytest.mark.parametrize(
    "world", [World(600.0, OrderUnansweredError), World(600.0, place=NOBODY)], ids=["silent", "nowhere"]
)
def test_a_company_that_nobody_has_is_waited_for_a_minute(world: World) -> None:
    """A lease has ended by then, and another has opened the slot, or nobody can."""
    with pytest.raises(OverloadedError, match=r"waited 6\d s"):
        world.ask()


def test_an_owner_that_dies_after_an_hour() -> None:
    """The next one is given the order, though it takes some seconds until there is one."""
    world = World(3_630.0, OrderUnansweredError, works_first=3_600)
    assert world.ask() == {"bot"}
    world = World(3_700.0, OrderUnansweredError, works_first=3_600)
    with pytest.raises(OverloadedError, match=r"waited 6\d s"):
        world.ask()
