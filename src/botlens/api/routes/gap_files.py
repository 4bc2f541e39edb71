"""`/v1/gaps/questions` and `/v1/gaps/export`: all questions and gaps of a period, as files."""

from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.lasting import lasting
from botlens.api.desk import Desk
from botlens.api.gap_parameters import gap_parameters
from botlens.api.routes.export import parts_in_turn, streamed
from botlens.api.statuses import Responses, errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.tenants.plans import GAPS
from botlens.tenants.values import Caller

_FORMAT = "csv: a line a gap. markdown: a FAQ to fill in."
_TEXT: Final = {"schema": {"type": "string"}}
_FILE: Final[Responses] = {
    200: {"description": "The file.", "content": {"text/csv": _TEXT, "text/markdown": _TEXT}}
}
_LINES: Final[Responses] = {
    200: {"description": "A wording a line.", "content": {"application/x-ndjson": _TEXT}}
}
_MEDIA: Final = {
    "csv": ("text/csv; charset=utf-8", "gaps.csv"),
    "markdown": ("text/markdown; charset=utf-8", "gaps.md"),
}


def gap_files(router: APIRouter, engine: Engine, reader: CallerDependency, clock: Clock, desk: Desk) -> None:
    """The routes of questions as lines, and of gaps as a table or a FAQ."""
    gaps = engine.gaps

    @router.get("/questions", operation_id="listGapQuestions", responses={**_LINES, **errors(404, 429)})
    async def questions(
        request: Request,
        who: Annotated[Caller, Depends(reader)],
        given: Annotated[dict[str, Any], Depends(gap_parameters("state", own=("chatbot_id",)))],
        chatbot_id: Annotated[str | None, Query(description="Only of this chatbot.")] = None,
    ) -> Response:
        """Every distinct wording as written of every unanswered question of a period, and its gap."""
        company = who.require_company()
        asked = given | ({"chatbot_id": chatbot_id} if chatbot_id else {})
        scope = partial(engine.answers.scope, company, clock())
        lines = await desk.turns.run(
            company.id, lambda: gaps.questions(scope(), asked, sees_all=sees_all_gaps(who))
        )
        parts = parts_in_turn(desk, company.id, lines, lasting(engine, request, company, GAPS))
        return streamed(parts, "application/x-ndjson", "questions.ndjson")

    @router.get("/export", operation_id="exportGaps", responses={**_FILE, **errors(404, 429)})
    async def export(
        who: Annotated[Caller, Depends(reader)],
        given: Annotated[dict[str, Any], Depends(gap_parameters("limit", "cursor", "near", own=("format",)))],
        suffix: Annotated[Literal["csv", "markdown"], Query(alias="format", description=_FORMAT)] = "csv",
    ) -> Response:
        """The gaps of a period with their questions, as a file."""
        company = who.require_company()
        scope = partial(engine.answers.scope, company, clock())
        made = await desk.turns.run(
            company.id, lambda: gaps.file(scope(), given, suffix, sees_all=sees_all_gaps(who))
        )
        media_type, name = _MEDIA[suffix]
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(made, media_type=media_type, headers=headers)


def sees_all_gaps(who: Caller) -> bool:
    """Whether somebody may read what few have asked."""
    return who.rights.allow("admin")
