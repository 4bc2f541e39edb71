"""`/v1/embed-links`: what pages elsewhere may show; `/v1/embed`: what such a page must know to show it."""

from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from botlens.api.asking import wait_for_accounts
from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.included import included
from botlens.api.auth.public_address import PublicAddress
from botlens.api.bodies import Bodies
from botlens.api.json_bodies import body_of, read_json
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.kept import EmbedLinkList, EmbedLinkShape, EmbedPage, EmbedToken, NewEmbedLink
from botlens.api.statuses import errors
from botlens.clock import Clock
from botlens.embedding import create_embed_link
from botlens.engine import Engine
from botlens.errors import NotFoundError
from botlens.moments import iso, microseconds
from botlens.tenants.embed_link import EmbedLink
from botlens.tenants.entitlements import first_day, local_day, require_feature
from botlens.tenants.plans import EMBED
from botlens.tenants.values import Caller

_WHAT = "The settings of an embed link"


class EmbedLinkSettings(BaseModel):
    """What a link shows. Filters are those of a query; they are true of all that is read by the link."""

    model_config = ConfigDict(strict=True, extra="forbid")

    chatbot_id: str
    name: str
    parts: list[str]
    filters: Any = Field(default_factory=list)
    first_day: date | None = None
    last_day: date | None = None
    history_days: int | None = None
    theme: str = "system"
    accent: str | None = None
    language: str | None = None
    origins: list[str] = Field(default_factory=list)
    transcripts: bool = False
    expires_at: AwareDatetime | None = None


class TokenSettings(BaseModel):
    """How long a token lasts, in seconds."""

    model_config = ConfigDict(strict=True, extra="forbid")

    seconds: int = Field(default=3_600, ge=60, le=86_400)


def embed_links_router(
    engine: Engine, caller: CallerDependency, clock: Clock, bodies: Bodies, site: PublicAddress
) -> APIRouter:
    """The routes of embed links, for admins; and the one for whoever reads by them."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["embed"], responses=errors(402, 422))
    accounts = engine.accounts
    keeper = included(engine, caller, "admin", EMBED)

    @router.get("/embed-links", response_model=EmbedLinkList, operation_id="listEmbedLinks")
    def listed(who: Annotated[Caller, Depends(keeper)]) -> Response:
        """The embed links of the company, the newest first; those that were revoked, too."""
        found = accounts.embed_links(who.require_company().id)
        return json_response({"embed_links": [link_shape(each) for each in found]})

    @router.post(
        "/embed-links",
        response_model=NewEmbedLink,
        status_code=201,
        operation_id="createEmbedLink",
        openapi_extra=body_of(EmbedLinkSettings),
        responses=errors(400, 413, 422, 429),
    )
    async def create(request: Request, who: Annotated[Caller, Depends(keeper)]) -> Response:
        """Make a link. Its secret is shown this once."""
        company_id = who.require_company().id
        settings = await read_json(bodies, company_id, request, EmbedLinkSettings, _WHAT)
        given = settings.model_dump()
        link, secret = await wait_for_accounts(
            create_embed_link, accounts, company_id, given.pop("chatbot_id"), who=who.who, **given
        )
        made = {"link": link_shape(link), "secret": secret, "url": site.embed_link(link.id, secret)}
        return json_response(made, status=201)

    @router.delete("/embed-links/{link_id}", response_model=EmbedLinkShape, operation_id="revokeEmbedLink")
    def revoke(link_id: str, who: Annotated[Caller, Depends(keeper)]) -> Response:
        """End a link and all of its tokens at once."""
        return json_response(link_shape(accounts.revoke_embed_link(who.require_company().id, link_id)))

    @router.post(
        "/embed-links/{link_id}/tokens",
        response_model=EmbedToken,
        status_code=201,
        operation_id="createEmbedToken",
        openapi_extra=body_of(TokenSettings),
        responses=errors(400, 413, 422, 429),
    )
    async def create_token(
        request: Request, link_id: str, who: Annotated[Caller, Depends(keeper)]
    ) -> Response:
        """Make a token of a link, for one of your readers: it lasts for at most a day."""
        company_id = who.require_company().id
        settings = await read_json(bodies, company_id, request, TokenSettings, "The settings of a token")
        lasts = timedelta(seconds=settings.seconds)
        token, expires_at = await wait_for_accounts(accounts.create_embed_token, company_id, link_id, lasts)
        made = {"token": token, "url": site.embed_link(link_id, token), "expires_at": _moment(expires_at)}
        return json_response(made, status=201)

    @router.get("/embed", response_model=EmbedPage, operation_id="getEmbed")
    async def page_of(who: Annotated[Caller, Depends(caller)]) -> Response:
        """What the embed link that authenticates lets be shown, and how."""
        company = who.require_company()
        if (link := company.link) is None:
            who.require_scope("read")
            message = (
                "This address is for readers of embed links; /v1/embed-links lists those of your company."
            )
            raise NotFoundError(message, code="no_embed_link")
        require_feature(accounts.plan_of(company), accounts.plans, EMBED)
        scope = await wait_for_accounts(engine.answers.scope, company, clock())
        chatbot, zone = scope.chatbot(link.chatbot_id), scope.zone(chatbot_id=link.chatbot_id)
        bounds = (first_day(scope.plan, scope.now, zone), scope.first_day(zone))
        settings = link_shape(link)
        page = {name: settings[name] for name in EmbedPage.__annotations__ if name in settings} | {
            "link_id": link.id,
            "chatbot_name": chatbot.name,
            "timezone": zone.key,
            "today": local_day(scope.now, zone).isoformat(),
            "first_day": _day(max((each for each in bounds if each is not None), default=None)),
        }
        return json_response(page)

    return router


def link_shape(link: EmbedLink) -> dict[str, Any]:
    """A link as answers have it."""
    return {
        "id": link.id,
        "name": link.name,
        "chatbot_id": link.chatbot_id,
        "parts": list(link.parts),
        "filters": msgspec.json.decode(link.filters),
        "first_day": _day(link.first_day),
        "last_day": _day(link.last_day),
        "history_days": link.history_days,
        "theme": link.theme,
        "accent": link.accent,
        "language": link.language,
        "origins": list(link.origins),
        "transcripts": link.transcripts,
        "expires_at": None if link.expires_at is None else _moment(link.expires_at),
        "revoked_at": None if link.revoked_at is None else _moment(link.revoked_at),
        "who": link.who,
        "created_at": _moment(link.created_at),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _moment(moment: Any) -> str:
    return iso(microseconds(moment))
