"""One process writes to a store that several can reach: claims side by side on the embedded one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store.connection import ClickHouse
from botlens.store.writer import WRITERS, AnotherWriterError, WriterClaim
from tests.conftest import Tenant
from tests.events import message

SERVER = "BOTLENS_TEST_CLICKHOUSE_URL"
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


_START = """
import sys
from pathlib import Path
from botlens.engine import Engine
from botlens.tenants.accounts import Accounts
folder = Path(sys.argv[1])
with Engine(Accounts.open(f"sqlite:///{folder}/accounts.db"), clickhouse_url=sys.argv[2],
            journal_folder=folder / "journal") as engine:
    assert not engine.health.problems()
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(
    SERVER not in os.environ, reason=f"needs an empty database on a ClickHouse server: {SERVER}"
)
def test_on_a_real_server_the_second_engine_is_refused(tmp_path: Path) -> None:
    """Two processes, two folders, one database: the second ends with a sentence; later it may."""

    def start(name: str) -> subprocess.Popen[str]:
        (tmp_path / name).mkdir(exist_ok=True)
        return subprocess.Popen(
            [sys.executable, "-c", _START, str(tmp_path / name), os.environ[SERVER]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    first = start("one")
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "up\n"
        _, errors = start("two").communicate(timeout=60)
        assert f"pid {first.pid}" in errors
    finally:
        first.kill()
        first.communicate()
    third = start("two")
    out, errors = third.communicate(timeout=60)
    assert third.returncode == 0, errors
    assert out.endswith("up\n")
