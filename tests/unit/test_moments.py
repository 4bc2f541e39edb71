"""Instants as numbers and as text, in one place."""

import ast
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import botlens
from botlens import moments


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00.000000Z"),
        (datetime(2026, 3, 18, 9, 30, 0, 5, tzinfo=UTC), "2026-03-18T09:30:00.000005Z"),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "1969-12-31T23:59:59.999999Z"),
        (datetime(2199, 12, 31, tzinfo=UTC), "2199-12-31T00:00:00.000000Z"),
    ],
)
def test_there_and_back(moment: datetime, text: str) -> None:
    """A time becomes a number and a text, and the number that time again, to the microsecond."""
    number = moments.microseconds(moment)
    assert moments.iso(number) == text
    assert moments.instant(number) == moment


def test_nothing_stays_nothing() -> None:
    """A time that is not known is null in an answer."""
    assert moments.iso(None) is None


def test_days() -> None:
    """Days are counted from 1970, backwards too."""
    assert [moments.days(date(1970, 1, 1)), moments.days(date(1969, 12, 31))] == [0, -1]
    assert moments.day(20_530) == date(2026, 3, 18)


def test_no_other_place_knows_when_time_began() -> None:
    """1970 is written as a number in `moments.py` alone: whoever counts from it asks there."""
    source = Path(botlens.__file__).parent
    found = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value == 1970
    ]
    assert set(found) == {"moments.py"}
