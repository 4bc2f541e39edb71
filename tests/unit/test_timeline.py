"""Counts of conversations by when they started, against counting one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.live.timeline import QUARTER, QuarterTimeline, SecondTimeline

DAY = 86_400
CHUNK = 64 * DAY  # how QuarterTimeline keeps its counts
# Around 1970, around the border of two chunks, and far away.
NEAR = st.integers(-2 * DAY, 2 * DAY)
SECONDS = NEAR | NEAR.map(lambda second: 300 * CHUNK + second) | st.integers(0, 130 * 366 * DAY)
COUNTS = st.integers(1, 3)
STARTS = st.lists(st.tuples(SECONDS, COUNTS), max_size=20)


@st.composite
def spans(draw, step: int) -> tuple[int, int]:
    low, high = sorted((draw(SECONDS), draw(SECONDS)))
    return low // step * step, high // step * step


def counted(starts: list[tuple[int, int]], start: int, end: int) -> int:
    return sum(count for second, count in starts if start <= second < end)


def by_hour(starts: list[tuple[int, int]], start: int, end: int, offset: int) -> list[int]:
    hours = [0] * 24
    for second, count in starts:
        if start <= second < end:
            hours[(second + offset) % DAY // 3_600] += count
    return hours


def seconds_of(starts: list[tuple[int, int]]) -> SecondTimeline:
    seconds, counts = zip(*starts, strict=True) if starts else ((), ())
    return SecondTimeline(np.array(seconds, dtype=np.int64), np.array(counts, dtype=np.int64))


def quarters_of(starts: list[tuple[int, int]]) -> QuarterTimeline:
    timeline = QuarterTimeline()
    for second, count in starts:
        timeline.add(second, count)
    return timeline


@given(STARTS, STARTS, spans(QUARTER), st.integers(-56, 56))
def test_quarters_count_what_is_in_a_span_and_at_what_hour(kept, removed, span, quarters):
    """Conversations may come and go; any span and any offset of quarter hours is exact."""
    timeline = quarters_of(kept + removed)
    for second, count in removed:
        timeline.add(second, -count)
    assert timeline.count(*span) == counted(kept, *span)
    offset = quarters * QUARTER
    assert timeline.by_hour(*span, offset).tolist() == by_hour(kept, *span, offset)


@given(STARTS, spans(1), st.integers(-14 * 3_600, 14 * 3_600))
def test_seconds_count_what_is_in_a_span_and_at_what_hour(starts, span, offset):
    """For any span and any offset at all, and whatever order it is loaded in."""
    timeline = seconds_of(starts)
    assert timeline.count(*span) == counted(starts, *span)
    assert timeline.by_hour(*span, offset).tolist() == by_hour(starts, *span, offset)


@given(STARTS)
def test_loading_at_once_is_adding_one_by_one(starts):
    """The store loads by the array, events are added singly: both must give the same timeline."""
    quarters: dict[int, int] = {}
    for second, count in starts:
        quarters[second // QUARTER] = quarters.get(second // QUARTER, 0) + count
    loaded, places = QuarterTimeline(), np.array(list(quarters), dtype=np.int64)
    loaded.add_all(places * QUARTER, np.array(list(quarters.values()), dtype=np.int64))
    added = quarters_of(starts)
    for quarter, count in quarters.items():
        span = (quarter * QUARTER, quarter * QUARTER + QUARTER)
        assert loaded.count(*span) == added.count(*span) == count
    whole = (-CHUNK, 1_000 * CHUNK)
    assert loaded.count(*whole) == sum(quarters.values())
    assert loaded.span() == added.span()


@given(STARTS)
def test_the_span_holds_every_count(starts):
    """The calendar covers only the span: what was outside of it would be in no day and at no hour."""
    for timeline in (quarters_of(starts), seconds_of(starts)):
        if not starts:
            assert timeline.span() is None
            continue
        low, high = timeline.span()
        assert timeline.count(low, high) == sum(count for _, count in starts)
        assert low % timeline.step == high % timeline.step == 0
        assert all(low <= second < high for second, _ in starts)


@pytest.mark.parametrize("make", [quarters_of, seconds_of])
def test_spans_are_half_open(make):
    """Midnight belongs to the day that begins with it, and to that day only."""
    timeline = make([(0, 1), (DAY - 1, 2), (DAY, 4)])
    assert [timeline.count(low, low + DAY) for low in (-DAY, 0, DAY)] == [0, 3, 4]
    assert timeline.count(DAY, DAY) == timeline.count(DAY, 0) == 0


@pytest.mark.parametrize("make", [quarters_of, seconds_of])
@pytest.mark.parametrize(
    ("offset", "hour"),
    [(0, 23), (3_600, 0), (-3_600, 22), (20_700, 5), (-12_600, 20), (50_400, 13), (37_800, 10)],
)
def test_the_hour_is_that_of_the_local_clock(make, offset, hour):
    """A conversation at 23:45 UTC, on clocks an hour ahead, behind, at +5:45, -3:30, +14:00 and +10:30."""
    hours = make([(DAY - 900, 7)]).by_hour(0, DAY, offset)
    assert {at: count for at, count in enumerate(hours.tolist()) if count} == {hour: 7}


def test_a_quarter_timeline_that_is_empty_again_counts_nothing():
    """What was taken out leaves no trace but its span."""
    timeline = quarters_of([(DAY, 2)])
    timeline.add(DAY, -2)
    assert timeline.count(0, 2 * DAY) == 0
    assert not timeline.by_hour(0, 2 * DAY, 0).any()
