"""`/v1/export`: conversations or messages as CSV, JSON lines or Parquet, streamed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Annotated, Any, Literal

import anyio
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from botlens.answers.conversations.pages import Export
from botlens.answers.scope import feature_of
from botlens.api.auth.callers import CallerDependency
from botlens.api.auth.entitled import entitled
from botlens.api.auth.lasting import Lasting, lasting
from botlens.api.desk import Desk
from botlens.api.responses import ErrorRoute
from botlens.api.selecting import selecting
from botlens.api.statuses import Responses, errors
from botlens.clock import Clock
from botlens.engine import Engine
from botlens.errors import BotlensError, TooManyRequestsError
from botlens.tenants.values import Company

_FILE: Responses = {
    200: {
        "description": "The file.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_OPEN_BY_COMPANY = 4
_PIECE = 1 << 16
_STALLED_SECONDS = 60.0
_TRY_AGAIN = 30
_FORMAT = "Of the file."
_DATA = "One row a conversation, or one row a message."
_SEARCH = "Only conversations in whose texts this was said, as in a list."
_BEFORE = "With `search`: only conversations that started before this time (RFC 3339)."
_METRIC = "Only the conversations behind this figure of a query."


class BrokenOffError(Exception):
    """An export could not be finished after it had begun."""


def export_router(engine: Engine, caller: CallerDependency, clock: Clock, desk: Desk) -> APIRouter:
    """The route of files."""
    router = APIRouter(prefix="/v1", route_class=ErrorRoute, tags=["export"])
    answers = engine.answers
    company_of = entitled(engine, caller, answers.conversations.export)
    select = selecting("format", "data", "metric", "search", "search_before")

    under_way = _UnderWay()

    @router.get(
        "/export",
        response_class=StreamingResponse,
        operation_id="export",
        responses={**_FILE, **errors(402, 422, 429)},
    )
    async def export(
        request: Request,
        company: Annotated[Company, Depends(company_of)],
        chosen: Annotated[dict[str, Any], Depends(select)],
        suffix: Annotated[
            Literal["csv", "jsonl", "parquet"], Query(alias="format", description=_FORMAT)
        ] = "csv",
        data: Annotated[Literal["conversations", "messages"], Query(description=_DATA)] = "conversations",
        metric: Annotated[str | None, Query(description=_METRIC)] = None,
        search: Annotated[str | None, Query(description=_SEARCH)] = None,
        search_before: Annotated[str | None, Query(description=_BEFORE)] = None,
    ) -> StreamingResponse:
        """All conversations that started in a period and meet filters, or all their messages, as a file."""
        behind = {"metric": metric, "search": search, "search_before": search_before}
        behind = {name: value or None for name, value in behind.items()}
        asked = {**chosen, "format": suffix, "data": data, **behind}

        def begun() -> Export:
            return answers.conversations.export(answers.scope(company, clock()), asked)

        under_way.begin(company.id)
        try:
            made = await desk.turns.run(company.id, begun)
        except BaseException:
            under_way.end(company.id)
            raise
        lasts = lasting(engine, request, company, feature_of(answers.conversations.export))
        parts = parts_in_turn(desk, company.id, made.chunks, lasts)
        return streamed(parts, made.media_type, made.file_name, partial(under_way.end, company.id))

    return router


class _UnderWay:
    """How many exports of each company are on their way: each holds a part of its file in memory."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def begin(self, company_id: str) -> None:
        if self._open[company_id] >= _OPEN_BY_COMPANY:
            raise TooManyRequestsError(
                f"{_OPEN_BY_COMPANY} exports of your company are on their way; ask again when one is done.",
                retry_after=_TRY_AGAIN,
                code="too_many_exports",
            )
        self._open[company_id] += 1

    def end(self, company_id: str) -> None:
        self._open[company_id] -= 1
        if not self._open[company_id]:
            del self._open[company_id]


async def parts_in_turn(
    desk: Desk, company_id: str, chunks: Iterator[bytes], lasts: Lasting
) -> AsyncIterator[bytes]:
    """The parts of a file, each made in a turn of its own. Between them nothing is held but the last one.

    An error among them breaks the connection off, so that half a file never looks whole; so does `lasts`,
    once whoever reads it may do so no more.
    """
    make = partial(next, chunks, None)
    try:
        while (part := await desk.turns.run(company_id, make, patient=True)) is not None:
            await lasts()
            yield part
    except BotlensError as error:  # which nobody can be answered any more
        raise BrokenOffError(f"An export broke off: {error.message}") from error


def streamed(
    parts: AsyncIterator[bytes], media_type: str, file_name: str, ended: Callable[[], None] = lambda: None
) -> StreamingResponse:
    """A file on its way to a reader, who may be slow but must take something every minute.

    Args:
        parts: of the file, made when they are asked for.
        media_type: of the file.
        file_name: what to call it.
        ended: called when it is over, however that came.
    """
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
    return _File(parts, media_type, headers, ended)


class _File(StreamingResponse):
    def __init__(
        self,
        parts: AsyncIterator[bytes],
        media_type: str,
        headers: dict[str, str],
        ended: Callable[[], None],
    ) -> None:
        super().__init__(parts, media_type=media_type, headers=headers)
        self._parts = parts
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_pieces(message: Message) -> None:
            body = memoryview(message.get("body", b""))
            for at in range(0, max(len(body), 1), _PIECE):
                piece = {**message, "body": bytes(body[at : at + _PIECE])} if body else message
                if at + _PIECE < len(body):
                    piece["more_body"] = True
                try:
                    async with asyncio.timeout(_STALLED_SECONDS):
                        await send(piece)
                except TimeoutError as error:
                    raise BrokenOffError("A file broke off: its reader stood still.") from error

        try:
            await super().__call__(scope, receive, in_pieces)
        finally:
            with anyio.CancelScope(shield=True):
                await self._parts.aclose()  # type: ignore[attr-defined]
            self._ended()
