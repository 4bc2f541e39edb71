"""Reading the body of a request, never more of it than it may have."""

from collections.abc import Callable

from fastapi import Request

from botlens.errors import BotlensError


async def read_body(request: Request, most: int, too_large: Callable[[], BotlensError]) -> bytes:
    """The bytes of a body of at most `most`.

    Raises:
        BotlensError: what `too_large` makes; the rest of the body is not read.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise too_large()
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise too_large()
        parts.append(part)
    return b"".join(parts)
