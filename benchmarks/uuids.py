"""Ids that look like those of Supabase (UUID version 4), made from numbers: the same number, the same id."""

import numpy as np
import pyarrow as pa

_HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), dtype="S2")
_GROUPS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 16))
_LENGTH = 36


def _mix(numbers: np.ndarray) -> np.ndarray:
    """splitmix64, a bijection of 64 bits: numbers that differ give ids that differ."""
    x = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uuids(numbers: np.ndarray) -> pa.Array:
    """A column of ids."""
    halves = np.empty((len(numbers), 2), dtype=">u8")
    halves[:, 0] = _mix(numbers)
    halves[:, 1] = _mix(numbers + np.uint64(1 << 62))
    octets = halves.view(np.uint8).reshape(-1, 16)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    digits = _HEX[octets].view(np.uint8).reshape(-1, 32)
    text = np.full((len(numbers), _LENGTH), ord("-"), dtype=np.uint8)
    at = 0
    for first, last in _GROUPS:
        text[:, at : at + 2 * (last - first)] = digits[:, 2 * first : 2 * last]
        at += 2 * (last - first) + 1
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * _LENGTH
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text))
