"""Distinct sessions that come and go, against a plain counter."""

import hashlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.live.sessions import DIGEST, SessionCounts, digest


def _ending_in(zeros: bytes) -> str:
    return next(name for name in map(str, range(200_000)) if digest(name).endswith(zeros))


# NumPy drops trailing zero bytes of an S16: ids with such digests are the ones that could go wrong.
ODD = [_ending_in(b"\0"), _ending_in(b"\0\0"), "", "ü😀", " ", "x" * 128]
IDS = st.sampled_from([*ODD, *"abcdefgh"])


def loaded(counts: Counter[str], changes: int = 20_000) -> SessionCounts:
    """As the store loads: sorted distinct digests, and the conversations of each."""
    rows = sorted((digest(session), count) for session, count in counts.items() if session)
    digests = np.frombuffer(b"".join(key for key, _ in rows), dtype=DIGEST)
    return SessionCounts(digests, np.array([count for _, count in rows], dtype=np.int64), changes=changes)


@given(st.data(), st.dictionaries(IDS, st.integers(1, 3), max_size=10).map(Counter), st.integers(0, 4))
def test_unique_sessions_are_those_with_a_conversation_left(data, counts, changes):
    """Loaded or added, removed or never there: after each change the number is what a counter says.

    Wherever changes are kept: after few of them they are put to what was loaded.
    """
    sessions = loaded(counts, changes)
    assert sessions.unique == len([session for session in counts if session])
    for _ in range(data.draw(st.integers(0, 15))):
        present = sorted(session for session, count in counts.items() if count)
        if present and data.draw(st.booleans()):
            session = data.draw(st.sampled_from(present))
            count = -data.draw(st.integers(1, counts[session]))
        else:
            session, count = data.draw(IDS), data.draw(st.integers(1, 3))
        counts[session] += count
        sessions.add(session, count)
        assert sessions.unique == len([name for name, number in counts.items() if name and number])


@pytest.mark.parametrize("session", [each for each in ODD if each])
def test_a_loaded_session_is_found_again(session):
    """Another conversation of it makes no new session, and it stays until its last one is gone."""
    sessions = loaded(Counter({session: 2, "another": 1}))
    sessions.add(session, 1)
    assert sessions.unique == 2
    sessions.add(session, -2)
    assert sessions.unique == 2
    sessions.add(session, -1)
    assert sessions.unique == 1


def test_a_conversation_without_a_session_is_nobodys():
    """It is neither a session nor may it take one away."""
    sessions = SessionCounts()
    sessions.add("", 3)
    assert sessions.unique == 0
    sessions.add("a", 1)
    sessions.add("", -3)
    assert sessions.unique == 1


def test_the_digest_is_the_one_that_the_store_computes():
    """MD5 of the UTF-8 bytes: another one would count every loaded session twice."""
    assert digest("ü") == bytes.fromhex("c03410a5204b21cd8229ff754688d743")
    assert digest("ü") == hashlib.md5(b"\xc3\xbc", usedforsecurity=False).digest()
