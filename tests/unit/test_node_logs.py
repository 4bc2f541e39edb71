"""What a node says in its log of failures that come again and again, and of changes of its share."""

from unittest.mock import patch

import pytest

from botlens.cluster import share_changes, troubles
from botlens.cluster.share_changes import ASKED_TO_LEAVE, SHARES, ShareChanges
from botlens.cluster.slots import SlotState
from botlens.cluster.troubles import Troubles
from botlens.errors import OverloadedError
from botlens.monitoring.telemetry import Telemetry
from tests.clocks import SetTime
from tests.logs import capture_own_logs


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> SetTime:
    found = SetTime()
    monkeypatch.setattr(troubles, "time", found)
    monkeypatch.setattr(share_changes, "time", found)
    return found


def outage(cause: str) -> OverloadedError:
    """As it comes of a statement that a PostgreSQL did not answer."""
    error = OverloadedError("The accounts database does not answer. Try again.")
    error.__cause__ = OSError(cause)
    return error


def test_an_outage_is_said_once_with_its_cause(time: SetTime) -> None:
    """Eight failures a second for five minutes: a line, one again each minute, and one when it is over."""
    telemetry = Telemetry()
    found = Troubles(telemetry)
    with capture_own_logs() as logs:
        for _ in range(300):
            for port in range(4):
                found.failed("lease", outage(f"connection to port {port} refused"), comes_again=True)
                found.failed("cluster", outage(f"connection to port {port} refused"), comes_again=True)
            time.now += 1
        assert {each["event"] for each in logs} == {"cluster_failed"}
        assert len(logs) == 5
        assert logs[0]["where"] == "lease"
        assert logs[0]["cause"] == "OSError: connection to port 0 refused"
        found.failed("lease", outage("the server is starting up"), comes_again=True)  # another cause
        assert len(logs) == 6
        found.works("lease")
        assert len(logs) == 6  # a half of it fails still
        found.works("cluster")
        found.works("cluster")
        assert logs[6:] == [
            {"event": "cluster_well_again", "log_level": "warning", "seconds": 300.0, "failures": 2_401}
        ]
        found.failed("cluster", outage("connection to port 1 refused"), comes_again=True)
        assert len(logs) == 8  # the next outage is said anew
    samples = [each for metric in telemetry.failures.collect() for each in metric.samples]
    assert sum(each.value for each in samples if each.name.endswith("_total")) == 2_402


def test_what_fails_once_is_said_and_not_waited_for(time: SetTime) -> None:
    """A slot that was not let go is no outage: nothing says later that it is well again."""
    found = Troubles(Telemetry())
    with capture_own_logs() as logs:
        found.failed("let_go", ValueError("no such column"))
        found.works("lease")
        found.works("cluster")
    assert [(each["event"], each["cause"]) for each in logs] == [
        ("cluster_failed", "ValueError: no such column")
    ]


def states(owner: str, count: int) -> list[SlotState]:
    return [SlotState(slot, 0, owner, owner, "", 2_048, 1.0, 5.0, -1.0) for slot in range(count)]


def test_a_change_of_share_is_a_line(time: SetTime) -> None:
    """However many slots, and in however many steps they come: one line for each reason."""
    found = ShareChanges()
    with capture_own_logs() as logs:
        for _ in range(4):
            found.took(states("", 32), "ann")
            found.say(128)
            time.now += 0.25
        assert logs == []
        time.now += 1
        found.say(128)
        found.say(128)
        found.took(states("ben", 60), "ann")
        found.took(states("", 4), "ann")
        found.let_go(1, SHARES)
        time.now += 1
        found.say(191)
        found.let_go(0, SHARES)
        found.let_go(191, ASKED_TO_LEAVE)
        found.say(0, at_once=True)
    assert [(each["event"], each["slots"], each["why"], each["holds"]) for each in logs] == [
        ("slots_taken", 128, "joined", 128),
        ("slots_taken", 60, "node gone: ben", 191),
        ("slots_taken", 4, "let go by another node", 191),
        ("slots_let_go", 1, "to share with other nodes", 191),
        ("slots_let_go", 191, "asked to leave", 0),
    ]


def test_a_change_that_takes_long_is_said_meanwhile(time: SetTime) -> None:
    """An upgrade brings slots one by one for minutes: a line every ten seconds, and none is forgotten."""
    found = ShareChanges()
    with capture_own_logs() as logs:
        for _ in range(100):
            found.let_go(1, SHARES)
            found.say(100)
            time.now += 0.5
        time.now += 1
        found.say(0)
    assert sum(each["slots"] for each in logs) == 100
    assert 4 <= len(logs) <= 6


def test_the_log_does_not_hold_up_the_lease() -> None:
    """A round that goes well asks for no lock."""
    found = Troubles(Telemetry())
    with patch.object(found, "_lock", None):
        found.works("lease")
