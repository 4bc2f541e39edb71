"""A server ends when it is asked to, whatever hangs; and by itself when it cannot go on."""

import json
import signal
import time
from collections.abc import Iterator
from itertools import dropwhile

import httpx2
import pytest

from botlens.serving.stopping import RESTART
from tests import nursery
from tests.cli.conftest import EXCHANGE, PATIENCE, Shell


class Hanging:
    """A server of which something hangs."""

    def __init__(self, shell: Shell, what: str) -> None:
        self.shell = shell
        self.log = shell.folder / "hanging.log"
        with self.log.open("wb") as log:
            self.process = nursery.start(
                "tests.cli.hanging_server", what, str(shell.data_dir), stderr=log, env=shell.environment()
            )

    def url(self) -> str:
        until = time.monotonic() + PATIENCE
        path = self.shell.data_dir / "server.json"
        while not path.exists():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)
        return str(json.loads(path.read_text())["url"])

    def lines(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.log.read_text().splitlines()]


@pytest.fixture
def hanging(shell: Shell, request: pytest.FixtureRequest) -> Iterator[Hanging]:
    """What hangs is the parameter."""
    found = Hanging(shell, request.param)
    yield found
    if found.process.poll() is None:
        found.process.kill()
    found.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("hanging", ["close"], indirect=True)
def test_a_close_that_hangs_is_left(hanging: Hanging, number: int) -> None:
    """The process ends in its time, and the last line of its log says what its threads were doing."""
    hanging.url()
    hanging.process.send_signal(number)
    assert hanging.process.wait(PATIENCE) == 1
    assert hanging.lines()[-1] == "stop_took_too_long"
    assert "close_hangs" in hanging.log.read_text() or "<lambda>" in hanging.log.read_text()


@pytest.mark.parametrize("hanging", ["interpreter"], indirect=True)
def test_the_system_ends_what_nothing_else_does(hanging: Hanging) -> None:
    """Where no thread of ours gets to run, the alarm does it."""
    hanging.url()
    hanging.process.send_signal(signal.SIGTERM)
    assert hanging.process.wait(PATIENCE) == -signal.SIGALRM


@pytest.mark.parametrize("hanging", ["start"], indirect=True)
def test_a_start_can_be_broken_off(hanging: Hanging) -> None:
    """Before it serves, a signal ends it at once, without a traceback."""
    until = time.monotonic() + PATIENCE
    while not (hanging.shell.data_dir / "opening").exists():
        assert time.monotonic() < until, hanging.log.read_text()
        time.sleep(0.05)
    hanging.process.send_signal(signal.SIGINT)
    assert hanging.process.wait(PATIENCE) != 0
    assert "Traceback" not in hanging.log.read_text()


@pytest.mark.parametrize("hanging", ["nothing"], indirect=True)
def test_an_end_in_time_is_a_clean_one(hanging: Hanging) -> None:
    """Neither the thread nor the alarm strikes a server that closes by itself: code 0, nothing to tell."""
    hanging.url()
    hanging.process.send_signal(signal.SIGTERM)
    assert hanging.process.wait(PATIENCE) == 0
    assert "stop_took_too_long" not in hanging.log.read_text()


@pytest.mark.parametrize("hanging", ["nobody hears"], indirect=True)
def test_a_server_that_fails_once_it_listens_ends(hanging: Hanging) -> None:
    """Whoever supervises it starts it again: a process that serves nobody must not stay, whatever it left."""
    assert hanging.process.wait(PATIENCE) == 1
    assert "It cannot be written down where it serves." in hanging.log.read_text()


@pytest.mark.parametrize("hanging", ["accounts"], indirect=True)
def test_a_server_begins_though_accounts_do_not_answer_just_then(hanging: Hanging) -> None:
    """It only wanted to say how one logs in: a PostgreSQL may be back in a moment."""
    assert httpx2.get(f"{hanging.url()}/healthz", timeout=120).status_code == 200
    hanging.process.send_signal(signal.SIGTERM)
    assert hanging.process.wait(PATIENCE) == 0


@pytest.mark.slow
def test_a_store_that_hangs_ends_the_process_for_a_restart(shell: Shell) -> None:
    """At four calls that never come back it ends with code 75; what was acknowledged is there afterwards."""
    created = shell.company()
    server = Hanging(shell, "store")
    url, headers = server.url(), {"Authorization": f"Bearer {created['api_key']}"}
    try:
        with httpx2.Client(headers=headers, timeout=120) as client:
            assert client.put(f"{url}/v1/chatbots/bot", json={}).status_code == 200
            body = {"events": list(EXCHANGE)}
            assert client.post(f"{url}/v1/events", json=body).json()["accepted"] == 2
            (shell.data_dir / "hang").touch()
            until, codes = time.monotonic() + PATIENCE, []
            while codes.count(503) < 8 and time.monotonic() < until:
                try:
                    codes.append(client.get(f"{url}/v1/query?metrics=conversations").status_code)
                except httpx2.HTTPError:
                    break
            hung = dropwhile(lambda code: code == 200, codes)  # it may have seen that file late
            assert set(hung) <= {503}
        assert server.process.wait(PATIENCE) == RESTART
        assert {"store_call_given_up", "restart_needed"} <= set(server.lines())
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()
    assert shell.report("messages_per_conversation") == 2
