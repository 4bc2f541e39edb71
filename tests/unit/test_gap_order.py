"""Which answer to write next, with its working; and which gaps are rising."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.gaps.order.impact import Demand, ExpectedShare, expected_share, impact_of
from botlens.gaps.order.rising import chance_of, rising_gaps

DEFAULT = ExpectedShare(0.2, "default")
EVEN = [25] * 8


def test_what_an_answer_would_save():
    """100 sessions in 28 days, three of four without another gap, a fifth of which will fail still: 60."""
    impact = impact_of(Demand(100, 75, EVEN), DEFAULT)
    assert impact.conversations_per_month == pytest.approx(60)
    assert (impact.sessions_28d, impact.share_without_other_gap, impact.expected) == (100, 0.75, DEFAULT)
    low, high = impact.interval
    assert (low, high) == pytest.approx(
        (49.7, 72.5), abs=0.1
    )  # 75 sessions: 62.1 to 90.6 of them, by Poisson


def test_weeks_that_differ_widen_the_interval():
    """The same sum, half of it in one week: the variance is 50 times the mean."""
    calm, wild = (impact_of(Demand(100, 75, weekly), DEFAULT).interval for weekly in (EVEN, [0] * 7 + [100]))
    assert wild[0] < calm[0]
    assert calm[1] < wild[1]
    assert (
        impact_of(Demand(100, 75, [25]), DEFAULT).interval == calm
    )  # one week says nothing of how weeks differ


def test_what_will_fail_in_spite_of_an_answer():
    """The median of the company's own verified gaps; a fifth where there are none."""
    assert expected_share([]) == DEFAULT
    assert expected_share([0.02, 0.5, 0.1]) == ExpectedShare(0.1, "verified gaps")


def test_a_gap_that_nobody_failed_on_lately():
    """Nothing is saved, as far as that can be known of nothing."""
    impact = impact_of(Demand(0, 0, [0] * 8), DEFAULT)
    assert (impact.conversations_per_month, impact.share_without_other_gap) == (0, None)
    assert impact.interval == (0, pytest.approx(2.16, abs=0.01))


@pytest.mark.parametrize(("pace", "dispersion"), [(3, 1), (12, 1), (12, 3), (60, 5)])
def test_the_interval_holds_what_it_promises(pace, dispersion):
    """9 of 10, of weeks that differ as they do; with eight weeks to know by how much, at least 85 of 100."""
    chance = np.random.default_rng(7)
    inside = 0
    for _ in range(2_000):
        if dispersion == 1:
            weeks = chance.poisson(pace, 8)
        else:
            weeks = chance.poisson(chance.gamma(pace / (dispersion - 1), dispersion - 1, 8))
        four = int(weeks[4:].sum())
        demand = Demand(four, four, [int(each) for each in weeks])
        low, high = impact_of(demand, ExpectedShare(0, "default")).interval
        inside += low <= 4 * pace <= high
    assert 0.85 <= inside / 2_000 <= 0.97


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_chance_of_a_rise_is_exact(before, last):
    """The sum of the binomial distribution."""
    whole = before + last
    tail = sum(comb(whole, each) for each in range(last, whole + 1)) / 2**whole
    assert chance_of(before, last) == pytest.approx(tail, rel=1e-9)


def test_what_is_rising():
    """Three times as many as before of 40 is no chance, of 4 it is; neither is what falls."""
    assert rising_gaps({"many": (10, 30), "few": (1, 3), "falls": (30, 10), "none": (0, 0)}) == {"many"}
    assert rising_gaps({}) == frozenset()


def test_of_many_gaps_few_are_rising_by_chance():
    """A rise that is news of one gap alone (chance 3 %) is none of a hundred; a sure one stays one."""
    assert chance_of(2, 9) == pytest.approx(0.033, abs=1e-3)
    alone = rising_gaps({"gap": (2, 9)})
    among = rising_gaps({"gap": (2, 9), "sure": (5, 60), **{f"still{n}": (9, 9) for n in range(100)}})
    assert (alone, among) == ({"gap"}, {"sure"})


def test_false_rises_are_few():
    """200 gaps in which nothing has changed, 200 times: hardly ever is any called rising."""
    chance = np.random.default_rng(3)
    found = sum(
        bool(rising_gaps({str(n): (int(a), int(b)) for n, (a, b) in enumerate(chance.poisson(8, (200, 2)))}))
        for _ in range(200)
    )
    assert found / 200 <= 0.05 + 0.03
