"""What a plan entitles to: each function passes, or says which plan would let it pass."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from botlens.errors import PlanError
from botlens.tenants.plans import (
    COMPARE,
    CONVERSATIONS,
    DEFAULT_PLANS,
    EMBED,
    EXPORT,
    FREE,
    GAPS,
    MARKERS,
    QUERY,
    UNLIMITED,
    VIEWS,
    Plan,
)
from botlens.tenants.values import Company

HISTORY: Final = "history"
"""What a plan lacks that does not look back as far as was asked: no feature, but named like one in errors."""

_CALLED: Final[Mapping[str, str]] = {
    QUERY: "queries",
    COMPARE: "comparisons between periods",
    CONVERSATIONS: "lists of conversations and transcripts",
    EXPORT: "exports",
    GAPS: "knowledge gaps",
    MARKERS: "markers",
    VIEWS: "saved views",
    EMBED: "embedded pages",
}


def plan_of(company: Company, plans: Mapping[str, Plan]) -> Plan:
    """What the company may use."""
    return plan_named(company.plan, plans)


def plan_named(name: str, plans: Mapping[str, Plan]) -> Plan:
    """The plan of this name; free if it is not configured (any more), which `doctor` names."""
    return plans.get(name) or plans.get(FREE) or DEFAULT_PLANS[FREE]


def require_feature(plan: Plan, plans: Mapping[str, Plan], feature: str) -> None:
    """Pass if the plan includes a feature (`ANALYTICS`, or one of `FEATURES`).

    Raises:
        PlanError: it does not, or has no analytics at all.
    """
    if plan.includes(feature):
        return
    if not plan.analytics:
        able = _able(plans, lambda each: each.includes(feature))
        others = _others(_able(plans, lambda each: each.analytics))
        raise PlanError(
            f"The plan `{plan.name}` has no analytics; {others}.", feature=feature, needs_plan=_first(able)
        )
    able = _able(plans, lambda each: each.includes(feature))
    raise PlanError(
        f"The plan `{plan.name}` does not include {_CALLED[feature]}; {_others(able)}.",
        feature=feature,
        needs_plan=_first(able),
    )


def require_history(
    plan: Plan, plans: Mapping[str, Plan], start: datetime | None, now: datetime, *, zone: tzinfo = UTC
) -> None:
    """Pass if the plan's history reaches back to the start of a window.

    Args:
        plan: of the company.
        plans: all there are.
        start: of the window, aware; None is all time.
        now: aware.
        zone: whose days are counted: the first day is today less `history_days`.

    Raises:
        PlanError: the window begins before the first day.
    """
    first = first_day(plan, now, zone)
    asked = None if start is None else local_day(start, zone)
    if first is None or (asked is not None and asked >= first):
        return
    days = None if asked is None else (local_day(now, zone) - asked).days
    able = _able(plans, lambda each: _reaches(each, days))
    raise PlanError(
        f"The history of the plan `{plan.name}` goes back {plan.history_days} days: ask from "
        f"{first.isoformat()} on; further back {_others(able)}.",
        feature=HISTORY,
        needs_plan=_first(able),
        oldest_allowed=first.isoformat(),
    )


def first_day(plan: Plan, now: datetime, zone: tzinfo = UTC) -> date | None:
    """The first local day that the plan's history holds; None if it is unlimited."""
    if plan.history_days == UNLIMITED:
        return None
    today = local_day(now, zone)
    return today - timedelta(days=min(plan.history_days, today.toordinal() - 1))


def local_day(moment: datetime, zone: tzinfo) -> date:
    """The local day of a moment."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:  # the first or last day that there is, seen from elsewhere
        return moment.date()


def _reaches(plan: Plan, days: int | None) -> bool:
    return plan.history_days == UNLIMITED or (days is not None and plan.history_days >= days)


def _able(plans: Mapping[str, Plan], suffices: Callable[[Plan], bool]) -> list[str]:
    return [name for name, each in plans.items() if each.analytics and suffices(each)]


def _others(able: list[str]) -> str:
    return f"these have: {', '.join(able)}" if able else "no plan of this installation has"


def _first(able: list[str]) -> str | None:
    return able[0] if able else None
