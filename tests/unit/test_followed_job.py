"""The job that follows a source on one node of several: which of them say how it goes."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from botlens.jobs.job import Progress, StoppedError
from botlens.jobs.leases import LeaseLostError
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.sources.postgres.followed_job import sync_job
from botlens.sources.postgres.status import SyncStatus

NOW = datetime(2026, 3, 20, tzinfo=UTC)


def raises(error: Exception) -> Callable[[object], None]:
    def follow(_: object) -> None:
        raise error

    return follow


def test_between_runs_that_fail_somebody_says_for_how_long() -> None:
    """Else an alarm on how far it is behind would go silent just then; who follows now knows better."""
    status, telemetry = SyncStatus(lambda: NOW), Telemetry()
    source: Any = SimpleNamespace(status=status)
    job = sync_job(source, telemetry, Health(), of_cluster=True)

    def says() -> bool:
        return telemetry.registry.get_sample_value("botlens_sync_behind_seconds") is not None

    assert not says()
    source.follow = raises(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        job.run(NOW, Progress(Event()))
    assert says()
    job.others()  # another node has it
    assert not says()
    for error in (StoppedError(), LeaseLostError()):
        source.follow = raises(error)
        with pytest.raises(type(error)):
            job.run(NOW, Progress(Event()))
        assert not says()
