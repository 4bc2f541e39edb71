"""`/v1/gaps`: questions without an answer, grouped by meaning, and what people do about them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from botlens.answers.scope import Scope
from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.included import included
from botlens.api.bodies import Bodies
from botlens.api.desk import Desk, to_the_minute
from botlens.api.gap_parameters import gap_parameters
from botlens.api.json_bodies import body_of, read_json
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.routes.gap_files import gap_files, sees_all_gaps
from botlens.api.shapes.gaps import (
    GapChanges,
    GapMerge,
    GapSplit,
    MergedGap,
    Relinked,
    Relinking,
    SplitGap,
)
from botlens.api.statuses import NOT_MODIFIED, errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.errors import ConflictError, InvalidError, NotFoundError, PlanError
from botlens.gaps.life_cycle.edits import GapEdit
from botlens.gaps.life_cycle.values import GapState
from botlens.gaps.reading.shapes import GapAnswer, GapDetail, GapList
from botlens.tenants.plans import GAPS
from botlens.tenants.values import UNSET, Caller

Said = TypeVar("Said", bound=BaseModel)

_WHAT = "The values of a gap"
_WAIT = "Seconds to wait for the end."


def gaps_router(
    engine: Engine, caller: CallerDependency, clock: Clock, desk: Desk, bodies: Bodies
) -> APIRouter:
    """The routes of gaps: whoever reads sees them, an admin changes them."""
    router = APIRouter(prefix="/v1/gaps", route_class=ErrorRoute, tags=["gaps"], responses=errors(402, 422))
    reader = included(engine, caller, "read", GAPS)
    _reads(router, engine, reader, clock, desk)
    gap_files(router, engine, reader, clock, desk)
    keeper = included(engine, caller, "admin", GAPS)
    _link(router, engine, keeper, clock)
    _one(router, engine, reader, clock, desk)
    _edits(router, engine, keeper, clock, bodies)
    return router


def _reads(router: APIRouter, engine: Engine, reader: CallerDependency, clock: Clock, desk: Desk) -> None:
    @router.get(
        "", response_model=GapList, operation_id="listGaps", responses={**NOT_MODIFIED, **errors(404, 429)}
    )
    async def listed(
        request: Request,
        who: Annotated[Caller, Depends(reader)],
        given: Annotated[dict[str, Any], Depends(gap_parameters())],
    ) -> Response:
        """The gaps of a period, those that are worth most first."""
        sees_all = sees_all_gaps(who)
        company = who.require_company()
        question = {
            "route": "gaps",
            "asked": given,
            "all": sees_all,
            "stamp": engine.linking.stamp(company.id),
        }
        return await desk.answer(
            request,
            company,
            question,
            lambda scope: engine.gaps.page(scope, given, sees_all=sees_all),
            now=to_the_minute(clock()),
        )


def _one(router: APIRouter, engine: Engine, reader: CallerDependency, clock: Clock, desk: Desk) -> None:
    @router.get(
        "/{gap_id}",
        response_model=GapAnswer,
        operation_id="getGap",
        responses={**NOT_MODIFIED, **errors(404, 429)},
    )
    async def one(
        request: Request,
        gap_id: str,
        who: Annotated[Caller, Depends(reader)],
        given: Annotated[dict[str, Any], Depends(gap_parameters("state"))],
    ) -> Response:
        """A gap in full; under an id that went into another gap, that one."""
        sees_all = sees_all_gaps(who)
        company = who.require_company()
        stamp = engine.linking.stamp(company.id)
        question = {"route": "gap", "id": gap_id, "asked": given, "all": sees_all, "stamp": stamp}
        return await desk.answer(
            request,
            company,
            question,
            lambda scope: engine.gaps.gap(scope, gap_id, given, sees_all=sees_all),
            now=to_the_minute(clock()),
        )


def _link(router: APIRouter, engine: Engine, keeper: CallerDependency, clock: Clock) -> None:
    @router.post(
        "/relink",
        response_model=Relinked,
        operation_id="relinkGaps",
        responses={202: {"model": Relinking, "description": "It goes on in the background."}, **errors(503)},
    )
    async def relink(
        who: Annotated[Caller, Depends(keeper)],
        wait: Annotated[float, Query(ge=0, le=600, description=_WAIT)] = 30.0,
    ) -> Response:
        """Link all gaps of the company now; it is done by itself each night, and when questions come."""
        company = who.require_company()
        request = await run_in_threadpool(engine.linking.relink, company.id, clock(), wait)
        done, progress = request.linked, request.progress
        if done is None:
            so_far = (0, None) if progress is None else (progress.done, progress.of)
            return json_response({"state": "running", "done": so_far[0], "of": so_far[1]}, status=202)
        return json_response(
            {
                "state": "done",
                "link": done.link,
                "questions": done.questions,
                "gaps": done.gaps,
                "seconds": round(done.seconds, 3),
            }
        )


def _edits(router: APIRouter, engine: Engine, keeper: CallerDependency, clock: Clock, bodies: Bodies) -> None:
    editing = engine.gap_editing
    responses = errors(400, 404, 409, 413, 429)

    async def edited(
        request: Request, who: Caller, shape: type[Said], edit: Callable[[Scope, Said], tuple[str, ...]]
    ) -> list[GapDetail]:
        """The gaps that an edit names, as they are afterwards; it is told what the body says."""
        said = await read_json(bodies, who.require_company().id, request, shape, _WHAT)

        def changed() -> list[GapDetail]:
            scope = engine.answers.scope(who.require_company(), clock())
            with _edited(engine, scope.company.id):
                ids = edit(scope, said)
            return [engine.gaps.gap(scope, each, {}, sees_all=True)["gap"] for each in ids]

        return await run_in_threadpool(changed)

    @router.patch(
        "/{gap_id}",
        response_model=GapDetail,
        operation_id="changeGap",
        openapi_extra=body_of(GapChanges),
        responses=responses,
    )
    async def change(request: Request, gap_id: str, who: Annotated[Caller, Depends(keeper)]) -> Response:
        """Say that a gap is fixed, dismissed or open again, or call it something else."""

        def edit(scope: Scope, said: GapChanges) -> tuple[str]:
            asked = _edit_of(said)
            return (editing.edit(scope, gap_id, asked, who=who.who, if_version=said.if_version),)

        (gap,) = await edited(request, who, GapChanges, edit)
        return json_response(gap)

    @router.post(
        "/{gap_id}/merge",
        response_model=MergedGap,
        operation_id="mergeGaps",
        openapi_extra=body_of(GapMerge),
        responses=responses,
    )
    async def merge(request: Request, gap_id: str, who: Annotated[Caller, Depends(keeper)]) -> Response:
        """Have all questions of other gaps in this one."""

        def edit(scope: Scope, said: GapMerge) -> tuple[str]:
            return (editing.merge(scope, gap_id, said.others, who=who.who, if_version=said.if_version),)

        (gap,) = await edited(request, who, GapMerge, edit)
        return json_response({"gap": gap})

    @router.post(
        "/{gap_id}/split",
        response_model=SplitGap,
        operation_id="splitGap",
        openapi_extra=body_of(GapSplit),
        responses=responses,
    )
    async def split(request: Request, gap_id: str, who: Annotated[Caller, Depends(keeper)]) -> Response:
        """Have some questions of a gap in a new one."""

        def edit(scope: Scope, said: GapSplit) -> tuple[str, str]:
            return editing.split(scope, gap_id, said.questions, who=who.who, if_version=said.if_version)

        gap, new_gap = await edited(request, who, GapSplit, edit)
        return json_response({"gap": gap, "new_gap": new_gap})


@contextmanager
def _edited(engine: Engine, company_id: str) -> Iterator[None]:
    """A gap is changed within this; where that is cut off in the middle, the next link does the rest."""
    try:
        yield
    except (ConflictError, InvalidError, NotFoundError, PlanError):  # nothing was changed
        raise
    except BaseException:
        engine.linking.edited(company_id)
        raise
    engine.linking.edited(company_id)


def _edit_of(said: GapChanges) -> GapEdit:
    """What a body says of a gap."""
    state = None if said.state is None else GapState(said.state)
    title = said.title if "title" in said.model_fields_set else UNSET
    return GapEdit(state, said.at, said.note, said.reason, title)
