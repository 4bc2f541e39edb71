"""`/v1/keys`: the API keys of a company."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from botlens.api.asking import wait_for_accounts
from botlens.api.auth.callers import CallerDependency, scoped
from botlens.api.bodies import Bodies
from botlens.api.json_bodies import body_of, read_json
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.people import KeyList, NewKeyShape, ScopeName
from botlens.api.statuses import errors
from botlens.engine import Engine
from botlens.moments import iso, microseconds
from botlens.tenants.rights import SCOPES
from botlens.tenants.values import ApiKey, Caller


class NewKey(BaseModel):
    """What a key is for, and what it may do."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: str = ""
    scopes: list[ScopeName]


def keys_router(engine: Engine, caller: CallerDependency, bodies: Bodies) -> APIRouter:
    """The routes of a company's keys."""
    router = APIRouter(prefix="/v1/keys", route_class=ErrorRoute, tags=["keys"], responses=errors(422))
    admin = scoped(caller, "admin")

    @router.get("", response_model=KeyList, operation_id="listKeys")
    def listed(who: Annotated[Caller, Depends(admin)]) -> Response:
        """The company's keys, revoked ones too, the oldest first, with when each was last used."""
        keys = engine.accounts.keys(who.require_company().id)
        return json_response({"keys": [_shape(each) for each in keys]})

    @router.post(
        "",
        response_model=NewKeyShape,
        status_code=201,
        operation_id="createKey",
        openapi_extra=body_of(NewKey),
        responses=errors(413, 429),
    )
    async def create(request: Request, who: Annotated[Caller, Depends(admin)]) -> Response:
        """Create a key, which is shown this once."""
        company_id = who.require_company().id
        new = await read_json(bodies, company_id, request, NewKey, "The settings of a key")

        def make() -> dict[str, Any]:
            key, secret = engine.accounts.create_key(
                company_id, scopes=new.scopes, name=new.name, by=who.rights
            )
            return {**_shape(key), "api_key": secret}

        return json_response(await wait_for_accounts(make), status=201)

    @router.delete("/{key_id}", status_code=204, response_class=Response, operation_id="revokeKey")
    def revoke(key_id: str, who: Annotated[Caller, Depends(admin)]) -> Response:
        """End a key at once, by its id or its first 12 characters; it stays listed."""
        engine.accounts.revoke_key(who.require_company().id, key_id)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    return router


def _shape(key: ApiKey) -> dict[str, Any]:
    return {
        "key_id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": [scope for scope in SCOPES if scope in key.scopes],
        "created_at": _said(key.created_at),
        "revoked_at": _said(key.revoked_at),
        "last_used_at": _said(key.last_used_at),
    }


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else iso(microseconds(moment))
