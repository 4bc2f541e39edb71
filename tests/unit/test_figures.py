"""Numbers as a terminal shows them."""

import pytest

from botlens.cli.report.figures import (
    basis_text,
    change_text,
    mark_of,
    percent,
    shades,
    sparkline,
    value_text,
)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("conversations", 1234, "1,234"),
        ("conversations", 0, "0"),
        ("messages_per_conversation", 4.25, "4.2"),
        ("csat", 0.5, "50.0 %"),
        ("csat", None, "–"),
        ("latency_p95", 812.4, "812 ms"),
        ("latency_p95", 1500.0, "1.5 s"),
    ],
)
def test_values_come_with_their_unit(name: str, value: float | None, text: str) -> None:
    """Shares in percent, times in ms or s, and what is not known is a dash and never a zero."""
    assert value_text(name, value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0.0"), (0.0001, "<0.1"), (0.123, "12.3"), (0.9999, ">99.9"), (1, "100.0")]
)
def test_few_is_not_none_and_most_is_not_all(share: float, text: str) -> None:
    """Rounding never turns one of many into nobody, or all but one into all."""
    assert percent(share) == text


@pytest.mark.parametrize(
    ("name", "value", "before", "text"),
    [
        ("conversations", 3, 2, "+50 %"),
        ("conversations", 2, 4, "-50 %"),
        ("conversations", 2, 2, "+0 %"),
        ("conversations", 2, 0, "new"),
        ("conversations", 0, 0, "–"),
        ("csat", 0.5, 0.625, "-12.5 pp"),
        ("csat", 0.50001, 0.5, "+0.0 pp"),
        ("csat", 0.5, 0.50001, "+0.0 pp"),
        ("csat", 0.5, None, "–"),
    ],
)
def test_changes(name: str, value: float, before: float | None, text: str) -> None:
    """Shares change by points, everything else by percent; from nothing there is no percentage."""
    assert change_text(name, value, before) == text


@pytest.mark.parametrize(
    ("stands_on", "text"),
    [
        ({"numerator": 8, "denominator": 10, "interval": [0.49, 0.943]}, "8 of 10 (95 %: 49.0 to 94.3 %)"),
        ({"numerator": 0, "denominator": 0, "interval": None}, "0 of 0"),
        ({"numerator": 1757, "denominator": 401}, "1,757 / 401"),
        ({"n": 841}, "of 841"),
        (None, ""),
    ],
)
def test_what_values_stand_on(stands_on: dict | None, text: str) -> None:
    """A rate shows its n and interval, a ratio both terms, a percentile how many values it is taken from."""
    assert basis_text(stands_on) == text


def test_a_change_that_is_no_finding_has_a_mark() -> None:
    """What may be chance, and what too few were asked for; a finding and what is not judged have none."""
    assert mark_of({"distinguishable": False, "unsaid": None}) == " ~"
    assert mark_of({"distinguishable": None, "unsaid": "too_few"}) == " ?"
    assert mark_of({"distinguishable": True}) == ""
    assert mark_of({}) == ""


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ([], ""),
        ([0, 0], "··"),
        ([0, 1, 8], "·▁█"),
        ([5, 5], "██"),
        ([1, 1000], "▁█"),
        ([None, 0.5, 0, 0.25], " █·▄"),
    ],
)
def test_a_sparkline_is_as_high_as_the_values(counts: list[float | None], line: str) -> None:
    """The highest is a full block, any value is at least the lowest, zero is a dot and unknown a gap."""
    assert sparkline(counts) == line


def test_shades_are_as_dark_as_the_counts() -> None:
    """The highest count is solid, any count is seen, and nothing is blank."""
    assert shades([0, 1, 50, 100], 100, 2) == "  ░░▒▒██"
