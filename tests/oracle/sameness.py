"""Whether two answers say the same, and if not, where they differ."""

from datetime import datetime
from math import isclose

from tests.oracle.answers import UNSAID
from tests.oracle.changes import DRAWN

TIMES = {".meta.freshness", ".meta.as_of"} | {
    f"{part}.window.{end}" for part in (".meta", ".meta.compared", ".compare") for end in ("from", "to")
}


def same(ours, theirs) -> None:
    """Assert that an answer of the engine (`theirs`) is that of the oracle (`ours`).

    Floats may differ in their last digits, times in how they are written, and nothing else in anything.
    """
    found = differences(ours, theirs)
    assert not found, "\n".join(["oracle != engine", *found])


def differences(ours, theirs, path: str = "") -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return differences_of_objects(ours, theirs, path)
    if isinstance(ours, list) and isinstance(theirs, list):
        found = [] if len(ours) == len(theirs) else [f"{path}: {len(ours)} items != {len(theirs)} items"]
        for place, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            found += differences(one, other, f"{path}[{place}]")
        return found
    return [] if equal(ours, theirs, path) else [f"{path}: {ours!r} != {theirs!r}"]


def differences_of_objects(ours: dict, theirs: dict, path: str) -> list[str]:
    found = [f"{path}.{name}: only the oracle has it" for name in ours if name not in theirs]
    found += [f"{path}.{name}: only the engine has it" for name in theirs if name not in ours]
    for name, value in ours.items():
        if name in theirs:
            found += differences(value, theirs[name], f"{path}.{name}")
    return found


def equal(ours, theirs, path: str) -> bool:
    if ours == DRAWN:
        return type(theirs) in (bool, list) or theirs in (None, DRAWN, "too_few", "too_many_rows")
    if ours == UNSAID:
        return theirs == UNSAID or type(theirs) is int
    if path in TIMES and isinstance(ours, str) and isinstance(theirs, str):
        return datetime.fromisoformat(ours) == datetime.fromisoformat(theirs)
    if isinstance(ours, float) and type(theirs) in (int, float):
        # An end of an interval that is 0 may come out as a speck beside it.
        return isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(ours, str) and isinstance(theirs, str):  # a member of a StrEnum is a text on the wire
        return ours == theirs
    return type(ours) is type(theirs) and ours == theirs
