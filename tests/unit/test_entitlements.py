"""What plans let pass, what they refuse, and that a refusal says who would not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from botlens.errors import InvalidError, PlanError
from botlens.tenants.entitlements import first_day, require_feature, require_history
from botlens.tenants.plans import ANALYTICS, DEFAULT_PLANS, FEATURES, Plan, plans_from

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
FREE, STARTER, PRO, ENTERPRISE = DEFAULT_PLANS.values()


def refusal(check, *arguments, **more) -> str:
    with pytest.raises(PlanError) as refused:
        check(*arguments, **more)
    assert refused.value.code == "plan_required"
    return refused.value.message


def test_defaults() -> None:
    """The published plans."""
    assert {plan.name: (plan.history_days, plan.features) for plan in DEFAULT_PLANS.values()} == {
        "free": (-1, frozenset()),
        "starter": (365, {"query", "compare", "conversations", "gaps", "markers", "views"}),
        "pro": (-1, set(FEATURES)),
        "enterprise": (-1, set(FEATURES)),
    }


def test_analytics() -> None:
    """A plan without analytics: the sentence names it, and those that have."""
    for plan in (STARTER, PRO, ENTERPRISE):
        require_feature(plan, DEFAULT_PLANS, ANALYTICS)
    said = refusal(require_feature, FREE, DEFAULT_PLANS, ANALYTICS)
    assert said == "The plan `free` has no analytics; these have: starter, pro, enterprise."


@pytest.mark.parametrize("feature", FEATURES)
def test_features(feature: str) -> None:
    """Each feature passes where it is included, and nowhere else."""
    for plan in DEFAULT_PLANS.values():
        if feature in plan.features:
            require_feature(plan, DEFAULT_PLANS, feature)
        else:
            assert f"`{plan.name}`" in refusal(require_feature, plan, DEFAULT_PLANS, feature)


def test_a_feature_that_is_not_included() -> None:
    """The sentence names the plan, what it lacks, and the plans that have it."""
    said = refusal(require_feature, STARTER, DEFAULT_PLANS, "export")
    assert said == "The plan `starter` does not include exports; these have: pro, enterprise."
    alone = {"starter": STARTER}
    said = refusal(require_feature, STARTER, alone, "export")
    assert said == "The plan `starter` does not include exports; no plan of this installation has."


def test_features_without_analytics_are_nothing() -> None:
    """`analytics: false` shuts out every feature, whatever else the plan says."""
    plan = replace(PRO, analytics=False)
    assert "has no analytics" in refusal(require_feature, plan, DEFAULT_PLANS, "query")


def test_history() -> None:
    """365 days: from the day of the year before; a moment earlier is refused with the first day."""
    first = datetime(2025, 3, 18, tzinfo=UTC)
    assert first_day(STARTER, NOW) == first.date()
    require_history(STARTER, DEFAULT_PLANS, first, NOW)
    said = refusal(require_history, STARTER, DEFAULT_PLANS, first - timedelta(microseconds=1), NOW)
    assert said == (
        "The history of the plan `starter` goes back 365 days: ask from 2025-03-18 on; "
        "further back these have: pro, enterprise."
    )
    assert "2025-03-18" in refusal(require_history, STARTER, DEFAULT_PLANS, None, NOW)
    for start in (None, datetime(1, 1, 1, tzinfo=UTC)):
        require_history(PRO, DEFAULT_PLANS, start, NOW)


def test_history_names_only_plans_that_reach() -> None:
    """A plan with a longer history that is still too short is not recommended."""
    plans = {**DEFAULT_PLANS, "school": Plan("school", True, 500, history_days=400)}
    said = refusal(require_history, STARTER, plans, NOW - timedelta(days=401), NOW)
    assert said.endswith("these have: pro, enterprise.")
    said = refusal(require_history, STARTER, plans, NOW - timedelta(days=400), NOW)
    assert said.endswith("these have: pro, enterprise, school.")


def test_history_counts_local_days() -> None:
    """Days are those of the window's zone: where it is tomorrow already, the first day is one later."""
    zone = ZoneInfo("Pacific/Kiritimati")  # 14 hours ahead: there it is 2026-03-19, 2 o'clock
    assert first_day(STARTER, NOW, zone) == date(2025, 3, 19)
    start = datetime(2025, 3, 19, tzinfo=zone)
    require_history(STARTER, DEFAULT_PLANS, start, NOW, zone=zone)
    early = start - timedelta(microseconds=1)
    assert "2025-03-19" in refusal(require_history, STARTER, DEFAULT_PLANS, early, NOW, zone=zone)


def test_ends_of_the_calendar() -> None:
    """The first day that there is, seen from west of Greenwich, and a history of a million years."""
    zone = ZoneInfo("America/New_York")
    first = datetime(1, 1, 1, tzinfo=UTC)
    assert refusal(require_history, STARTER, DEFAULT_PLANS, first, NOW, zone=zone)
    long = replace(PRO, history_days=10**9)
    assert first_day(long, NOW) == date(1, 1, 1)
    require_history(long, DEFAULT_PLANS, first, NOW)


def test_configuration() -> None:
    """`features` and `history_days` are configured like the rest; a new plan has all unless it says less."""
    plans = plans_from(
        {
            "starter": {"features": [], "history_days": 30},
            "school": {"analytics": True, "conversations_per_month": 500},
            "club": {"analytics": True, "conversations_per_month": 5, "features": ["export"]},
        }
    )
    assert plans["starter"] == replace(STARTER, features=frozenset(), history_days=30)
    assert plans["school"] == Plan("school", True, 500, -1, frozenset(FEATURES))
    assert plans["club"].features == {"export"}


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"features": "export"}, "features"),
        ({"features": ["exports"]}, "features"),
        ({"features": [["export"]]}, "features"),
        ({"features": True}, "features"),
        ({"history_days": "365"}, "history_days"),
        ({"history_days": -2}, "history_days"),
        ({"history_days": True}, "history_days"),
    ],
)
def test_bad_configuration(settings, setting: str) -> None:
    """What cannot be is refused, and named."""
    with pytest.raises(InvalidError) as refused:
        plans_from({"pro": settings})
    assert refused.value.field == f"plans.pro.{setting}"


def test_plans_configured_before_a_feature_came() -> None:
    """A list of features means what it says: it keeps what it named, and nothing is added to it later.

    A plan without a list follows the default that it is laid over, or has everything.
    """
    plans = plans_from(
        {
            "starter": {"features": ["query", "export"]},
            "pro": {"conversations_per_month": 5},
            "school": {"analytics": True, "conversations_per_month": 500},
        }
    )
    assert plans["starter"].features == {"query", "export"}
    assert plans["pro"].features == plans["school"].features == set(FEATURES)
