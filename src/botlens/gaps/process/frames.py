"""How the process that embeds and links is spoken to: frames of msgpack over pipes, a reply to each.

Arrays travel as their bytes. Before a reply that takes long there are frames of `BUSY`, every few seconds:
whoever sends none has stopped.
"""

from collections.abc import Callable
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np

from botlens.gaps.meaning.model import Vectors

_HEAD: Final = 8

Frame = dict[str, Any]

BUSY: Final[Frame] = {"busy": True}


def write_frame(pipe: BinaryIO, frame: Frame) -> None:
    """Send one frame.

    Raises:
        OSError: nobody reads any more.
    """
    pipe.write(frame_bytes(frame))
    pipe.flush()


def frame_bytes(frame: Frame) -> bytes:
    """One frame as it travels."""
    body = msgspec.msgpack.encode(frame)
    return len(body).to_bytes(_HEAD, "big") + body


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
