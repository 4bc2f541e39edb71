"""The times of events, as the programs of the world write them."""

from datetime import datetime

import pytest

from tests.unit.test_decode import WAYS, bad


@WAYS
@pytest.mark.parametrize(
    ("told", "second"),
    [
        ("2026-03-01T09:30Z", "09:30:00"),  # Java, of a whole minute
        ("2026-03-01T10:30+01:00", "09:30:00"),
        ("2026-03-01T10:30:00+01:00[Europe/Berlin]", "09:30:00"),  # Java, JavaScript
        ("2026-03-01T09:30:00z", "09:30:00"),
        ("2026-03-01t09:30:00Z", "09:30:00"),
        ("2026-03-01 09:30:00+00:00", "09:30:00"),  # Python
        ("2026-03-01 09:30:00Z", "09:30:00"),  # C#
        ("2026-03-01 10:30:00+01", "09:30:00"),  # PostgreSQL
        ("2026-03-01 10:30:00 +0100", "09:30:00"),  # Ruby
        ("2026-03-01T10:30:00+0100", "09:30:00"),  # PHP
        ("2026-03-01T09:30:00,25Z", "09:30:00.250000"),  # date
        ("2026-03-01T09+00:00", "09:00:00"),
        ("20260301T093000Z", "09:30:00"),
        ("20260301T103000.25+0100", "09:30:00.250000"),
        ("2026-03-01T09:30:00.1234567Z", "09:30:00.123456"),  # C#: cut
        ("2026-03-01T23:59:59.999999999Z", "23:59:59.999999"),  # Go: never the next day
        ("2026-02-28T24:00:00Z", "00:00:00"),
        ("2026-02-28T23:59:60Z", "00:00:00"),  # a leap second is the one that follows
        ("2026-03-01T10:23:28+00:53:28", "09:30:00"),  # Python, of a zone's local mean time
    ],
)
def test_times_as_the_writers_of_common_languages_print_them(way, told, second):
    """Alone and beside a bad event; what is finer than a microsecond is cut, so that no day begins early."""
    expected = datetime.fromisoformat(f"2026-03-01T{second}+00:00")
    for beside in ([], [{}]):
        decoded = way([bad("message", created_at=told), *beside])
        assert [event.created_at for event in decoded.events] == [expected]


@WAYS
@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01T09:30:00",
        "2026-03-01 09:30",
        "2026-03-01T09:30:00+24:00",
        "2026-03-01T09:30:00+01:60",
        "2026-03-01T24:00:01Z",
        "2026-03-01T12:34:60Z",
        "2026-03-01T09:30:00 UTC+1",
        "2026-03-01T0930Z",
        "01/03/2026 09:30Z",
        "2026-W09-7T09:30Z",
        "26-03-01T09:30Z",
        "2026-03-01T09:30Z\n",
        "٢٠٢٦-03-01T09:30Z",
        "1772357400",
    ],
)
def test_times_that_could_be_several_are_refused(way, time):
    """Without an offset, or in an order of their own; the sentence says what to send."""
    [rejection] = way([bad("message", created_at=time)]).rejected
    assert rejection.code == "invalid_time"
    assert "2026-03-01T09:30:00+01:00" in rejection.message
