"""Whether a change can be told from chance: known figures, and what cannot be said."""

from math import sqrt

import pytest
from benchmarks.changes import ALLOWED, SITUATIONS, Situation, found
from hypothesis import given
from hypothesis import strategies as st

from botlens.metrics.changes import LEAST_N, Unsaid, change_of
from botlens.metrics.evidence import Evidence, Mean, Quantile, Share, Total
from botlens.metrics.intervals import newcombe, student
from botlens.metrics.resampling import GROUPS


@pytest.mark.parametrize(
    ("after", "before", "low", "high"),
    [
        # The examples (a), (b), (c) and (d) of Newcombe 1998, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_shares_as_newcombe_computed_them(
    after: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    """The interval of his paper."""
    assert newcombe(before, after) == pytest.approx((low, high), abs=5e-5)


def test_shares_change_in_points() -> None:
    """Never in percent of percent."""
    change = change_of(Share(48, 80), Share(56, 70))
    assert change.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert (change.absolute, change.relative) == (pytest.approx(0.2), None)
    assert (change.distinguishable, change.unsaid) == (True, None)


def test_seven_points_of_csat_at_55_are_nothing() -> None:
    """Noise is not painted green."""
    assert change_of(Share(44, 55), Share(48, 55)).distinguishable is False


def test_answers_of_one_conversation_are_one_witness() -> None:
    """64 conversations of ten answers each, all good or all bad: as if each had one answer."""
    many = [Share(10 * bad, 640, [(10.0, 10.0)] * bad + [(0.0, 10.0)] * (64 - bad)) for bad in (16, 24)]
    few = [Share(bad, 64) for bad in (16, 24)]
    as_if_alone = change_of(Share(160, 640), Share(240, 640))
    assert (change_of(*many).distinguishable, as_if_alone.distinguishable) == (False, True)
    assert change_of(*many).interval == pytest.approx(change_of(*few).interval, abs=0.01)


def test_counts_by_eye() -> None:
    """Seven days of 10 and seven of 20, without dispersion: Poisson, t of 12 and half a count a side."""
    change = change_of(Total(70, 7, [10] * 7), Total(140, 7, [20] * 7))
    half = 2.1788 * sqrt(210) + 1
    assert (change.absolute, change.relative, change.distinguishable) == (70, 1.0, True)
    assert change.interval == pytest.approx((70 - half, 70 + half), rel=0.001)


def test_good_and_bad_days_are_no_news() -> None:
    """The same sums, of days that differ as much among each other."""
    before, after = [0, 20, 0, 20, 0, 20, 10], [40, 0, 40, 0, 40, 0, 20]
    assert change_of(Total(70, 7, before), Total(140, 7, after)).distinguishable is False


def test_weekdays_are_no_dispersion_where_they_are_paired() -> None:
    """A weekend on both sides hides nothing."""
    week = [100, 100, 100, 100, 100, 20, 20]
    more = [130, 130, 130, 130, 130, 26, 26]
    sides = Total(540, 7, week), Total(702, 7, more)
    assert change_of(*sides).distinguishable is False
    assert change_of(*sides, paired=True).distinguishable is True


def test_the_pace_is_judged_where_lengths_differ() -> None:
    """Half of a period against a whole one of the same pace: less by half, and no news."""
    change = change_of(Total(300, 30, [10] * 30), Total(150, 15, [10] * 15))
    assert (change.absolute, change.relative, change.interval) == (-150, -0.5, None)
    assert change.distinguishable is False
    assert change_of(Total(300, 30, [10] * 30), Total(300, 15, [20] * 15)).distinguishable is True


def lone(values: list[float]) -> Mean:
    """A mean of as many conversations as values, by turns in the groups."""
    groups = [(sum(values[at::GROUPS]), float(len(values[at::GROUPS]))) for at in range(GROUPS)]
    return Mean(sum(values), len(values), groups)


def middle(values: list[float], level: float = 0.5) -> Quantile:
    groups = [{each: values[at::GROUPS].count(each) for each in values[at::GROUPS]} for at in range(GROUPS)]
    ordered = sorted(values)
    return Quantile(ordered[int(level * len(values))] if values else None, len(values), level, groups)


def test_means_and_quantiles() -> None:
    """What is far apart is told apart, what lies within the other's spread is not."""
    low, high = [1.0, 2.0, 3.0, 4.0] * 50, [4.0, 5.0, 6.0, 7.0] * 50
    for made in (lone, middle):
        assert change_of(made(low), made(high)).distinguishable is True
        assert change_of(made(low), made([*low[:-1], 5.0])).distinguishable is False
    change = change_of(lone(low), lone(high))
    assert change.interval is not None
    assert change.interval[0] < 3 < change.interval[1]
    assert change == change_of(lone(low), lone(high))


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        # Today and yesterday: no days to tell how days differ.
        (Total(3, 1, []), Total(9, 1, []), Unsaid.TOO_FEW_DAYS),
        (Total(3, 2, [1, 2]), Total(9, 2, [4, 5]), Unsaid.TOO_FEW_DAYS),
        (Total(9, 0, [1.0] * 9), Total(9, 9, [1.0] * 9), Unsaid.TOO_FEW_DAYS),  # nothing has elapsed
        (Total(0, 0, [0.0] * 9), Total(0, 0, [0.0] * 9), Unsaid.TOO_FEW_DAYS),  # nor on the other side
        (
            Total(0.0, 9, [0.0] * 8, counts=False),
            Total(5.0, 9, [0.0] * 8, counts=False),
            Unsaid.TOO_FEW_DAYS,
        ),
        (Share(1, 6, [(1.0, 6.0)]), Share(5, 6, [(5.0, 6.0)]), Unsaid.TOO_FEW),  # of one conversation each
        (Share(1, 1), Share(120, 1_000), Unsaid.TOO_FEW),  # 88 points less than one conversation
        (lone([1.0] * 10), lone([9.0] * 10), Unsaid.TOO_FEW),
        (lone([1.0] * (LEAST_N - 1)), lone([9.0] * 1_000), Unsaid.TOO_FEW),
        (middle([1.0] * (LEAST_N - 1)), middle([9.0] * 1_000), Unsaid.TOO_FEW),
        (middle([1.0] * 100, 0.95), middle([9.0] * 100, 0.95), Unsaid.TOO_FEW),  # five values in the tail
    ],
)
def test_what_cannot_be_said(before: Evidence, after: Evidence, why: Unsaid) -> None:
    """Is null, neither true nor false, and told why; how far the value changed is told all the same."""
    for change in (change_of(before, after), change_of(after, before)):
        assert change.absolute is not None
        assert (change.interval, change.distinguishable, change.unsaid) == (None, None, why)


