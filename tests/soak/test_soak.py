"""One small seed of each storm; `make soak` runs the long ones."""

from pathlib import Path

import pytest

from tests.soak.chaos import Round
from tests.soak.cluster import Storm
from tests.soak.kills import kill_series
from tests.soak.sync import storm


@pytest.mark.slow
def test_chaos(tmp_path: Path) -> None:
    """What is acknowledged is counted once, whatever fails, and ingest goes on by itself."""
    # Without descriptors the embedded engine may hang for minutes. On a full disk chDB 26.5 may put a
    # merged part without a byte in the place of its sources, once in thirty times. `make soak` has both.
    Round(tmp_path, "suite", lives=2, steps=2, without={"descriptors", "space"}).run()


@pytest.mark.slow
def test_kills(tmp_path: Path) -> None:
    """Killed in the middle of ingest, again and again: every acknowledged event is there, once."""
    kill_series(tmp_path, "suite", kills=5)


@pytest.mark.slow
def test_sync(tmp_path: Path) -> None:
    """Killed while it follows tables that change: every number is the oracle's over the rows."""
    storm(tmp_path, "suite-0", kills=3, longest=1.0, at_once=60)


@pytest.mark.slow
def test_one_node(tmp_path: Path) -> None:
    """A node on a folder dies, stands still and ends: each answer has all that was acknowledged by then."""
    Storm(tmp_path, "suite", seconds=8, alone=True).run()


@pytest.mark.slow
def test_cluster(tmp_path: Path) -> None:
    """The same for three nodes over two shards and a PostgreSQL, of which each dies, is slow, or lies."""
    # A node that outlives its lease takes the whole time of this one. `make soak` begins with that.
    Storm(tmp_path, "suite", seconds=8, without={"node outlives its lease"}).run()
