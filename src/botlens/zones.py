"""Time zones by their IANA names, from the package `tzdata` alone.

Not from the machine: its own files differ from host to host, and hold names that are none of IANA's
(`localtime`, `posixrules`). Nothing of the process is changed for it: botlens may be a guest in it.
"""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


@cache
def zone_names() -> frozenset[str]:
    """The names of all zones.

    Raises:
        ModuleNotFoundError: the package `tzdata` is missing.
    """
    return frozenset((files("tzdata") / "zones").read_text("utf-8").split())


@cache
def _read(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of exactly this name; None if there is none."""
    return _read(name) if name in zone_names() else None
