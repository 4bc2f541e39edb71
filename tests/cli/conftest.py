"""The real command in its own process (see `tests/nursery.py`), on a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests import nursery

COMMAND = [sys.executable, "-m", "botlens"]  # for what must see a real start
PATIENCE = 120


@dataclass
class Shell:
    """Runs `botlens` on one data folder, with nothing of this process's own settings."""

    folder: Path
    data_dir: Path = field(init=False)

    def __post_init__(self) -> None:
        self.data_dir = self.folder / "data"

    def environment(self, **settings: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("BOTLENS_")}
        return {**own, "BOTLENS_DATA_DIR": str(self.data_dir), **settings}

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment(**settings)
        return nursery.run("botlens", *arguments, timeout=PATIENCE, cwd=self.folder, env=environment)

    def json(self, *arguments: str, code: int = 0, **settings: str) -> Any:
        done = self.run(*arguments, "--json", **settings)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def refused(self, *arguments: str, **settings: str) -> str:
        """The one line of a command that fails as it should: code 1, no traceback, nothing on stdout."""
        return self._one_line(1, *arguments, **settings)

    def misused(self, *arguments: str, **settings: str) -> str:
        """The same of a command whose option has a value that cannot be right: code 2."""
        return self._one_line(2, *arguments, **settings)

    def _one_line(self, code: int, *arguments: str, **settings: str) -> str:
        done = self.run(*arguments, **settings)
        assert done.returncode == code, done.stdout + done.stderr
        assert done.stdout == ""
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("Error: ")
        return lines[0]

    def report(self, metric: str, *arguments: str, **settings: str) -> Any:
        """A number of all time, as `report` has it."""
        period = () if "--period" in arguments else ("--period", "all")
        found = self.json("report", *period, *arguments, **settings)
        return found["totals"]["rows"][0][metric]

    def timeless(self, *arguments: str) -> Any:
        """The report of all time without the minutes at which it was asked."""
        return without_moments(self.json("report", "--period", "all", *arguments))

    def company(self) -> dict[str, str]:
        created: dict[str, str] = self.json(
            "company", "create", "Acme", "--owner", "user-1", "--plan", "pro", "--timezone", "Europe/Berlin"
        )
        return created

    def write(self, name: str, *events: dict[str, Any] | str) -> Path:
        lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return path

    @contextmanager
    def serving(self, *arguments: str, **settings: str) -> Iterator["Running"]:
        """A server that is stopped at the end, come what may."""
        with (
            (self.folder / "server.out").open("wb") as results,
            (self.folder / "server.log").open("wb") as errors,
        ):
            process = nursery.start(
                "botlens",
                *(arguments or ("serve", "--port", "0")),
                stdout=results,
                stderr=errors,
                cwd=self.folder,
                env=self.environment(**settings),
            )
        try:
            yield Running(process, self._announced(process))
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _announced(self, process: nursery.Child) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        path = self.data_dir / "server.json"
        while time.monotonic() < until:
            if process.poll() is not None:
                break
            try:
                found: dict[str, Any] = json.loads(path.read_text())
            except FileNotFoundError:
                time.sleep(0.05)
            else:
                if found["pid"] == process.pid:
                    return found
        raise AssertionError((self.folder / "server.log").read_text())


@dataclass
class Running:
    """A server that listens."""

    process: nursery.Child
    announced: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.announced["url"])

    def get(self, path: str, key: str) -> httpx2.Response:
        return httpx2.get(self.url + path, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def message(number: int, role: str = "user", **more: Any) -> dict[str, Any]:
    """A message of conversation `c1`; `number` is its place."""
    return {
        "type": "message",
        "chatbot_id": "bot",
        "conversation_id": "c1",
        "id": f"m{number}",
        "role": role,
        "content": f"Message {number}",
        "created_at": f"2026-03-01T10:00:{number:02d}Z",
        **more,
    }


EXCHANGE = (
    message(1, content="Do you ship to Norway?"),
    message(2, "assistant", content="I am not sure.", confidence_score=0.1),
)
"""A question that was not answered."""


def without_moments(found: Any) -> Any:
    """An answer without when it was asked."""
    if isinstance(found, dict):
        return {name: without_moments(each) for name, each in found.items() if name != "as_of"}
    return [without_moments(each) for each in found] if isinstance(found, list) else found
