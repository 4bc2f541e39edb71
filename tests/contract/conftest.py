"""Companies that several contract tests share."""

from collections.abc import Callable

import pytest

from tests.conftest import Tenant
from tests.contract.small_company import EVENTS


@pytest.fixture
def company(new_tenant: Callable[..., Tenant]) -> Tenant:
    """In UTC, with two chatbots and a handful of events."""
    tenant = new_tenant(chatbots=("bot", "shop"))
    tenant.send(*EVENTS)
    return tenant
