"""Connections to other nodes that leave off sending once they are answered.

A node that refuses a request by its head reads on for some seconds, and then hears no more. Who went on
sending to it, at the pace of a slow client, would lose what it has said.
"""

from collections.abc import Iterable
from ssl import SSLContext
from typing import Any

import httpcore2
from httpcore2 import SOCKET_OPTION


class HeedingBackend(httpcore2.AsyncNetworkBackend):
    """Connects as asyncio does."""

    def __init__(self) -> None:
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore has it
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """See httpcore."""
        return _HeedingStream(
            await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        )

    async def sleep(self, seconds: float) -> None:
        """See httpcore."""
        await self._backend.sleep(seconds)


class _HeedingStream(httpcore2.AsyncNetworkStream):
    """What is not read lies in the socket for as long as something is written: so it is seen there."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """See httpcore: after this error it reads the answer.

        Raises:
            WriteError: the other end has answered, or gone.
        """
        if buffer and self._stream.get_extra_info("is_readable"):  # at the end of a body nothing is written
            raise httpcore2.WriteError("answered before the end")
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        """The stream without this: what can be read of TLS need not be an answer."""
        return await self._stream.start_tls(ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
