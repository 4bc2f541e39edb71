"""The files of the journal: what a frame is, and how a file is read whose disk or writer failed.

A frame is the length and the checksum of a payload, then the payload: a commit, or, at the beginning of a
file that records where earlier ones end, a head. Whatever a person sent is JSON in there, in which no
byte is below a blank; the length of a frame ends with such a byte. So no text can look like a frame, and
the next whole frame after a damaged place is found with certainty.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from struct import Struct

import msgspec

from botlens.commit.journaling import Commit
from botlens.errors import BotlensError

MOST = 1 << 29
"""A payload has fewer bytes, so that the last byte of its length is below a blank."""

_HEADER = Struct("<II")
_COMMIT = b'["'
_BLOCK = 512  # bytes that a disk writes whole or not at all
_decode_company = msgspec.json.Decoder(tuple[str, int]).decode


class Head(msgspec.Struct, frozen=True):
    """What a segment records of earlier ones: where each of them ends, whatever bytes follow there."""

    ends: dict[str, int]


_decode_head = msgspec.json.Decoder(Head).decode


class Found(msgspec.Struct):
    """What a file holds.

    Attributes:
        payloads: of its whole frames, in order.
        end: where the last whole frame ends.
        lost: bytes that cannot be read though something behind them can, or though they were written whole.
        torn: bytes at the end that a writer began and did not finish.
    """

    payloads: list[bytes]
    end: int = 0
    lost: int = 0
    torn: int = 0


def frame_of(payload: bytes) -> bytes:
    """The frame of a payload.

    Raises:
        ValueError: the payload is longer than a frame can hold.
    """
    if len(payload) >= MOST:
        raise ValueError(f"a commit of {len(payload):,} bytes does not fit into a frame of the journal")
    return _HEADER.pack(len(payload), zlib.crc32(payload)) + payload


def packed(commit: Commit) -> bytes:
    """For each company a line with its id and the size of its records in bytes, then the records."""
    parts: list[bytes] = []
    for company_id, lines in commit:
        parts += (msgspec.json.encode((company_id, len(lines))), b"\n", lines)
    return b"".join(parts)


def unpacked_commit(payload: bytes, path: Path | str) -> Commit:
    """The commit in a payload.

    Raises:
        BotlensError: a botlens that wrote another format left it.
    """
    commit, at = [], 0
    while at < len(payload):
        start = payload.find(b"\n", at) + 1
        try:
            company_id, size = _decode_company(payload[at:start])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BotlensError(
                f"{path} was written by another version of botlens: start that version once on this folder, "
                "so that it writes what is left there to the store.",
                code="journal_of_another_version",
            ) from None
        commit.append((company_id, payload[start : start + size]))
        at = start + size
    return commit


def segment_head(ends: Mapping[str, int]) -> bytes:
    """The payload of a head."""
    return msgspec.json.encode(Head(dict(ends)))


def head_in(payloads: Sequence[bytes]) -> Head | None:
    """The head among the payloads of a file; it is the first if there is one."""
    return _decode_head(payloads[0]) if payloads and payloads[0].startswith(b"{") else None


def found_in(data: bytes, *, newest: bool) -> Found:
    """The whole frames of a file, and what is wrong with the rest.

    Args:
        data: its bytes, up to its recorded end.
        newest: whether no later file exists, so that its writer may have died while it wrote.
    """
    found = Found([])
    for start, payload in _frames(data):
        found.lost += start - found.end
        found.payloads.append(payload)
        found.end = start + _HEADER.size + len(payload)
    rest = data[found.end :]
    if rest.strip(b"\0"):
        if newest and _is_torn(rest, found.end):
            found.torn = len(rest)
        else:
            found.lost += len(rest)
    return found


def _frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (start, payload) of each whole frame, also of those behind a damaged place."""
    at = 0
    while at < len(data):
        payload = _payload_at(data, at)
        if payload is None:
            start = _next_frame(data, at + 1)
            if start is None:
                return
            at = start
        else:
            yield at, payload
            at += _HEADER.size + len(payload)


def _payload_at(data: bytes, at: int) -> bytes | None:
    """The payload of the frame that begins here; None if no whole one does."""
    begin = at + _HEADER.size
    if begin > len(data):
        return None
    length, checksum = _HEADER.unpack_from(data, at)
    if not 0 < length < MOST or begin + length > len(data):
        return None
    payload = data[begin : begin + length]
    return payload if zlib.crc32(payload) == checksum else None


def _next_frame(data: bytes, after: int) -> int | None:
    """Where the first whole frame of a commit begins that does not begin before `after`."""
    place = data.find(_COMMIT, after + _HEADER.size)
    while place != -1:
        if _payload_at(data, place - _HEADER.size) is not None:
            return place - _HEADER.size
        place = data.find(_COMMIT, place + 1)
    return None


def _is_torn(rest: bytes, at: int) -> bool:
    """Whether a writer that died can have left these last bytes of a file, which lie at `at`.

    Then it is one frame: cut short, or with blocks of the disk in it that were never written. A frame that
    is there from end to end but does not fit its checksum was damaged later, and so was one whose
    length goes beyond the commit in it, while that is whole.
    """
    if len(rest) < _HEADER.size:
        return True
    length: int = _HEADER.unpack_from(rest)[0]
    size = _HEADER.size + length
    if _has_hole(rest, at):
        return length == 0 or len(rest) <= size
    return len(rest) < size and length < MOST and _is_cut(rest[_HEADER.size :])


def _has_hole(rest: bytes, at: int) -> bool:
    """Whether a block of the file, or what `rest` has of it, is empty."""
    ends = range(_BLOCK - at % _BLOCK, len(rest) + _BLOCK, _BLOCK)
    return any(not rest[max(end - _BLOCK, 0) : end].strip(b"\0") for end in ends)


def _is_cut(payload: bytes) -> bool:
    """Whether a payload is the beginning of a commit or of a head, and not all of it."""
    if not payload.startswith(_COMMIT):
        return len(payload) < len(_COMMIT) or payload.startswith(b"{")
    at = 0
    while at < len(payload):
        start = payload.find(b"\n", at) + 1
        if not start:
            return True
        try:
            _, size = _decode_company(payload[at:start])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
        at = start + size
    return at > len(payload)
