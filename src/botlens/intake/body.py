"""Unpacks request bodies, never beyond the limit: what would unpack to more is refused while it unpacks."""

import sys
import zlib
from collections.abc import Callable
from typing import Any

from botlens.errors import BadRequestError, TooLargeError, UnsupportedMediaTypeError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_BYTES = 16 * 1024 * 1024
_MEMBERS = 1_000
_WINDOW = 32_768


def unpack(body: bytes, encoding: str | None) -> bytes:
    """The bytes of a body that is plain, gzip or zstd (as `Content-Encoding` says).

    Raises:
        TooLargeError: it is, or would be, larger than `MAX_BYTES`.
        BadRequestError: it is damaged.
        UnsupportedMediaTypeError: it is packed in another way.
    """
    name = (encoding or "identity").strip().lower()
    if name not in _UNPACKERS:
        raise UnsupportedMediaTypeError(
            f"Content-Encoding `{name}` is not known: send gzip, zstd or none.", code="unsupported_encoding"
        )
    if not body:
        return body
    try:
        unpacked = _UNPACKERS[name](body)
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        raise BadRequestError(
            f"The body is not whole {name} data ({error}).", code="invalid_compression"
        ) from None
    if len(unpacked) > MAX_BYTES:
        raise too_large()
    return unpacked


def too_large() -> TooLargeError:
    """The error of a body over the limit."""
    return TooLargeError(
        f"The body is larger than {MAX_BYTES // 1024 // 1024} MiB unpacked: send it in parts.",
        code="body_too_large",
    )


def _plain(body: bytes) -> bytes:
    return body


def _gzip(body: bytes) -> bytes:
    return _members(body, lambda: zlib.decompressobj(wbits=31))


def _zstd(body: bytes) -> bytes:
    return _members(body, zstd.ZstdDecompressor)


def _members(body: bytes, unpacker: Callable[[], Any]) -> bytes:
    """Unpack one member (gzip) or frame (zstd) after the other, stopping as soon as it is too much.

    The body goes in a window at a time and what comes out is joined at the end, so that nothing is copied
    again for each member.
    """
    view = memoryview(body)
    parts: list[bytes] = []
    at, room = 0, MAX_BYTES + 1
    for _ in range(_MEMBERS):
        member = unpacker()
        while not member.eof:
            window = view[at : at + _WINDOW]
            if not window:
                raise EOFError("it ends too early")
            part = member.decompress(window, room)
            at += len(window) - len(member.unused_data)
            room -= len(part)
            if not room:
                raise too_large()
            parts.append(part)
        if at == len(view):
            return b"".join(parts)
    raise EOFError(f"it has more than {_MEMBERS} members")


_UNPACKERS = {"identity": _plain, "": _plain, "gzip": _gzip, "x-gzip": _gzip, "zstd": _zstd}
