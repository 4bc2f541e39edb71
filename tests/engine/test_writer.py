"""One process writes to a store that several can reach: claims side by side on the embedded one."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse
from botlens.store.writer import WRITERS, AnotherWriterError, WriterClaim
from tests import nursery
from tests.clickhouse_server import ClickHouseServer
from tests.conftest import Tenant
from tests.events import message

PATIENCE = 60.0
NEVER = 3_600.0
"""Seconds between beats of a claim whose beats a test makes itself."""


class Claims:
    """Claims on one store, all of which are released at the end."""

    def __init__(self, store: ClickHouse) -> None:
        self.store = store
        self.made: list[WriterClaim] = []
        self.telemetry = Telemetry()
        self.slept: list[float] = []

    def new(self, **settings: Any) -> WriterClaim:
        settings = {"beat_seconds": NEVER, "fresh_seconds": 60.0, "sleep": self.slept.append, **settings}
        claim = WriterClaim(self.store, self.telemetry, Health(), **settings)
        self.made.append(claim)
        return claim

    def failures(self) -> dict[str, float]:
        samples = next(iter(self.telemetry.failures.collect())).samples
        return {
            each.labels["cause"]: each.value
            for each in samples
            if each.name.endswith("_total") and each.labels["where"] == "writer"
        }


@pytest.fixture
def claims(tenant: Tenant) -> Iterator[Claims]:
    store = tenant.world.engine.store
    found = Claims(store)
    yield found
    for claim in found.made:
        claim.release()
    store.maintain(f"DROP TABLE IF EXISTS {WRITERS.name}")


def test_a_start_beside_a_running_process_waits_and_refuses(claims: Claims) -> None:
    """The other's beat is fresh for longer than the 10 s of patience: a sentence that says who it is."""
    claims.new().take()
    second = claims.new()
    with pytest.raises(
        AnotherWriterError, match=f"pid {os.getpid()} on .* One process writes. Stop it first"
    ):
        second.take()
    assert sum(claims.slept) == 10


def test_after_a_clean_end_the_next_starts_at_once(claims: Claims) -> None:
    """A restart loses no time."""
    first = claims.new()
    first.take()
    first.release()
    claims.new().take()
    assert claims.slept == []


def test_after_a_kill_the_next_starts_once_the_beat_is_stale(claims: Claims) -> None:
    """Nobody takes back the mark of a process that was killed: it counts for a few beats and no longer."""
    claims.new().take()
    second = claims.new(fresh_seconds=0.5, sleep=time.sleep)
    second.take()
    assert second.problem() is None


def test_who_is_superseded_takes_no_events_any_more(claims: Claims) -> None:
    """A process that slept through a takeover knows too little: it stops for good, and its beats stop too."""
    first = claims.new()
    first.take()
    second = claims.new(fresh_seconds=0.0)  # sees nobody, as if the first had been silent for long
    second.take()
    first.look()
    assert "has taken over" in str(first.problem())
    second.release()
    first.look()
    assert "has taken over" in str(first.problem())
    claims.new().take()
    assert claims.slept == []  # nobody is held up by the one that stopped


def test_who_came_last_goes_on_when_the_other_is_gone(claims: Claims) -> None:
    """While two write, neither takes events; the one that came last does so again once it is alone."""
    first = claims.new()
    first.take()
    claims.store.maintain("SELECT sleep(0.01)")
    second = claims.new(fresh_seconds=0.0)
    second.take()
    second._fresh_seconds = 60.0
    second.look()
    assert "stop one of them" in str(second.problem())
    first.release()
    second.look()
    assert second.problem() is None


def test_another_writer_is_503_for_events_and_deletions(
    tenant: Tenant, claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be counted right is refused, nothing of it is kept, and a client tries again."""
    ours = claims.new()
    ours.take()
    tenant.send(message("c", "1"))
    with monkeypatch.context() as watched:
        watched.setattr(tenant.world.engine.commits._committer, "_refusal", ours.problem)
        claims.new(fresh_seconds=0.0).take()
        ours.look()
        refused = tenant.post(json.dumps({"events": [message("c", "2")]}).encode())
        deletion = tenant.world.client.delete("/v1/conversations/c", headers=tenant.headers)
    for answer in (refused, deletion):
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "another_writer")
        assert int(answer.headers["Retry-After"]) >= 1
    assert tenant.chatbot()["total_messages"] == 1


def test_the_beating_outlives_every_error(claims: Claims, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that nobody expects is counted by its name, and the beats go on when its cause is gone."""
    ours = claims.new(beat_seconds=0.01)
    maintain, broken = ClickHouse.maintain, True

    def failing(store: ClickHouse, statement: str, *rest: Any) -> Any:
        if broken and WRITERS.name in statement:
            raise OSError(24, "Too many open files")
        return maintain(store, statement, *rest)

    broken = False
    ours.take()
    broken = True
    monkeypatch.setattr(ClickHouse, "maintain", failing)
    until = time.monotonic() + 60
    while not claims.failures() and time.monotonic() < until:
        time.sleep(0.01)
    assert set(claims.failures()) == {"OSError"}
    broken, beats = False, ours._beats
    while ours._beats == beats and time.monotonic() < until:
        time.sleep(0.01)
    assert ours._beats > beats


@pytest.mark.slow
def test_on_a_server_the_second_engine_is_refused(
    clickhouse_server: ClickHouseServer, tmp_path: Path
) -> None:
    """Two processes, two folders, one database: the second ends with a sentence; later it may."""
    process, url = "tests.engine.writer_process", clickhouse_server.new_database()
    theirs, held = os.pipe()
    said, telling = os.pipe()
    with os.fdopen(theirs) as stdin, os.fdopen(telling, "w") as stdout:
        first = nursery.start(process, str(tmp_path / "one"), url, stdin=stdin, stdout=stdout)
    try:
        with os.fdopen(said) as lines:
            assert "up\n" in iter(lines.readline, "")
            second = nursery.run(process, str(tmp_path / "two"), url)
            assert second.returncode == 1
            assert f"pid {first.pid}" in second.stderr
    finally:
        first.kill()
        first.wait(PATIENCE)
        os.close(held)
    third = nursery.run(process, str(tmp_path / "two"), url)
    assert third.returncode == 0, third.stderr
    assert "up" in third.stdout.splitlines()
