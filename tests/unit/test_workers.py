"""A thread of ours ends only when it is asked to."""

from threading import Event

import pytest

from botlens.jobs import workers
from botlens.jobs.workers import Worker
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(workers, "_LONGEST_PAUSE", 0.002)


def count(telemetry: Telemetry, cause: str) -> float | None:
    return telemetry.registry.get_sample_value("botlens_failures_total", {"where": "work", "cause": cause})


def test_whatever_is_raised_the_work_goes_on() -> None:
    """Exceptions that nobody expected, those that end a program too: counted, and the work tried again."""
    left: list[BaseException] = [OSError("no descriptors"), MemoryError(), SystemExit(1), KeyError("x")]
    telemetry, health, done = Telemetry(), Health(), Event()

    def work() -> bool:
        if left:
            raise left.pop()
        done.set()
        return False

    worker = Worker("work", work, telemetry=telemetry, health=health)
    worker.start()
    assert done.wait(60)
    assert worker.join(60)
    for cause in ("OSError", "MemoryError", "SystemExit", "KeyError"):
        assert count(telemetry, cause) == 1


def test_a_thread_that_has_died_is_told() -> None:
    """However it came to that; one that was stopped, or has not begun, is no problem."""
    health = Health()
    worker = Worker("work", lambda: False, telemetry=Telemetry(), health=health)
    assert health.problems() == {}
    worker.start()
    assert worker.join(60)  # nobody has asked for its end
    assert health.problems() == {"thread work": "the thread `work` has died"}
    worker.stop()
    assert health.problems() == {}
