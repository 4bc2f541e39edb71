"""A merged part whose files are empty (chDB on a full disk) costs nothing: its sources come back."""

import time
from pathlib import Path
from typing import Any

import pytest

from botlens.store.connection import ClickHouse
from botlens.store.parts import Parts
from tests.conftest import Tenant
from tests.events import message


def merged(store: ClickHouse, table: str) -> str:
    """Where the only part of a table is; jobs of the engine may write another one just now."""
    until, paths = time.monotonic() + 60, list[Any]()
    while len(paths) != 1 and time.monotonic() < until:
        store.maintain(f"OPTIMIZE TABLE {table} FINAL")
        paths = list(
            store.maintain(
                "SELECT path FROM system.parts WHERE active AND table = {table:String}", {"table": table}
            )
        )
    ((path,),) = paths
    return str(path)


@pytest.mark.parametrize("table", ["raw_events", "conversation_facts"])
def test_a_part_that_is_too_short(tenant: Tenant, table: str) -> None:
    """It is found, and every row is there afterwards, in the next merge, too."""
    engine = tenant.world.engine
    for number in range(3):
        tenant.send(message(f"c{number}", "1"))
        engine.commits.flush()
    parts = Parts(engine.store)
    assert parts.mend() == []
    for file in Path(merged(engine.store, table)).iterdir():
        if file.suffix != ".txt":
            file.write_bytes(b"")
    assert parts.mend() == [table]
    assert tenant.get("/v1/query", metrics="conversations,messages", period="all")["rows"] == [
        {"conversations": 3, "messages": 3}
    ]
    assert parts.mend() == []
    engine.store.maintain(f"OPTIMIZE TABLE {table} FINAL")
    assert tenant.verified()["equal"]
