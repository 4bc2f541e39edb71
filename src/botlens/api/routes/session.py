"""`/v1/session` and `/v1/login-links`: log in, log out, and let somebody else in."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from botlens.api.asking import wait_for_accounts
from botlens.api.auth.callers import COMPANY, CallerDependency, scoped
from botlens.api.auth.public_address import PublicAddress
from botlens.api.bodies import Bodies
from botlens.api.json_bodies import body_of, read_json
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.people import LinkRoleName, LoginLinkShape, LoginPeek, SessionShape
from botlens.api.statuses import errors
from botlens.engine import Engine
from botlens.errors import InvalidError
from botlens.moments import iso, microseconds
from botlens.tenants import Accounts
from botlens.tenants.credentials import TokenVerifier
from botlens.tenants.values import Caller, LoginSession

_NOBODY = ""  # whose a body is before anybody has logged in
_MOST_BYTES = 16 << 10  # what all of them may hold together is then more than some hundred connections can


class Login(BaseModel):
    """What lets somebody in: the token of a login link, or a JWT of the host's login. One of them."""

    model_config = ConfigDict(strict=True, extra="forbid")

    token: str | None = None
    jwt: str | None = None


class LinkToken(BaseModel):
    """The token of a login link."""

    model_config = ConfigDict(strict=True, extra="forbid")

    token: str


class NewLink(BaseModel):
    """For whom a login link is. Who is no member of the company becomes one, by default a viewer."""

    model_config = ConfigDict(strict=True, extra="forbid")

    user: str
    role: LinkRoleName | None = None


def session_router(
    engine: Engine, caller: CallerDependency, tokens: TokenVerifier, bodies: Bodies, site: PublicAddress
) -> APIRouter:
    """The routes of logging in and out."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["session"], responses=errors(422))
    accounts = engine.accounts

    def begin(login: Login, company_id: str | None) -> tuple[LoginSession, str]:
        if login.token is not None and login.jwt is None:
            return accounts.log_in_by_link(login.token, company_id)
        if login.jwt is not None and login.token is None:
            return accounts.log_in_by_user(tokens.subject(login.jwt), company_id)
        message = "Send `token`, of a login link, or `jwt`, of your product's login."
        raise InvalidError(message, field="token")

    # What only looks at a link (mail scanners, previews) sends GET and runs no script: none is used up.
    @router.post(
        "/session",
        response_model=SessionShape,
        status_code=201,
        operation_id="logIn",
        openapi_extra=body_of(Login),
        responses=errors(413, 429),
    )
    async def log_in(request: Request) -> Response:
        """Log in with a login link, which is used up, or with a JWT: the answer sets the cookie."""
        site.check_host(request)
        site.check_origin(request, strictly=False)
        login = await read_json(bodies, _NOBODY, request, Login, "Credentials", most=_MOST_BYTES)
        company_id = request.headers.get(COMPANY)
        session, secret = await wait_for_accounts(begin, login, company_id)
        who = await wait_for_accounts(accounts.caller_by_session, secret, company_id)
        response = json_response(_session(who, session), status=201)
        site.set_cookie(response, secret)
        return response

    @router.post(
        "/session/peek",
        response_model=LoginPeek,
        operation_id="peekAtLogin",
        openapi_extra=body_of(LinkToken),
        responses=errors(413, 429),
    )
    async def look_at_link(request: Request) -> Response:
        """Whom a login link lets in, before it is used: it stays as it is."""
        site.check_host(request)
        link = await read_json(bodies, _NOBODY, request, LinkToken, "The token of a link", most=_MOST_BYTES)
        company_id = request.headers.get(COMPANY)
        return json_response(await wait_for_accounts(_peek, accounts, link.token, company_id))

    @router.delete("/session", status_code=204, response_class=Response, operation_id="logOut")
    async def log_out(request: Request) -> Response:
        """Log out: the session of the cookie ends. Without one there is nothing to end."""
        response = Response(status_code=204, headers={"Cache-Control": "no-store"})
        if secret := request.cookies.get(site.cookie):
            site.check_host(request)
            site.check_origin(request)
            await wait_for_accounts(accounts.end_session, secret)
            site.remove_cookie(response)
        return response

    @router.post(
        "/login-links",
        response_model=LoginLinkShape,
        status_code=201,
        operation_id="createLoginLink",
        openapi_extra=body_of(NewLink),
        responses=errors(413, 429),
    )
    async def create_link(
        request: Request, who: Annotated[Caller, Depends(scoped(caller, "admin"))]
    ) -> Response:
        """Make a link that logs a user in once, within ten minutes; shown this once."""
        company_id = who.require_company().id
        new = await read_json(bodies, company_id, request, NewLink, "The settings of a link")

        def make() -> dict[str, Any]:
            link, secret = accounts.create_link(
                company_id, new.user, new.role, by=who.rights, made_by=who.who
            )
            expires_at = iso(microseconds(link.expires_at))
            return {
                "url": site.login_link(secret),
                "user": link.user,
                "role": link.role,
                "expires_at": expires_at,
            }

        return json_response(await wait_for_accounts(make), status=201)

    return router


def _session(who: Caller, session: LoginSession) -> dict[str, Any]:
    company = who.require_company()
    return {
        "who": who.who,
        "role": who.rights.role,
        "company": {"company_id": company.id, "name": company.name},
        "until": iso(microseconds(session.until)),
    }


def _peek(accounts: Accounts, token: str, company_id: str | None) -> dict[str, Any]:
    link = accounts.login_link(token, company_id)
    company = accounts.company(link.company_id)
    return {
        "user": link.user,
        "role": link.role,
        "company": {"company_id": link.company_id, "name": "" if company is None else company.name},
        "expires_at": iso(microseconds(link.expires_at)),
    }
