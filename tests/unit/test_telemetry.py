"""Instruments of an engine, as Prometheus reads them."""

import time

from prometheus_client import generate_latest

from botlens.telemetry import Telemetry


def shown(telemetry: Telemetry) -> dict[str, float]:
    lines = (line.rsplit(" ", 1) for line in generate_latest(telemetry.registry).decode().splitlines())
    return {name: float(value) for name, value in lines if not name.startswith("#")}


def test_commits_and_flushes() -> None:
    """How long they took, and how long ago the last one succeeded: a failure does not make that younger."""
    telemetry = Telemetry()
    time.sleep(0.05)
    telemetry.failed("flush", OSError())
    assert shown(telemetry)["botlens_flush_age_seconds"] >= 0.05
    telemetry.flushed(2.0)
    telemetry.committed(0.004)
    telemetry.committed(0.5)
    found = shown(telemetry)
    assert found["botlens_flush_age_seconds"] < 0.05
    assert (found["botlens_flush_seconds_count"], found["botlens_flush_seconds_sum"]) == (1, 2.0)
    assert (found["botlens_commit_seconds_count"], found["botlens_commit_seconds_sum"]) == (2, 0.504)
    assert found['botlens_commit_seconds_bucket{le="0.005"}'] == 1
    assert found['botlens_failures_total{cause="OSError",where="flush"}'] == 1


def test_gauges_are_looked_up() -> None:
    """Any room may show one, without a thread that keeps it fresh."""
    telemetry = Telemetry()
    values = [1.0]
    telemetry.shows("botlens_tests", "Of a test.", lambda: values[0])
    assert shown(telemetry)["botlens_tests"] == 1
    values[0] = 2.0
    assert shown(telemetry)["botlens_tests"] == 2
