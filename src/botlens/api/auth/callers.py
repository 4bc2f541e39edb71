"""Who is asking: API keys, JWTs, sessions, and the token of the machine that the server runs on."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request

from botlens.api.asking import ask_accounts, wait_for_accounts
from botlens.api.auth.public_address import PublicAddress
from botlens.api.known import ON_KNOWN
from botlens.api.passing.place import arrived_with, settle_place
from botlens.engine import Engine
from botlens.errors import ForbiddenError, NotFoundError, UnauthorizedError
from botlens.tenants.credentials import Authenticator, TokenVerifier
from botlens.tenants.rights import EVERYTHING
from botlens.tenants.values import Caller

CallerDependency = Callable[..., Coroutine[Any, Any, Caller]]

STILL = "botlens.still"
"""The key of a request's scope of what passes if its caller is still who it was, with the same rights."""

LOCAL = "local"
"""Who a command on the server's own machine is."""

COMPANY = "x-botlens-company"
"""The header that chooses among the companies of a caller."""

_KEY, _BEARER = "Bearer blk_", "bearer "


def caller_dependency(
    engine: Engine, tokens: TokenVerifier, local_token: str | None, site: PublicAddress
) -> CallerDependency:
    """The dependency that reads `Authorization: Bearer <API key | JWT>`, or else the cookie of a session.

    Args:
        engine: whose accounts know the keys, users and sessions.
        tokens: checks JWTs.
        local_token: a secret that only commands on the server's own machine can read (from its data folder).
            It acts for the company that the header `X-Botlens-Company` names, with all rights.
        site: whose pages may send the cookie.
    """
    authenticator = Authenticator(engine.accounts, tokens)

    async def caller(request: Request) -> Caller:
        found = await identified(request)
        # What opens an embedded page is shown to whoever sees that: no reason to keep others out for them.
        is_known = found.company is None or found.company.link is None
        if is_known and (on_known := request.scope.get(ON_KNOWN)) is not None:
            on_known()
        settle_place(request.scope, found.company, is_local=found.who == LOCAL)

        async def still() -> None:
            now = await identified(request)
            if (now.who, now.company and now.company.id, now.rights) != mine:
                message = "What you may do has changed while this was being sent: send it again."
                raise ForbiddenError(message, code="missing_scope")

        mine = found.who, found.company and found.company.id, found.rights
        request.scope[STILL] = still
        return found

    async def identified(request: Request) -> Caller:
        header = request.headers.get("authorization")
        company_id = request.headers.get(COMPANY)
        if _is_local(request, header, local_token):
            return await ask_accounts(engine.accounts, _local, engine, request)
        if header and header.startswith(_KEY):
            return await ask_accounts(engine.accounts, authenticator.caller, header, company_id)
        if not (header and header[:7].lower() == _BEARER) and (secret := request.cookies.get(site.cookie)):
            site.check_host(request)
            site.check_origin(request)
            # In a thread: now and then it is written down that the session was used.
            return await wait_for_accounts(engine.accounts.caller_by_session, secret, company_id)
        return await wait_for_accounts(authenticator.caller, header, company_id)

    return caller


def _is_local(request: Request, header: str | None, local_token: str | None) -> bool:
    arrived = arrived_with(request.scope)
    if arrived is not None:  # the token is that of the node which passed it on, and known there
        return arrived.is_local
    expected = f"Bearer {local_token}".encode()
    return bool(local_token and header and hmac.compare_digest(header.encode(), expected))


def _local(engine: Engine, request: Request) -> Caller:
    company_id = request.headers.get(COMPANY)
    if not company_id:
        raise UnauthorizedError(
            "Say for which company: send the header X-Botlens-Company.", code="missing_company"
        )
    company = engine.accounts.company(company_id)
    if company is None:
        raise NotFoundError(f"There is no company `{company_id}`.", code="unknown_company")
    return Caller(LOCAL, company, EVERYTHING)


def scoped(caller: CallerDependency, scope: str) -> CallerDependency:
    """The dependency for routes that need a company and a scope."""

    async def with_scope(who: Annotated[Caller, Depends(caller)]) -> Caller:
        return permitted(who, scope)

    return with_scope


def permitted(who: Caller, scope: str) -> Caller:
    """The caller, if it has a company and the scope.

    Raises:
        BotlensError: it has not.
    """
    who.require_company()
    who.require_scope(scope)
    return who
