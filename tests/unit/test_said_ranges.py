"""Conversations in ranges of some rows: each in one, and no more in a range than fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.store import said

MOST = 10


def one_by_one(answers: list[list[int]]) -> list[int]:
    """Before which of all conversations a range ends."""
    cuts: list[int] = []
    rows = place = 0
    for size in (each for sizes in answers for each in sizes):
        if rows and rows + size > MOST:
            cuts.append(place)
            rows = 0
        rows, place = rows + size, place + 1
    return cuts


@given(st.lists(st.lists(st.integers(1, 14), max_size=12), max_size=5))
def test_ranges_are_those_of_one_by_one(answers: list[list[int]]) -> None:
    """However many come at once, and also where one alone is too long for a range."""
    found: list[int] = []
    rows = place = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(said, "_ROWS", MOST)
        for sizes in answers:
            cuts, rows = said._cuts(np.array(sizes, np.int64), rows)
            found += [place + cut for cut in cuts]
            place += len(sizes)
    assert found == one_by_one(answers)
