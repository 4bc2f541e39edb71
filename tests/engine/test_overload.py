"""More events than the store can take are refused until it has caught up; none that was accepted is lost."""

import json
from collections.abc import Callable

import pytest

from botlens.commit.room import back_pressure
from botlens.store.failures import StoreError
from tests.conftest import Tenant
from tests.events import message


def refuse(*_: object) -> None:
    raise StoreError("The store takes nothing.")


@pytest.mark.parametrize("limit", ["_ROWS_PENDING", "_BYTES_PENDING"])
def test_too_much_is_refused_for_a_moment(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """By the number of events or by their size: 503 and when to come again, and then it is taken."""
    ours = tenant.world.engine.commits
    second = json.dumps({"events": [message("c", "2")]}).encode()
    ours.flush()
    with monkeypatch.context() as full:
        full.setattr(tenant.world.engine.store, "insert", refuse)
        full.setattr(back_pressure, limit, 1)
        tenant.send(message("c", "1"))
        refused = tenant.post(second)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
    assert int(refused.headers["Retry-After"]) >= 1
    ours.flush()
    assert tenant.chatbot()["total_messages"] == 1
    assert tenant.post(second).json() == {"accepted": 1, "rejected": []}
    assert tenant.chatbot()["total_messages"] == 2


def test_one_company_alone_stops_no_other(
    tenant: Tenant, new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what may wait for the store, one company takes half at most."""
    ours = tenant.world.engine.commits
    ours.flush()
    other = new_tenant()
    with monkeypatch.context() as full:
        full.setattr(tenant.world.engine.store, "insert", refuse)
        full.setattr(back_pressure, "_ROWS_PENDING", 6)
        tenant.send(*(message("c", str(number)) for number in range(4)))
        refused = tenant.post(json.dumps({"events": [message("c", "5")]}).encode())
        other.send(message("d", "1"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
    assert tenant.chatbot()["total_messages"] == 4
    assert other.chatbot()["total_messages"] == 1
