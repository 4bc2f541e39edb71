"""Callers whose plan includes a feature, for routes of what people keep: a company, a scope, the feature."""

from typing import Annotated

from fastapi import Depends

from botlens.api.auth.callers import CallerDependency, permitted
from botlens.engine import Engine
from botlens.tenants.entitlements import require_feature
from botlens.tenants.values import Caller


def included(engine: Engine, caller: CallerDependency, scope: str, feature: str) -> CallerDependency:
    """The dependency that gives who asks, if it has a company, the scope, and a plan with the feature."""

    async def with_feature(who: Annotated[Caller, Depends(caller)]) -> Caller:
        company = permitted(who, scope).require_company()
        require_feature(engine.accounts.plan_of(company), engine.accounts.plans, feature)
        return who

    return with_feature
