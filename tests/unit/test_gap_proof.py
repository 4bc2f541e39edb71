"""A fix is proven by all later sessions, whenever one looks: known figures, and what every history shares."""

from datetime import date, timedelta
from math import asin, exp, log, pi, sqrt

import numpy as np
import pytest
from benchmarks.gaps_truth import Truth, outcome, relapse_days, wilson
from hypothesis import given
from hypothesis import strategies as st

from botlens.gaps.proof.beta import log_beta, log_parts, share_below
from botlens.gaps.proof.curve import CurveDay, FailingShare, curve_of, share_of
from botlens.gaps.proof.e_process import log_evidence
from botlens.gaps.proof.verdicts import Decided, Decision, judge, more_needed

FIRST = date(2026, 3, 1)
VERIFIED, REOPENED = Decision.VERIFIED, Decision.REOPENED


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def days(*counts: tuple[int, int]) -> list[CurveDay]:
    """Sessions and failing ones, day by day from the first on."""
    return [CurveDay(day(at), *each) for at, each in enumerate(counts, 1)]


histories = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 8)).flatmap(
        lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), st.integers(0, pair[1]))
    ),
    max_size=25,
).map(lambda rows: [CurveDay(day(at + 1), sessions, failing) for at, sessions, failing in rows])


@pytest.mark.parametrize(
    ("x", "a", "b", "share"),
    [
        (0.3, 1, 1, 0.3),  # uniform
        (0.3, 3, 1, 0.027),  # the largest of three
        (0.3, 1, 2, 0.51),  # the smaller of two: 1 - 0.7 * 0.7
        (0.5, 2.5, 2.5, 0.5),  # symmetric
        (0.2, 0.5, 0.5, 2 / pi * asin(sqrt(0.2))),  # the arcsine law
    ],
)
def test_the_incomplete_beta_function_where_it_is_known(x, a, b, share):
    """Distributions whose shares can be written down."""
    assert share_below(x, a, b) == pytest.approx(share, rel=1e-12)


@given(st.floats(0.01, 0.99), st.floats(0.5, 5_000), st.floats(0.5, 5_000))
def test_both_parts_of_a_beta_are_the_whole(x, a, b):
    """Also where one of them is next to nothing."""
    below, above = (each - log_beta(a, b) for each in log_parts(x, a, b))
    assert exp(below) + exp(above) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("failing", "answered", "limit"), [(0, 12, 0.2), (3, 40, 0.2), (9, 6, 0.35), (2, 0, 0.1)]
)
def test_evidence_is_the_mixture_of_all_bets(failing, answered, limit):
    """The closed form is what adding up bets on many shares gives, each with its part of the capital."""
    angles = (np.arange(200_000) + 0.5) / 200_000 * (pi / 2)  # Beta(1/2,1/2) is uniform in these
    shares = np.sin(angles) ** 2
    won = (shares / limit) ** failing * ((1 - shares) / (1 - limit)) ** answered
    less, more = log_evidence(failing, answered, limit)
    assert exp(less) == pytest.approx(won[shares < limit].mean(), rel=1e-3)
    assert exp(more) == pytest.approx(won[shares > limit].mean(), rel=1e-3)


@given(st.integers(0, 3_000), st.integers(0, 3_000), st.floats(0.02, 0.9))
def test_evidence_is_fair_at_the_limit(failing, answered, limit):
    """If the true share is the limit, nobody can expect to win or lose with the next session."""
    now = log_evidence(failing, answered, limit)
    failed = log_evidence(failing + 1, answered, limit)
    went_well = log_evidence(failing, answered + 1, limit)
    for before, *after in zip(now, failed, went_well, strict=True):
        won, lost = (exp(each - before) for each in after)
        assert min(won, lost) >= 0
        assert limit * won + (1 - limit) * lost == pytest.approx(1, rel=1e-6)


def test_a_fix_that_works_is_verified():
    """One asker a day, none fails: 20 to 1 after 17 of them, and not a day earlier."""
    found = judge(days(*[(1, 0)] * 30))
    assert found.decisions == (Decided(VERIFIED, day(17)),)
    assert judge(days(*[(1, 0)] * 16)).decisions == ()
    assert (found.decided, found.more_needed, found.after) == (found.decisions[0], None, FailingShare(30, 0))


def test_a_fix_that_does_not_work_is_reopened():
    """All fail: decided as soon as there are five, though three would have been enough."""
    assert judge(days(*[(1, 1)] * 9)).decisions == (Decided(REOPENED, day(5)),)
    assert judge(days((3, 3), (1, 1))).decisions == ()


