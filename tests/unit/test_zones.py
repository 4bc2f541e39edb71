"""Zones come from the package tzdata, whatever the machine has."""

import zoneinfo
from pathlib import Path

import pytest

from botlens.errors import InvalidError
from botlens.metrics.calendar import zone_named
from botlens.tenants import fields
from botlens.zones import zone_names, zone_of


@pytest.fixture
def odd_machine(tmp_path: Path):
    """A machine whose own files call Tokyo's clock Berlin's, and have names that are none."""
    tokyo = Path(zone_file("Asia/Tokyo")).read_bytes()
    for name in ("Europe/Berlin", "localtime", "posixrules", "right/UTC", "Mars/Olympus"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(tokyo)
    zoneinfo.ZoneInfo.clear_cache()
    zoneinfo.reset_tzpath(to=[tmp_path])
    yield
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()


def zone_file(name: str) -> str:
    import tzdata

    return f"{Path(tzdata.__file__).parent}/zoneinfo/{name}"


def test_files_of_the_machine_change_nothing(odd_machine: None) -> None:
    """Two servers give the same days, and only names of IANA are names."""
    from datetime import datetime, timedelta

    noon = datetime(2026, 1, 1, 12, tzinfo=zone_named("Europe/Berlin"))
    assert noon.utcoffset() == timedelta(hours=1)
    for name in ("localtime", "posixrules", "right/UTC", "Mars/Olympus"):
        with pytest.raises(InvalidError):
            zone_named(name)
        with pytest.raises(InvalidError):
            fields.timezone(name)


@pytest.mark.parametrize(
    "name",
    ["", "europe/berlin", "Europe/Berlin ", "../zones", "Europe", "/etc/localtime", "Europe//Berlin", "a\0b"],
)
def test_only_exact_names_are_zones(name: str) -> None:
    """Never a path, and never another spelling."""
    assert zone_of(name) is None
    with pytest.raises(InvalidError) as refused:
        zone_named(name)
    assert (refused.value.code, refused.value.field) == ("unknown_timezone", "tz")


def test_every_name_has_a_zone() -> None:
    """What is said to be a name can be asked for."""
    assert {"UTC", "Europe/Berlin", "Asia/Kathmandu", "US/Pacific"} <= zone_names()
    assert all(zone_of(name).key == name for name in zone_names())
