"""Streams of a real server: they end when it does, and hear of what a command does beside it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from tests.cli.conftest import PATIENCE, Running, Shell


@contextmanager
def listening(server: Running, key: str) -> Iterator[Iterator[str]]:
    """The lines of a stream, as they come."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.stream("GET", f"{server.url}/v1/live", headers=headers, timeout=PATIENCE) as response:
        assert response.status_code == 200
        yield response.iter_lines()


def data(lines: Iterator[str]) -> str:
    """That of the next event."""
    return next(line for line in lines if line.startswith("data: "))


def test_the_end_of_a_server_waits_for_no_stream(shell: Shell) -> None:
    """SIGTERM ends it while somebody listens, long before it would be given up."""
    key = shell.company()["api_key"]
    with shell.serving() as server, listening(server, key) as lines:
        assert '"version":' in data(lines)
        assert server.stop() == 0
    assert "graceful shutdown exceeded" not in (shell.folder / "server.log").read_text()


def test_what_a_command_does_is_heard(shell: Shell) -> None:
    """A marker that is made beside the server is told within seconds."""
    key = shell.company()["api_key"]
    with shell.serving() as server, listening(server, key) as lines:
        data(lines)
        shell.json("marker", "add", "Release")
        assert '"chatbots":null' in data(lines)
