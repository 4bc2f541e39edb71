"""Numbers of 64 bits that stand for texts: of many texts at once, without a look at each.

Python's own `hash` wants an object for each text, which takes longer than all else that is done with a row.
These are like it in what they promise: equal texts have equal hashes, others hardly ever, and nobody outside
of this process knows which have, since its keys are made by chance. So they are good for nothing but memory.
"""

import secrets
import struct
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Hash = int
Hashes = NDArray[np.int64]

_MASK: Final = (1 << 64) - 1
_SEED: Final = secrets.randbits(64)
_FIRST, _LAST = (secrets.randbits(64) | 1 for _ in range(2))  # odd, so that no two numbers give the same
_HALF, _THIRD = 32, 29
_FEW: Final = 16
"""So few texts of a length are faster taken one by one."""


def hash_of(text: str) -> Hash:
    """The hash of one text."""
    return _hash(text.encode())


def _hash(data: bytes) -> Hash:
    words = -(-len(data) // 8)
    found = _SEED ^ len(data)
    for word in struct.unpack(f"<{words}Q", data.ljust(8 * words, b"\0")):
        found = ((found ^ word) * _FIRST) & _MASK
        found ^= found >> _HALF
        found = (found * _LAST) & _MASK
    found = ((found ^ found >> _THIRD) * _LAST) & _MASK
    found ^= found >> _HALF
    return found - (1 << 64) if found >> 63 else found


def hashes_of(texts: pa.Array) -> Hashes:
    """The same of each text of a column of strings; that of a null is the hash of an empty one."""
    count = len(texts)
    if texts.null_count:
        texts = texts.fill_null("")
    _, starts, data = texts.buffers()
    if not count or data is None:
        return np.full(count, hash_of(""), np.int64)
    offsets = np.frombuffer(starts, np.int32)[texts.offset : texts.offset + count + 1]
    lengths = np.diff(offsets)
    whole = np.frombuffer(data, np.uint8)
    if (lengths == lengths[0]).all():  # as of all UUIDs
        return _of_bytes(whole[offsets[0] : offsets[-1]].reshape(count, lengths[0]))
    found = np.empty(count, np.int64)
    order = np.argsort(lengths, kind="stable")
    ends = np.flatnonzero(np.diff(lengths[order])) + 1
    for rows in np.split(order, ends):
        length = int(lengths[rows[0]])
        if len(rows) < _FEW:
            for row in rows.tolist():
                found[row] = _hash(whole[offsets[row] : offsets[row + 1]].tobytes())
        else:
            found[rows] = _of_bytes(whole[offsets[rows, None] + np.arange(length)])
    return found


def _of_bytes(texts: NDArray[np.uint8]) -> Hashes:
    """The hashes of texts of one length, each a row of bytes."""
    count, length = texts.shape
    words = -(-length // 8)
    padded = np.zeros((count, 8 * words), np.uint8)
    padded[:, :length] = texts
    found: NDArray[Any] = np.full(count, _SEED ^ length, np.uint64)
    shifted = np.empty_like(found)
    for word in padded.view("<u8").T:
        found ^= word
        found *= np.uint64(_FIRST)
        found ^= np.right_shift(found, np.uint64(_HALF), out=shifted)
        found *= np.uint64(_LAST)  # what the last byte of a word changed is all over before the next one
    found ^= np.right_shift(found, np.uint64(_THIRD), out=shifted)
    found *= np.uint64(_LAST)
    found ^= np.right_shift(found, np.uint64(_HALF), out=shifted)
    return found.view(np.int64)