def test_a_relapse_is_seen_in_spite_of_many_successes():
    """A hundred good days, then all fail: old successes do not stand against it."""
    history = days(*[(5, 0)] * 100, *[(5, 5)] * 5)
    assert judge(history).decisions == (Decided(VERIFIED, day(4)), Decided(REOPENED, day(104)))
    assert judge(history[:103]).decisions == (Decided(VERIFIED, day(4)),)


def test_what_is_at_the_limit_is_not_decided():
    """One of five fails, for a hundred days; and no number of askers is foretold."""
    found = judge(days(*[(5, 1)] * 100))
    assert (found.decisions, found.more_needed, found.decided) == ((), None, None)


def test_a_company_has_its_own_limit():
    """Every tenth fails: fixed at a limit of 0.4, and not at one of 0.02."""
    history = days(*[(10, 1)] * 20)
    assert [judge(history, limit).decided.decision for limit in (0.4, 0.02)] == [VERIFIED, REOPENED]
    for wrong in (0.0, 1.0, -1, float("nan")):
        with pytest.raises(ValueError, match="not between 0 and 1"):
            judge(history, wrong)


def test_how_many_more_askers_are_needed():
    """As many as then decide, if they go as those before; one fewer does not."""
    found = judge(days(*[(1, 0)] * 8))
    assert found.more_needed == pytest.approx(9, abs=1)
    for failing, sessions in ((0, 3), (1, 12), (5, 60), (30, 100)):
        more = more_needed(FailingShare(sessions, failing))
        share = (failing + 0.02) / (sessions + 1)

        def capital(count, share=share, failing=failing, sessions=sessions):
            failed = failing + share * count
            return max(log_evidence(failed, sessions + count - failed, 0.2))

        assert capital(more) >= log(20) > capital(more - 1)
    assert more_needed(FailingShare(0, 0)) == 25


def test_nothing_is_decided_of_nothing():
    """A fix that nobody has asked about since."""
    found = judge([])
    assert (found.after.share, found.after.interval, found.decisions) == (None, None, ())


def test_a_share_has_an_interval():
    """Wilson's: of 4 failing in 20, 8 to 42 %."""
    share = share_of(days((10, 1), (10, 3)))
    assert (share.sessions, share.failing, share.share) == (20, 4, 0.2)
    assert share.interval == pytest.approx((0.0807, 0.4160), abs=1e-4)


def test_the_curve_adds_up_days():
    """Parts of a day are one day; a day without anybody is none."""
    parts = [CurveDay(day(2), 1, 1), CurveDay(day(1), 2, 0), CurveDay(day(3), 0, 0), CurveDay(day(2), 3, 0)]
    assert curve_of(parts) == (CurveDay(day(1), 2, 0), CurveDay(day(2), 4, 1))
    with pytest.raises(ValueError, match="2 failing of 1"):
        CurveDay(day(1), 1, 2)


@given(histories, st.randoms(), st.sampled_from([0.05, 0.2, 0.5]))
def test_any_order_of_days_gives_the_same_verdict(history, chance, limit):
    """A verdict is a function of the set: late, mixed, or in parts."""
    mixed = chance.sample(history, len(history))
    assert judge(mixed, limit) == judge(history, limit)
    assert judge(curve_of(history), limit) == judge(history, limit)


@given(histories)
def test_what_comes_later_changes_no_decision(history):
    """What was decided by some day stays, whatever happens afterwards, though a relapse may follow."""
    curve = curve_of(history)
    for until in range(len(curve)):
        early = judge(curve[:until]).decisions
        assert judge(curve).decisions[: len(early)] == early


@pytest.mark.parametrize("pace", [0.3, 1, 5])
def test_a_verdict_is_seldom_wrong(pace):
    """With the true share at the limit, looked at each day of 90: at most 5 % of each kind, within chance.

    Beside it what looking daily at an interval does.
    """
    found = outcome(Truth(pace, 0.2), 300)
    assert found.share(VERIFIED) <= 5 + 2.6
    assert found.share(REOPENED) <= 5 + 2.6
    naive = outcome(Truth(pace, 0.2), 300, way=wilson)
    assert naive.share(VERIFIED) + naive.share(REOPENED) > found.share(VERIFIED) + found.share(REOPENED)


def test_a_verdict_comes_in_time():
    """One asker a day: what works and what does not is known by day 25; a relapse at 5 a day within 15."""
    for decision, share in ((VERIFIED, 0.02), (REOPENED, 0.5)):
        found = outcome(Truth(1, share), 300)
        assert found.share(decision) >= 95
        assert found.median_day(decision) <= 25
    relapses = relapse_days(outcome(Truth(5, 0.05, 120, later=0.6), 200))
    assert float(np.median(relapses)) <= 15
    assert outcome(Truth(5, 0.05, 120), 200).share(REOPENED) <= 5
