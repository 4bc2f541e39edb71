"""Instruments of an engine, as Prometheus reads them."""

import pytest
from prometheus_client import generate_latest

from botlens.monitoring import telemetry as telemetry_module
from botlens.monitoring.telemetry import Telemetry


def shown(telemetry: Telemetry) -> dict[str, float]:
    lines = (line.rsplit(" ", 1) for line in generate_latest(telemetry.registry).decode().splitlines())
    return {name: float(value) for name, value in lines if not name.startswith("#")}


def test_commits_and_flushes(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long they took, and how long ago the last one succeeded: a failure does not make that younger."""
    now = [100.0]
    monkeypatch.setattr(telemetry_module.time, "monotonic", lambda: now[0])
    telemetry = Telemetry()
    now[0] += 7
    telemetry.failed("flush", OSError())
    assert shown(telemetry)["botlens_flush_age_seconds"] == 7
    telemetry.flushed(2.0)
    telemetry.committed(0.004)
    telemetry.committed(0.5)
    found = shown(telemetry)
    assert found["botlens_flush_age_seconds"] == 0
    assert (found["botlens_flush_seconds_count"], found["botlens_flush_seconds_sum"]) == (1, 2.0)
    assert (found["botlens_commit_seconds_count"], found["botlens_commit_seconds_sum"]) == (2, 0.504)
    assert found['botlens_commit_seconds_bucket{le="0.005"}'] == 1
    assert found['botlens_failures_total{cause="OSError",where="flush"}'] == 1
