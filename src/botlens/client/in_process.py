"""The HTTP API without a network: requests go straight to an app inside this process."""

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.types import ASGIApp

_Raised = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class _Transport(httpx2.BaseTransport):
    """Hands requests of a synchronous client to an app that runs in a loop of its own thread."""

    def __init__(self, app: ASGIApp, portal: BlockingPortal) -> None:
        self._app = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        self._portal = portal

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._app.handle_async_request(request)
        body = b"".join([part async for part in response.aiter_raw()])
        return httpx2.Response(response.status_code, headers=response.headers, stream=httpx2.ByteStream(body))


@contextmanager
def in_process(app: ASGIApp) -> Iterator[httpx2.BaseTransport]:
    """A transport to this app; its loop ends with the block.

    Another thread opens and closes it: Ctrl+C meets the main thread, and one that came while anyio waits for
    the loop to begin would have it wait for its end, for ever.
    """
    opened = start_blocking_portal()
    with ThreadPoolExecutor(1) as aside:
        portal = aside.submit(opened.__enter__)
        try:
            yield _Transport(app, portal.result())
        finally:
            aside.submit(_close, opened, portal, sys.exc_info()).result()


def _close(
    opened: AbstractContextManager[BlockingPortal], portal: Future[BlockingPortal], error: _Raised
) -> None:
    if portal.exception() is None:
        opened.__exit__(*error)
