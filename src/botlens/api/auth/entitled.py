"""Who asks, and whether their plan lets them: the same gate before every route that shows numbers."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends
from starlette.concurrency import run_in_threadpool

from botlens.engine import Engine
from botlens.errors import NotFoundError
from botlens.tenants.entitlements import require_analytics, require_feature
from botlens.tenants.values import Caller, Company

CompanyDependency = Callable[..., Coroutine[Any, Any, Company]]


def entitled(engine: Engine, caller: Callable[..., Any], feature: str | None = None) -> CompanyDependency:
    """The dependency that gives the company that asks.

    Args:
        engine: knows companies and plans.
        caller: a FastAPI dependency that says who asks: a `Caller` (who must have the scope `read`), a
            `Company`, or the id of a company.
        feature: what the plan must include besides analytics, one of `botlens.tenants.plans.FEATURES`.
    """

    async def company_of(who: Annotated[Caller | Company | str, Depends(caller)]) -> Company:
        company = _company(who) if not isinstance(who, str) else await run_in_threadpool(_named, engine, who)
        require_entitled(engine, company, feature)
        return company

    return company_of


def require_entitled(engine: Engine, company: Company, feature: str | None = None) -> None:
    """Pass if the company's plan has analytics, and the feature if one is named.

    Raises:
        PlanError: it has not.
    """
    plan = engine.accounts.plan_of(company)
    if feature is None:
        require_analytics(plan, engine.accounts.plans)
    else:
        require_feature(plan, engine.accounts.plans, feature)


def _company(who: Caller | Company) -> Company:
    if isinstance(who, Company):
        return who
    company = who.require_company()
    who.require_scope("read")
    return company


def _named(engine: Engine, company_id: str) -> Company:
    found = engine.accounts.company(company_id)
    if found is None:
        raise NotFoundError("There is no such company.", code="no_company")
    return found
