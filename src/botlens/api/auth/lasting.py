"""Whether an answer that takes long may go on: a slow reader keeps no more than others do who ask again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request

from botlens.api.asking import ask_accounts
from botlens.api.auth.callers import STILL
from botlens.engine import Engine
from botlens.errors import NotFoundError, OverloadedError, UnauthorizedError
from botlens.tenants.entitlements import require_feature
from botlens.tenants.values import Company

_LOOKS_EVERY: Final = 1.0
_PATIENCE_SECONDS: Final = 60.0
_TRIES_EVERY: Final = 1.0

Lasting = Callable[[], Awaitable[None]]


def lasting(engine: Engine, request: Request, company: Company, feature: str | None) -> Lasting:
    """What passes as long as whoever asked may have the rest; to be asked before each part.

    It looks at most once a second. Accounts that do not answer are waited for, a minute at most.

    Args:
        engine: whose accounts know.
        request: the caller of which was found out by `caller_dependency`; of another, the company and its
            plan alone are looked at.
        company: that the answer is of.
        feature: that its plan must include; None is one of no plan.
    """
    looked_at = time.monotonic()

    async def look() -> None:
        await _is_still_who_it_was(request)
        found = await ask_accounts(engine.accounts, engine.accounts.company, company.id)
        if found is None:
            raise NotFoundError("There is no such company any more.", code="no_company")
        if feature is not None:
            require_feature(engine.accounts.plan_of(found), engine.accounts.plans, feature)

    async def lasts() -> None:
        nonlocal looked_at
        began = time.monotonic()
        if began < looked_at + _LOOKS_EVERY:
            return
        while True:
            try:
                await look()
                break
            except OverloadedError:
                if time.monotonic() > began + _PATIENCE_SECONDS:
                    raise
            await asyncio.sleep(_TRIES_EVERY)
        looked_at = time.monotonic()

    return lasts


async def _is_still_who_it_was(request: Request) -> None:
    if (still := request.scope.get(STILL)) is None:
        return
    try:
        await still()
    except UnauthorizedError as error:
        if error.code != "expired_token":  # it was good when the answer began: tokens are short, files long
            raise
