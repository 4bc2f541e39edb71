"""Who asks over HTTP, and the early refusal: before a body is read, a plan without the feature is told so."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends

from botlens.answers.embedded import beyond, require_feature_of
from botlens.answers.scope import feature_of
from botlens.api.asking import ask_accounts
from botlens.engine import Engine
from botlens.errors import NotFoundError
from botlens.tenants.entitlements import require_feature
from botlens.tenants.plans import EMBED
from botlens.tenants.values import Caller, Company

CompanyDependency = Callable[..., Coroutine[Any, Any, Company]]


def entitled(engine: Engine, caller: Callable[..., Any], method: Callable[..., Any]) -> CompanyDependency:
    """The dependency that gives the company that asks.

    Args:
        engine: knows companies and plans.
        caller: a FastAPI dependency that says who asks: a `Caller` (who must have the scope `read`), a
            `Company`, or the id of a company.
        method: of `engine.answers`, that will answer: the plan must include what it needs.
    """
    feature = feature_of(method)

    async def company_of(who: Annotated[Caller | Company | str, Depends(caller)]) -> Company:
        if feature is not None and isinstance(who, Caller) and who.company is None and who.user is not None:
            await ask_accounts(engine.accounts, _require_own_plan, engine, who.user, feature)
        company = (
            _company(who)
            if not isinstance(who, str)
            else await ask_accounts(engine.accounts, _named, engine, who)
        )
        if company.link is not None:
            require_embedded(engine, company, feature)
        if feature is not None:
            require_feature(engine.accounts.plan_of(company), engine.accounts.plans, feature)
        return company

    return company_of


def require_embedded(engine: Engine, company: Company, feature: str | None) -> None:
    """Pass if whoever sees a company through an embed link may use a feature; None is one of no plan.

    Raises:
        PlanError: the plan includes no embedded pages (any more).
        ForbiddenError: `beyond_embed_link`.
    """
    if company.link is None or feature is None:
        raise beyond("Figures of one chatbot are all that it shows.")
    require_feature(engine.accounts.plan_of(company), engine.accounts.plans, EMBED)
    require_feature_of(company.link, feature)


def _require_own_plan(engine: Engine, user: str, feature: str) -> None:
    """Whoever has no company is first asked for a plan, where plans are those of a source's users.

    Raises:
        PlanError: the user has none that includes the feature.
    """
    plan = engine.accounts.plan_without_company(user)
    if plan is not None:
        require_feature(plan, engine.accounts.plans, feature)


def _company(who: Caller | Company) -> Company:
    if isinstance(who, Company):
        return who
    company = who.require_company()
    if company.link is None:  # who reads by a link has no scope, but what the link lets be read
        who.require_scope("read")
    return company


def _named(engine: Engine, company_id: str) -> Company:
    found = engine.accounts.company(company_id)
    if found is None:
        raise NotFoundError("There is no such company.", code="no_company")
    return found
