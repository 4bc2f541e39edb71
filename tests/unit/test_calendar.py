"""Local days of every zone, exact across every change of its offset."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botlens.errors import InvalidError
from botlens.metrics.calendar import (
    DAY_SECONDS,
    Stretch,
    Today,
    is_aligned,
    pieces,
    start_of_day,
    stretches,
    zone_named,
)

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)
LAST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
SECONDS = st.integers(0, LAST)
# Where clocks change: most of it happens here, and most of the odd zones.
ODD_ZONES = st.sampled_from(
    [
        "Africa/Casablanca",
        "Africa/Monrovia",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Antarctica/Troll",
        "Asia/Gaza",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Europe/Dublin",
        "Pacific/Apia",
    ]
).map(ZoneInfo)


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


def local(second: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(second, UTC).astimezone(zone)


def around(day: date) -> tuple[int, int]:
    middle = at(day.year, day.month, day.day)
    return middle - 3 * DAY_SECONDS, middle + 4 * DAY_SECONDS


def day_of(zone: ZoneInfo, day: date) -> list[tuple[int, int]]:
    return list(pieces(stretches(zone, *around(day)), day, day + timedelta(days=1)))


@settings(max_examples=150)
@given(ZONES | ODD_ZONES, SECONDS, st.integers(1, 2 * 366 * DAY_SECONDS), st.data())
def test_every_instant_has_the_offset_that_its_zone_has(zone, start, length, data):
    """Stretches are contiguous, cover what was asked, change the offset at each border, and never lie."""
    parts = stretches(zone, start, start + length)
    assert (parts[0].start, parts[-1].end) == (start, start + length)
    for left, right in pairwise(parts):
        assert left.end == right.start
        assert left.offset != right.offset
    chosen = data.draw(st.lists(st.integers(start, start + length - 1), max_size=20))
    borders = [second for part in parts for second in (part.start, part.end - 1)]
    for second in [*chosen, *borders]:
        [part] = [part for part in parts if part.start <= second < part.end]
        assert timedelta(seconds=part.offset) == local(second, zone).utcoffset(), (zone.key, second)


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll", "Asia/Gaza"])
def test_offsets_that_hold_for_a_month_only_are_found(zone):
    """Where clocks change around Ramadan too, a look every few months would miss two changes."""
    first, last = at(2009, 1, 1), at(2030, 1, 1)
    for part in stretches(ZoneInfo(zone), first, last):
        offset = timedelta(seconds=part.offset)
        assert all(
            local(day, ZoneInfo(zone)).utcoffset() == offset
            for day in range(part.start, part.end, DAY_SECONDS)
        )


@settings(max_examples=150)
@given(ZONES | ODD_ZONES, SECONDS, st.lists(st.integers(-2 * DAY_SECONDS, 2 * DAY_SECONDS), max_size=30))
def test_the_pieces_of_a_day_are_the_instants_with_its_date(zone, second, others):
    """No instant is missing, none is in two days, whatever the clocks did."""
    day = local(second, zone).date()
    found = day_of(zone, day)
    assert any(begin <= second < end for begin, end in found)
    borders = [each for begin, end in found for each in (begin - 1, begin, end - 1, end)]
    for other in [second + step for step in others] + borders:
        inside = sum(begin <= other < end for begin, end in found)
        assert inside == (local(other, zone).date() == day), (zone.key, other)


@settings(max_examples=100)
@given(ZONES | ODD_ZONES, SECONDS)
def test_the_start_of_a_day_is_its_first_instant(zone, second):
    """It has the date, and no instant of the two days before it has."""
    day = local(second, zone).date()
    first = start_of_day(zone, day)
    assert first.utcoffset() == timedelta(0)
    assert first.astimezone(zone).date() == day
    assert first.timestamp() == min(begin for begin, _ in day_of(zone, day))
    assert local(int(first.timestamp()) - 1, zone).date() < day


@pytest.mark.parametrize(
    ("zone", "day", "starts_and_minutes"),
    [
        ("UTC", date(2026, 3, 29), [(at(2026, 3, 29), 1_440)]),
        ("Europe/Berlin", date(2026, 3, 28), [(at(2026, 3, 27, 23), 1_440)]),
        ("Europe/Berlin", date(2026, 3, 29), [(at(2026, 3, 28, 23), 1_380)]),
        ("Europe/Berlin", date(2026, 10, 25), [(at(2026, 10, 24, 22), 1_500)]),
        ("Australia/Lord_Howe", date(2026, 4, 5), [(at(2026, 4, 4, 13), 1_470)]),
        ("Australia/Lord_Howe", date(2026, 10, 4), [(at(2026, 10, 3, 13, 30), 1_410)]),
        ("Asia/Kathmandu", date(2026, 1, 1), [(at(2025, 12, 31, 18, 15), 1_440)]),
        ("Asia/Kathmandu", date(1986, 1, 1), [(at(1985, 12, 31, 18, 30), 1_425)]),
        ("America/Sao_Paulo", date(2018, 11, 4), [(at(2018, 11, 4, 3), 1_380)]),
        ("Pacific/Apia", date(2011, 12, 29), [(at(2011, 12, 29, 10), 1_440)]),
        ("Pacific/Apia", date(2011, 12, 30), []),
        ("Pacific/Apia", date(2011, 12, 31), [(at(2011, 12, 30, 10), 1_440)]),
        # At 00:01 on the 7th clocks went back to 23:01 on the 6th.
        (
            "America/St_Johns",
            date(2010, 11, 6),
            [(at(2010, 11, 6, 2, 30), 1_440), (at(2010, 11, 7, 2, 31), 59)],
        ),
        (
            "America/St_Johns",
            date(2010, 11, 7),
            [(at(2010, 11, 7, 2, 30), 1), (at(2010, 11, 7, 3, 30), 1_440)],
        ),
    ],
)
def test_days_of_odd_zones(zone, day, starts_and_minutes):
    """Days of 23, 23.5, 23.75, 24.5 and 25 hours, a day in two pieces, and one that never was."""
    if starts_and_minutes:
        assert start_of_day(ZoneInfo(zone), day).timestamp() == starts_and_minutes[0][0]
    joined: list[tuple[int, int]] = []
    for begin, end in day_of(ZoneInfo(zone), day):
        if joined and joined[-1][1] == begin:
            begin = joined.pop()[0]  # noqa: PLW2901 - two stretches of one piece
        joined.append((begin, end))
    assert [(begin, (end - begin) / 60) for begin, end in joined] == starts_and_minutes


def test_a_day_that_was_skipped_starts_when_it_was_skipped():
    """Samoa had no 30 December 2011: a window from it starts with the 31st."""
    zone = ZoneInfo("Pacific/Apia")
    assert start_of_day(zone, date(2011, 12, 30)) == datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert start_of_day(zone, date(2011, 12, 31)) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_stretch_may_begin_or_end_at_the_very_change():
    """No empty stretch, and the right offset on each side."""
    zone, change = ZoneInfo("Europe/Berlin"), at(2026, 3, 29, 1)
    assert stretches(zone, change, change + 1) == [Stretch(change, change + 1, 7_200)]
    assert stretches(zone, change - 1, change) == [Stretch(change - 1, change, 3_600)]
    assert stretches(zone, change - 1, change + 1) == [
        Stretch(change - 1, change, 3_600),
        Stretch(change, change + 1, 7_200),
    ]


@pytest.mark.parametrize(
    ("zone", "year", "aligned"),
    [
        ("UTC", 2026, True),
        ("Europe/Berlin", 2026, True),
        ("Asia/Kathmandu", 2026, True),
        ("Australia/Lord_Howe", 2026, True),
        ("America/St_Johns", 2026, True),
        ("America/St_Johns", 2010, False),  # the change at 00:01
        ("Africa/Monrovia", 1971, False),  # 44 minutes and 30 seconds behind
    ],
)
def test_only_zones_whose_days_begin_on_quarters_are_aligned(zone, year, aligned):
    """A zone that is not aligned must be counted by the second; to take it for aligned would miscount."""
    parts = stretches(ZoneInfo(zone), at(year, 1, 1), at(year + 1, 1, 1))
    assert is_aligned(parts, 900) is aligned
    assert is_aligned(parts, 1)


@pytest.mark.parametrize(
    "name", ["", "Nowhere/City", "Europe", "../etc/passwd", "/etc/localtime", "UTC\0", "\ud800", "x" * 5_000]
)
def test_an_unknown_zone_is_refused(name):
    """As a fault of the caller, who is told the field; never as a crash or as UTC."""
    with pytest.raises(InvalidError) as refused:
        zone_named(name, field="timezone")
    assert (refused.value.code, refused.value.field) == ("unknown_timezone", "timezone")


@pytest.mark.parametrize(
    ("now", "zone", "today"),
    [
        (
            datetime(2026, 3, 1, 22, 59, tzinfo=UTC),  # a Sunday, in Berlin too
            "Europe/Berlin",
            Today(date(2026, 3, 1), date(2026, 2, 23), date(2026, 3, 1), date(2026, 4, 1)),
        ),
        (
            datetime(2026, 3, 1, 23, tzinfo=UTC),
            "Europe/Berlin",
            Today(date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 1), date(2026, 4, 1)),
        ),
        (
            datetime(2026, 1, 1, 4, tzinfo=UTC),  # still the old year in New York
            "America/New_York",
            Today(date(2025, 12, 31), date(2025, 12, 29), date(2025, 12, 1), date(2026, 1, 1)),
        ),
        (
            datetime(2024, 2, 29, 12, tzinfo=UTC),
            "UTC",
            Today(date(2024, 2, 29), date(2024, 2, 26), date(2024, 2, 1), date(2024, 3, 1)),
        ),
    ],
)
def test_today_is_the_local_day_week_from_monday_and_month(now, zone, today):
    """Of the zone that is asked for, not of the server."""
    assert Today.of(now, ZoneInfo(zone)) == today
