"""What survives a crash: everything that was acknowledged, once, and every number that follows from it."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import NOON
from tests.engine.crash_process import COMPANY, DEATH, POINTS
from tests.events import answer, conversation, message, rating, vote
from tests.oracle import seed as oracle

ROOT = Path(__file__).parents[2]

FIRST = [
    message("a", "1", "Why?", session_id="ann"),
    answer("a", "2", 0.1, "2026-03-18T10:00:01Z"),
    message("b", "1", "How?", session_id="bob"),
    rating("b", 2),
]
SECOND = [
    answer("a", "2", 0.9, "2026-03-18T10:00:01Z", revision=1),
    message("a", "3", "Why?", "2026-03-17T09:00:00Z"),  # the start moves to another day
    rating("b", 4, "2026-03-18T11:00:00Z"),
    vote("b", "1", "negative"),
    conversation("b", test=True),
    message("c", "1", "When?", session_id="ann"),
    answer("c", "2", 0.0, "2026-03-18T10:00:01Z"),
]


def run(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.engine.crash_process", str(folder), *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, cwd=ROOT, timeout=60)


@pytest.mark.parametrize("point", POINTS)
def test_death_while_writing(tmp_path: Path, point: str) -> None:
    """Wherever the process dies between journal, raw events, facts and clean-up, the next start mends it."""
    died = run(tmp_path, "send", point, given=json.dumps([FIRST, SECOND]))
    assert died.returncode == DEATH, died.stderr
    chatbot = {"chatbot_id": "bot", "name": "Bot", "is_published": True, "confidence_threshold": 0.2}
    expected = oracle.chatbot_object(FIRST + SECOND, chatbot, now=NOON, zone="UTC", top=10)
    for _ in range(2):
        found = json.loads(run(tmp_path, "read").stdout.splitlines()[-1])
        assert found["chatbot"] == expected
        assert found["verify"] == {"equal": True, "conversations": 3, "differences": []}


def test_death_while_recounting(tmp_path: Path) -> None:
    """A threshold that was changed right before a crash holds for the past too after the next start."""
    run(tmp_path, "send", "after the journal", given=json.dumps([FIRST, SECOND]))
    assert run(tmp_path, "recount").returncode == DEATH
    found = json.loads(run(tmp_path, "read").stdout.splitlines()[-1])
    assert found["chatbot"]["unanswered_count"] == 2  # 0.9 in `a` and 0.0 in `c`, both below 0.95
    assert found["verify"]["equal"]


def test_facts_of_an_older_version(tmp_path: Path) -> None:
    """Facts that an older version of botlens derived are made anew when a newer one starts."""
    run(tmp_path, "send", "after the journal", given=json.dumps([FIRST, SECOND]))
    assert run(tmp_path, "age").returncode == 0
    found = json.loads(run(tmp_path, "read").stdout.splitlines()[-1])
    assert found["chatbot"]["total_messages"] == 5  # three in `a`, two in `c`; `b` is a test
    assert found["verify"]["equal"]


class Server:
    """`botlens serve` on a folder, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "server.json").unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "botlens.cli.main",
            "serve",
            "--port",
            "0",
            "--data-dir",
            str(folder),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until = time.monotonic() + 60
        while not (folder / "server.json").exists():
            assert self.process.poll() is None, self.process.stderr and self.process.stderr.read()
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.02)
        found = json.loads((folder / "server.json").read_text())
        headers = {"Authorization": f"Bearer {found['token']}", "X-Botlens-Company": COMPANY}
        self.client = httpx2.Client(base_url=found["url"], headers=headers, timeout=30)

    def kill(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(30)


def send_until_it_dies(server: Server, round_number: int, acknowledged: dict[str, int]) -> None:
    """Send conversations of a few messages each, and one that goes on; remember what was answered."""
    thread = threading.get_ident()
    for number in range(100_000):
        name, long = f"{round_number}-{thread}-{number}", f"long-{round_number}-{thread}"
        size = 1 + number % 7
        events = [message(name, str(place), f"question {number}") for place in range(size)]
        events.append(message(long, str(number), "and now?"))
        try:
            answered = server.client.post("/v1/events", json={"events": events})
        except httpx2.HTTPError:
            return
        assert answered.json() == {"accepted": size + 1, "rejected": []}
        acknowledged[name] = size
        acknowledged[long] = number + 1


@pytest.mark.slow
def test_killed_twenty_times(tmp_path: Path) -> None:
    """Killed with SIGKILL in the middle of ingest, twenty times: every acknowledged event is there, once.

    What was on its way when the server died may be there or not: at most one batch for each sender.
    """
    run(tmp_path, "read")  # makes the company and its chatbot
    chance = random.Random(20)
    acknowledged: dict[str, int] = {}
    for round_number in range(20):
        server = Server(tmp_path)
        try:
            senders = [
                threading.Thread(target=send_until_it_dies, args=(server, round_number, acknowledged))
                for _ in range(3)
            ]
            for sender in senders:
                sender.start()
            time.sleep(chance.uniform(0.1, 1.2))
        finally:
            server.kill(signal.SIGKILL)
        for sender in senders:
            sender.join()
    found = stored_messages(tmp_path)
    assert len(acknowledged) > 100
    for name, count in acknowledged.items():
        assert count <= found[name] <= count + name.startswith("long")
    assert len(found) - len(acknowledged) <= 20 * 3 * 2
    verified = json.loads(run(tmp_path, "read").stdout.splitlines()[-1])
    assert verified["verify"]["equal"]
    assert verified["chatbot"]["total_messages"] == sum(found.values())


def stored_messages(folder: Path) -> dict[str, Any]:
    """How many messages the store holds of each conversation, read without botlens' own reading."""
    script = (
        "import sys, json, chdb; connection = chdb.connect(sys.argv[1]);"
        "rows = connection.query('SELECT conversation_id, count() FROM raw_events FINAL "
        "GROUP BY conversation_id', 'JSONCompact'); print(rows.bytes().decode())"
    )
    run(folder, "read")  # brings in what the journal still holds
    found = subprocess.run(
        [sys.executable, "-c", script, str(folder / "events")], capture_output=True, text=True, check=True
    )
    return {name: int(count) for name, count in json.loads(found.stdout)["data"]}