def test_from_nothing_and_to_nothing() -> None:
    """There is no percentage of nothing, and no change from or to what is not known."""
    from_zero = change_of(Total(0, 7, [0] * 7), Total(70, 7, [10] * 7))
    assert (from_zero.absolute, from_zero.relative, from_zero.distinguishable) == (70, None, True)
    to_zero = change_of(Total(70, 7, [10] * 7), Total(0, 7, [0] * 7))
    assert (to_zero.absolute, to_zero.relative) == (-70, -1.0)
    for one, other in ((Share(0, 0), Share(1, 2)), (lone([]), lone([1.0] * 80))):
        for change in (change_of(one, other), change_of(other, one)):
            assert (change.absolute, change.relative, change.distinguishable) == (None, None, None)


def test_thirty_a_side() -> None:
    """Of fewer witnesses nothing is said, however far apart the shares are."""
    enough, few = (Share(0, 30), Share(30, 30)), (Share(0, 29), Share(30, 30))
    assert change_of(*enough).distinguishable is True
    assert (change_of(*few).distinguishable, change_of(*few).absolute) == (None, 1.0)
    # 160 answers in 20 conversations, which are good or bad as a whole.
    heaped = [(8.0, 8.0)] * 10 + [(0.0, 8.0)] * 10
    assert change_of(Share(80, 160, heaped), Share(100, 100, [(2.0, 2.0)] * 50)).unsaid is Unsaid.TOO_FEW


def test_a_stretch_that_is_known_in_part() -> None:
    """What it came to is not that of all of it: its pace alone is compared."""
    part = Total(70, 7, [10] * 7, whole=False)
    same, twice = (change_of(part, Total(pace * 28, 28, [pace] * 28)) for pace in (10, 20))
    assert (same.absolute, same.relative, same.interval) == (210, None, None)
    assert (same.distinguishable, same.unsaid) == (False, Unsaid.PARTLY_BEFORE)
    assert (twice.relative, twice.distinguishable, twice.unsaid) == (None, True, Unsaid.PARTLY_BEFORE)


@pytest.mark.parametrize(("freedom", "exact"), [(4, 2.7764), (5, 2.5706), (10, 2.2281), (60, 2.0003)])
def test_students_t(freedom: int, exact: float) -> None:
    """As tables have it, within half a percent."""
    assert student(freedom) == pytest.approx(exact, rel=0.005)


@given(st.lists(st.integers(0, 50), min_size=7, max_size=30), st.booleans())
def test_the_same_is_never_a_change(days: list[int], paired: bool) -> None:
    """Whatever the days are."""
    side = Total(sum(days), len(days), days)
    assert change_of(side, side, paired=paired).distinguishable is not True


@pytest.mark.slow
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_few_false_findings(situation: Situation) -> None:
    """Of nothing at most 5 % are findings, as far as 200 rounds can tell; of a true change some are."""
    false, _ = found(situation, 1.0, 200, seed=7)
    assert false <= ALLOWED + 2.6 * sqrt(ALLOWED * (1 - ALLOWED) / 200)
    true, _ = found(situation, situation.factor, 50, seed=8)
    assert true > 0
