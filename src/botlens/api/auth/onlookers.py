"""Who looks on: hears that something changed, and nothing of what. Any plan will do."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends

from botlens.api.asking import ask_accounts
from botlens.engine import Engine
from botlens.errors import NotFoundError
from botlens.tenants.entitlements import require_feature
from botlens.tenants.plans import EMBED
from botlens.tenants.values import Caller, Company

EMBEDDED: Final = "embed:"
"""Whoever reads by embed links, all of them together: the company's own people keep places."""


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Somebody who looks on.

    Attributes:
        name: who, for counting.
        company: at which company.
        only: at which chatbot alone; None: at all of them.
    """

    name: str
    company: Company
    only: str | None


def onlookers(engine: Engine, caller: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Onlooker]]:
    """The dependency that gives who looks on; `caller` as for `entitled`."""

    async def looking(who: Annotated[Caller | Company | str, Depends(caller)]) -> Onlooker:
        return await onlooker(engine, who)

    return looking


async def onlooker(engine: Engine, who: Caller | Company | str) -> Onlooker:
    """Who looks on.

    Raises:
        NotFoundError: there is no such company.
        ForbiddenError: a caller may not read.
        PlanError: an embed link's company has no embedded pages (any more).
    """
    if isinstance(who, str):
        found = await ask_accounts(engine.accounts, engine.accounts.company, who)
        if found is None:
            raise NotFoundError("There is no such company.", code="no_company")
        return Onlooker(found.id, found, None)
    if isinstance(who, Company):
        return Onlooker(who.id, who, None)
    company = who.require_company()
    if company.link is None:
        who.require_scope("read")
        return Onlooker(who.who, company, None)
    require_feature(engine.accounts.plan_of(company), engine.accounts.plans, EMBED)
    return Onlooker(EMBEDDED, company, company.link.chatbot_id)
