"""How the process that embeds and links is spoken to: frames of msgpack over pipes, a reply to each.

Arrays travel as their bytes.
"""

from collections.abc import Callable
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np

from botlens.gaps.meaning.model import Vectors

_HEAD: Final = 8

Frame = dict[str, Any]


def write_frame(pipe: BinaryIO, frame: Frame) -> None:
    """Send one frame.

    Raises:
        OSError: nobody reads any more.
    """
    body = msgspec.msgpack.encode(frame)
    pipe.write(len(body).to_bytes(_HEAD, "big"))
    pipe.write(body)
    pipe.flush()


def read_frame(read: Callable[[int], bytes]) -> Frame | None:
    """The next frame; None where the other side has ended.

    Args:
        read: gives so many bytes, or fewer at the end.
    """
    head = read(_HEAD)
    if len(head) < _HEAD:
        return None
    size = int.from_bytes(head, "big")
    body = read(size)
    if len(body) < size:
        return None
    frame: Frame = msgspec.msgpack.decode(body)
    return frame


def as_frame(vectors: Vectors) -> Frame:
    """Rows as they travel."""
    return {"rows": len(vectors), "data": np.ascontiguousarray(vectors, np.float32).tobytes()}


def vectors_in(frame: Frame) -> Vectors:
    """The rows that were sent."""
    flat = np.frombuffer(frame["data"], np.float32)
    return flat.reshape(frame["rows"], -1) if frame["rows"] else flat.reshape(0, 0)
