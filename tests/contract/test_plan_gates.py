"""What a company's plan does not include is refused with 402, before anything is read."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from botlens.tenants.plans import DEFAULT_PLANS, Plan, plans_from
from tests.conftest import Tenant
from tests.events import message

LIST, ONE, EXPORT = "/v1/conversations", "/v1/conversations/a", "/v1/export"
ROUTES = {LIST: "conversations", ONE: "conversations", EXPORT: "export"}

MakeTenant = Callable[..., Tenant]


def refused(tenant: Tenant, path: str, **params: str) -> str:
    answer = tenant.world.client.get(path, params=params, headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "plan_required"), answer.text
    said: str = answer.json()["error"]["message"]
    return said


@pytest.fixture
def with_plan(new_tenant: MakeTenant, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Tenant]:
    """Makes companies on a plan that is configured for the test."""

    def make(**settings: Any) -> Tenant:
        configured = {"test": {"analytics": True, "conversations_per_month": 9, **settings}}
        tenant = new_tenant()
        accounts = tenant.world.engine.accounts
        monkeypatch.setattr(accounts, "plans", MappingProxyType(plans_from(configured)))
        accounts.set_plan(tenant.company.id, "test")
        return tenant

    return make


@pytest.mark.parametrize("path", ROUTES)
def test_without_analytics(new_tenant: MakeTenant, path: str) -> None:
    """The plan free shows no numbers, so nothing behind them either."""
    tenant = new_tenant(plan="free")
    tenant.send(message("a", "1"))
    assert refused(tenant, path) == "The plan `free` has no analytics; these have: starter, pro, enterprise."


@pytest.mark.parametrize(("path", "feature"), ROUTES.items())
@pytest.mark.parametrize("plan", DEFAULT_PLANS.values(), ids=lambda plan: plan.name)
def test_default_plans(new_tenant: MakeTenant, plan: Plan, path: str, feature: str) -> None:
    """Each default plan opens what it includes, and nothing else."""
    tenant = new_tenant(plan=plan.name)
    tenant.send(message("a", "1"))
    if feature in plan.features:
        assert tenant.world.client.get(path, headers=tenant.headers).status_code == 200
    else:
        assert f"`{plan.name}`" in refused(tenant, path)


@pytest.mark.parametrize(("path", "feature"), ROUTES.items())
def test_each_feature_alone(with_plan: Callable[..., Tenant], path: str, feature: str) -> None:
    """A configured plan includes what it names: without the route's feature 402, with it alone 200."""
    others = sorted(DEFAULT_PLANS["pro"].features - {feature})
    tenant = with_plan(features=others)
    tenant.send(message("a", "1"))
    assert refused(tenant, path).endswith("pro, enterprise.")
    accounts = tenant.world.engine.accounts
    accounts.plans = {
        **accounts.plans,
        "test": replace(accounts.plans["test"], features=frozenset({feature})),
    }
    assert tenant.world.client.get(path, headers=tenant.headers).status_code == 200


@pytest.mark.parametrize("path", [LIST, EXPORT])
def test_history(with_plan: Callable[..., Tenant], path: str) -> None:
    """Now is 2026-03-18: with ten days of history the first day is the 8th, and the refusal says so."""
    tenant = with_plan(history_days=10)
    for params in ({"period": "11d"}, {"from": "2026-03-08"}, {"from": "2026-03-08T00:00:00Z"}):
        assert tenant.world.client.get(path, params=params, headers=tenant.headers).status_code == 200
    early = ({"period": "12d"}, {"from": "2026-03-07T23:59:59.999999Z"}, {"to": "2026-03-10"})
    for params in (*early, {"period": "all"}, {}):
        said = refused(tenant, path, **params)
        assert said.startswith("The history of the plan `test` goes back 10 days: ask from 2026-03-08 on;")


def test_history_is_counted_in_local_days(with_plan: Callable[..., Tenant]) -> None:
    """In Kiritimati it is the 19th already."""
    tenant = with_plan(history_days=10)
    there = {"tz": "Pacific/Kiritimati"}
    assert tenant.get(LIST, **there, **{"from": "2026-03-09"})["total"] == 0
    assert "2026-03-09" in refused(tenant, LIST, **there, **{"from": "2026-03-08"})


def test_history_of_a_cursor(with_plan: Callable[..., Tenant]) -> None:
    """A list that was begun is gone on with, but never further back than the plan allows by now."""
    tenant = with_plan(history_days=10)
    tenant.send(*(message(f"c{day}", "1", at=f"2026-03-{day}T10:00:00Z") for day in (10, 11, 12)))
    first = tenant.get(LIST, period="11d", limit="1")
    tenant.world.now = tenant.world.now.replace(day=19)
    assert "2026-03-09" in refused(tenant, LIST, period="11d", limit="1", cursor=first["next"])


def test_a_transcript_has_no_window(with_plan: Callable[..., Tenant]) -> None:
    """A single conversation is asked for by its id; how old it is does not matter."""
    tenant = with_plan(history_days=1)
    tenant.send(message("a", "1", at="2020-01-01T00:00:00Z"))
    assert tenant.get(ONE)["started_at"] == "2020-01-01T00:00:00.000000Z"


def test_seed_routes_have_no_history(with_plan: Callable[..., Tenant]) -> None:
    """The seed contract stays as it is: all time, on every plan with analytics, whatever its features."""
    tenant = with_plan(history_days=1, features=[])
    tenant.send(message("a", "1", at="2020-01-01T00:00:00Z"))
    assert tenant.overview()["total_conversations"] == 1


@pytest.mark.parametrize("path", ROUTES)
def test_scopes(tenant: Tenant, path: str) -> None:
    """A key that may only send events reads no conversation."""
    _, writer = tenant.world.engine.accounts.create_key(tenant.company.id, scopes=["ingest"])
    answer = tenant.world.client.get(path, headers={"Authorization": f"Bearer {writer}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "missing_scope")
