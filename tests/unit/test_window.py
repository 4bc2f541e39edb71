"""The window of a request, from its parameters `from` and `to`."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.errors import InvalidError
from botlens.moments import microseconds
from botlens.query.window import Window

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")


def utc(text: str) -> int:
    return microseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def refusal(start: str | None, end: str | None, zone: ZoneInfo = UTC_ZONE) -> InvalidError:
    with pytest.raises(InvalidError) as refused:
        Window.parse(start, end, zone)
    return refused.value


@pytest.mark.parametrize(
    ("start", "end", "low", "high"),
    [
        ("2026-03-01", "2026-03-01", "2026-02-28T23:00", "2026-03-01T23:00"),  # one day: `to` is included
        ("2026-03-01", "2026-03-31", "2026-02-28T23:00", "2026-03-31T22:00"),  # the clocks went forward
        ("2026-03-29", "2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        ("2025-12-31", "2026-01-01", "2025-12-30T23:00", "2026-01-01T23:00"),
        ("2026-03-01", "2026-03-01T12:00:00Z", "2026-02-28T23:00", "2026-03-01T12:00"),
        ("2026-03-01T12:00:00Z", "2026-03-01", "2026-03-01T12:00", "2026-03-01T23:00"),
    ],
)
def test_dates_are_local_days_and_to_is_included(start, end, low, high):
    """Of the zone that is asked for, with its clocks; a date and a time may be mixed."""
    assert Window.parse(start, end, BERLIN) == Window(utc(low), utc(high))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00"),
        ("2026-03-01T09:30:00+01:00", "2026-03-01T08:30:00"),
        ("2026-03-01T09:30:00 01:00", "2026-03-01T08:30:00"),  # "+" is a blank in a query string
        ("2026-03-01T09:30:00-05:30", "2026-03-01T15:00:00"),
        ("2026-03-01 09:30:00+01:00", "2026-03-01T08:30:00"),
        ("2026-03-01T09:30:00.000001Z", "2026-03-01T09:30:00.000001"),
        ("2026-03-01T09:30Z", "2026-03-01T09:30:00"),
        ("2026-03-01 09:30:00 01:00", "2026-03-01T08:30:00"),
        ("2026-03-01T09:30:00+0100", "2026-03-01T08:30:00"),
        ("20260301T093000Z", "2026-03-01T09:30:00"),
    ],
)
def test_times_are_instants_and_to_ends_before_them(text, instant):
    """Whatever the zone; to the microsecond, with no day added to `to`."""
    assert Window.parse(text, None, BERLIN) == Window(utc(instant), None)
    assert Window.parse(None, text, BERLIN) == Window(None, utc(instant))


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T09:30:00",  # naive: whose time would it be?
        "2026-03-01 09:30:00",
        "20260301",
        "2026-02-30",
        "2026-3-1",
        "01.03.2026",
        "yesterday",
        "tomorrow!!",  # as long as a date
        "1772357400",
        "",
        " ",
        "T",
        "2026-03-01T25:00:00Z",
        "2026-03-01T09:30:00+25:00",
        "\0",
        "٢٠٢٦-٠٣-٠١T",
    ],
)
def test_what_is_neither_a_date_nor_a_time_with_an_offset_is_refused(name, text):
    """With the name of the parameter; never guessed, never a crash."""
    error = refusal(*((text, None) if name == "from" else (None, text)))
    assert (error.code, error.field, error.status) == ("invalid_time", name, 422)
    assert "2026-03-01T09:30:00+01:00" in error.message


FIRST, LAST = utc("1970-01-01"), utc("2200-01-01")


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Niue"])
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("0001-01-01", FIRST),
        ("0001-01-01T00:00:00Z", FIRST),
        ("0001-01-01T00:00:00+23:59", FIRST),  # before the first day of the calendar
        ("1969-12-31T23:59:59.999999Z", FIRST),
        ("1000-02-29T00:00:00Z", None),  # no such day
        ("2200-01-03", LAST),
        ("2999-12-31", LAST),
        ("9999-12-31", LAST),  # after which no day comes
        ("9999-12-31T23:59:59.999Z", LAST),
        ("9999-12-31T23:59:59-23:59", LAST),
    ],
)
def test_far_dates_are_clipped_to_what_events_may_have(zone, text, moment):
    """Programs write "open" as the year 1 or 9999: no error, no more work than for the years there are."""
    if moment is None:
        refusal(text, None)
        return
    assert Window.parse(text, None, ZoneInfo(zone)) == Window(moment, None)
    assert Window.parse(None, text, ZoneInfo(zone)) == Window(None, moment)


def test_far_windows_are_in_order():
    """Clipping never makes an error of a window that has none, nor hides one."""
    assert Window.parse("2300-01-01", "9999-12-31", BERLIN) == Window(LAST, LAST)
    assert Window.parse("0001-01-01", "0001-01-01", BERLIN) == Window(FIRST, FIRST)
    assert refusal("9999-12-31", "2300-01-01").code == "invalid_period"
    assert refusal("9999-12-31T00:00:00Z", "2300-01-01T00:00:00Z").code == "invalid_period"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-03", "2026-03-01"),
        ("2026-03-02", "2026-03-01"),  # `to` is included, so only just
        ("2026-03-01T00:00:00.000001Z", "2026-03-01T00:00:00Z"),
        ("2026-03-02T00:00:01Z", "2026-03-01"),
    ],
)
def test_a_window_that_ends_before_it_begins_is_refused(start, end):
    """An empty answer would look like a quiet month."""
    error = refusal(start, end)
    assert (error.code, error.field) == ("invalid_period", "from")


def test_an_instant_to_itself_is_an_empty_window():
    """Half open: it holds nothing, and is not an error."""
    low, high = Window.parse("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", UTC_ZONE).bounds()
    assert low == high


def test_no_parameters_are_all_time():
    """The default of the contract; an open end bounds no time that an event can have."""
    window = Window.parse(None, None, BERLIN)
    assert window.is_open()
    low, high = window.bounds()
    assert low < utc("1970-01-01")
    assert high > utc("9999-12-31")


@pytest.mark.parametrize(
    ("start", "end", "open_side"), [("2026-03-01", None, "end"), (None, "2026-03-01", "start")]
)
def test_one_parameter_leaves_the_other_side_open(start, end, open_side):
    """A window with one end is not all time."""
    window = Window.parse(start, end, UTC_ZONE)
    assert getattr(window, open_side) is None
    assert not window.is_open()


MOMENTS = st.integers(0, 7_000_000_000_000_000).map(
    lambda number: datetime(1970, 1, 2, tzinfo=UTC) + timedelta(microseconds=number)
)


@given(MOMENTS, st.data())
def test_a_time_in_any_offset_is_the_same_instant(moment, data):
    """What a browser writes, in whatever zone it runs, is the instant it meant."""
    zone = ZoneInfo(data.draw(st.sampled_from(["Asia/Kathmandu", "America/St_Johns", "Europe/Berlin"])))
    text = moment.astimezone(zone).isoformat(timespec="microseconds")
    assert Window.parse(text, None, UTC_ZONE) == Window(microseconds(moment), None)
    assert Window.parse(text.replace("+", " "), None, UTC_ZONE) == Window(microseconds(moment), None)


@given(st.dates(date(1970, 1, 3), date(2199, 12, 29)), st.data())
def test_neighbouring_days_meet_without_gap_or_overlap(day, data):
    """A conversation belongs to one day: the end of a day is the start of the next."""
    zone = ZoneInfo(data.draw(st.sampled_from(["Asia/Kathmandu", "Pacific/Apia", "Europe/Berlin"])))
    following = day + timedelta(days=1)
    one = Window.parse(None, day.isoformat(), zone)
    assert one.end == Window.parse(following.isoformat(), None, zone).start
