"""Request bodies are unpacked, and never beyond the limit."""

import gzip
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.errors import BadRequestError, TooLargeError, UnsupportedMediaTypeError
from botlens.intake import body as module
from botlens.intake.body import MAX_BYTES, unpack

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKERS = {"gzip": gzip.compress, "zstd": zstd.compress, "identity": bytes}
PACKED = ["gzip", "zstd"]
TEXT = b'{"events": []}\n' * 10


@given(st.sampled_from(sorted(PACKERS)), st.lists(st.binary(max_size=200), max_size=4))
def test_a_body_comes_out_as_it_went_in(encoding, parts):
    """Plain, gzip and zstd round trip; members and frames one after the other are one body."""
    packed = b"".join(PACKERS[encoding](part) for part in parts)
    assert unpack(packed, encoding) == b"".join(parts)


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
def test_a_body_without_an_encoding_is_left_alone(encoding):
    """Even if it looks packed: the header decides."""
    packed = gzip.compress(TEXT)
    assert unpack(packed, encoding) == packed


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " x-gzip "])
def test_the_name_of_an_encoding_may_be_written_in_any_case(encoding):
    """HTTP says so."""
    assert unpack(gzip.compress(TEXT), encoding) == TEXT


@pytest.mark.parametrize("encoding", PACKED)
def test_a_body_that_is_cut_anywhere_is_refused(encoding):
    """A part of a body must never be taken for the whole of it."""
    packed = PACKERS[encoding](TEXT)
    for length in range(1, len(packed)):
        with pytest.raises(BadRequestError) as refused:
            unpack(packed[:length], encoding)
        assert refused.value.code == "invalid_compression", length


@pytest.mark.parametrize("encoding", PACKED)
def test_a_second_member_that_is_cut_is_refused(encoding):
    """The first one being whole is not enough."""
    with pytest.raises(BadRequestError) as refused:
        unpack(PACKERS[encoding](TEXT) + PACKERS[encoding](TEXT)[:-1], encoding)
    assert refused.value.code == "invalid_compression"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", TEXT),
        ("zstd", TEXT),
        ("gzip", zstd.compress(TEXT)),
        ("zstd", gzip.compress(TEXT, mtime=0)),
        ("gzip", zlib.compress(TEXT)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"junk"),
        ("zstd", zstd.compress(TEXT) + b"junk"),
        (
            "gzip",
            gzip.compress(TEXT, mtime=0)[:-8] + b"\0\0\0\0" + gzip.compress(TEXT, mtime=0)[-4:],
        ),  # a wrong checksum
    ],
)
def test_a_body_that_is_something_else_is_refused(encoding, body):
    """What is not whole data of the named kind is the caller's to mend: 400."""
    with pytest.raises(BadRequestError) as refused:
        unpack(body, encoding)
    assert (refused.value.code, refused.value.status) == ("invalid_compression", 400)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, zstd", "compress"])
def test_an_unknown_encoding_is_refused_by_name(encoding):
    """415, and the answer repeats what was sent."""
    with pytest.raises(UnsupportedMediaTypeError) as refused:
        unpack(TEXT, encoding)
    assert (refused.value.code, refused.value.status) == ("unsupported_encoding", 415)
    assert f"`{encoding}`" in refused.value.message


@pytest.mark.parametrize("encoding", sorted(PACKERS))
@pytest.mark.parametrize("members", [1, 3])
def test_the_limit_is_on_the_unpacked_bytes_to_the_byte(monkeypatch, encoding, members):
    """Exactly the limit passes, one more does not, however many members carry it."""
    monkeypatch.setattr(module, "MAX_BYTES", 300)
    full = [b"x" * (300 // members)] * members
    assert unpack(b"".join(map(PACKERS[encoding], full)), encoding) == b"x" * 300
    with pytest.raises(TooLargeError) as refused:
        unpack(b"".join(map(PACKERS[encoding], [*full[:-1], full[-1] + b"x"])), encoding)
    assert (refused.value.code, refused.value.status) == ("body_too_large", 413)


def bombs() -> dict[str, bytes]:
    """Small bodies that would unpack to 256 MiB, and what is past the limit in a later member."""
    mebibyte = b"\0" * 2**20
    gzipped, zstded = zlib.compressobj(wbits=31), zstd.ZstdCompressor()
    return {
        "gzip": b"".join(gzipped.compress(mebibyte) for _ in range(256)) + gzipped.flush(),
        "zstd": b"".join(zstded.compress(mebibyte) for _ in range(256)) + zstded.flush(),
        "gzip members": gzip.compress(mebibyte) * 256,
        "zstd members": zstd.compress(mebibyte) * 256,
    }


def test_a_bomb_is_refused_before_it_goes_off():
    """256 MiB in a few kilobytes: at no time is much more than the limit of 16 MiB unpacked in memory."""
    for name, bomb in bombs().items():
        tracemalloc.start()
        try:
            with pytest.raises(TooLargeError):
                unpack(bomb, name.split()[0])
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 3 * MAX_BYTES, name


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_many_members(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    """A body of very many empty members is refused before it costs a second."""
    assert unpack(pack(b"a") * 1_000, encoding) == b"a" * 1_000
    with pytest.raises(BadRequestError, match="members"):
        unpack(pack(b"") * 1_001, encoding)


@pytest.mark.parametrize("encoding", PACKED)
def test_what_a_member_costs_does_not_grow_with_what_came_before_it(encoding: str) -> None:
    """16 MB in a thousand members cost hardly more than in one: nothing is copied again for each of them."""
    plain, members = b" " * 16_000, 1_000

    def cost(body: bytes) -> float:
        begun = time.thread_time()
        assert len(unpack(body, encoding)) == len(plain) * members
        return time.thread_time() - begun

    one, many = PACKERS[encoding](plain * members), PACKERS[encoding](plain) * members
    assert min(cost(many) for _ in range(3)) < min(cost(one) for _ in range(3)) + 0.2


@pytest.mark.parametrize("encoding", PACKED)
def test_members_longer_than_a_window(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the body is cut for the unpacker, the same comes out, and the end of a member is found."""
    parts = [bytes(range(256)) * 5, b"", b"end"]
    body = b"".join(map(PACKERS[encoding], parts))
    for window in (1, 7, len(body) - 1, len(body)):
        monkeypatch.setattr(module, "_WINDOW", window)
        assert unpack(body, encoding) == b"".join(parts)
