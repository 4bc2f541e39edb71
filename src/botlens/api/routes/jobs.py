"""`/v1/jobs`: what runs in the background, how far it is, and why it failed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from botlens.api.auth.callers import CallerDependency, scoped
from botlens.api.responses import ErrorRoute, json_response
from botlens.api.shapes.jobs import JobList
from botlens.api.statuses import errors
from botlens.commit.derivation import RebuildProgress
from botlens.engine import Engine
from botlens.jobs.job import JobState, Once
from botlens.moments import iso, microseconds
from botlens.tenants.values import Caller

RECOUNT = "recount"


def jobs_router(engine: Engine, caller: CallerDependency) -> APIRouter:
    """The route that lists jobs: those of all companies, with nothing of any of them in it; own recounts."""
    router = APIRouter(prefix="/v1/jobs", route_class=ErrorRoute, tags=["jobs"], responses=errors())

    @router.get("", response_model=JobList, operation_id="listJobs")
    async def listed(who: Annotated[Caller, Depends(scoped(caller, "admin"))]) -> Response:
        """What runs in the background: progress, last success, last error; own chatbots being recounted."""
        recounts = engine.commits.rebuilding(who.require_company().id)
        jobs = [*map(_shape, engine.jobs.states()), *map(_recount, recounts)]
        return json_response({"jobs": jobs})

    return router


def _shape(state: JobState) -> dict[str, Any]:
    job, moment = state.job, state.succeeded_at
    return {
        "name": job.name,
        "what": job.what,
        "once": job.once.value,
        "every_seconds": None if job.period is None else job.period.total_seconds(),
        "running": state.running,
        "done": state.done,
        "of": state.of,
        "succeeded_at": None if moment is None else iso(microseconds(moment)),
        "failures": state.failures,
        "error": state.error,
        "said": job.said(),
    }


def _recount(progress: RebuildProgress) -> dict[str, Any]:
    return {
        "name": RECOUNT,
        "what": "Counts a chatbot anew, after its threshold changed or events of it were loaded.",
        "once": Once.PER_PROCESS.value,
        "every_seconds": None,
        "running": True,
        "done": progress.done,
        "of": progress.of,
        "succeeded_at": None,
        "failures": 0,
        "error": None,
        "said": None,
        "chatbot_id": progress.chatbot_id,
    }
