"""Companies that several contract tests share."""

from collections.abc import Callable, Iterator

import pytest

from tests.conftest import Tenant, World
from tests.contract.sides import SOURCE, Sides, fill
from tests.contract.small_company import EVENTS


@pytest.fixture
def company(new_tenant: Callable[..., Tenant]) -> Tenant:
    """In UTC, with two chatbots and a handful of events."""
    tenant = new_tenant(chatbots=("bot", "shop"))
    tenant.send(*EVENTS)
    return tenant


@pytest.fixture
def sides(world: World) -> Iterator[Sides]:
    """The origin and ours, over thirty days of rows."""
    found = Sides(world)
    fill(found)
    yield found
    if any(each.name == SOURCE for each in world.engine.accounts.sources()):
        world.engine.accounts.release(SOURCE)
