"""What a page of gaps costs: of the demo over HTTP, as it is kept, and read anew after each new event."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks import wire
from benchmarks.figures import Results

STAGE = "gaps_linking"
KEPT = "a page of gaps, kept: p50"
ANEW = "a page of gaps, after a new event: p50"
COUNTED = "a page of gaps, after a new question that is in one: p50"
FULL = "a gap in full, after a new event: p50"
_ROUNDS = 3
_ASKED = 15
_WAIT_SECONDS = 120
_STRANGER = "Is anybody there?"
_COMMAND = "from botlens.cli.main import app; app()"


def measure_pages(results: Results) -> None:
    """All chatbots of the demo in turn, kept and anew side by side; a sample is the median of a round."""
    with TemporaryDirectory() as folder, demo_server(Path(folder)) as (url, headers):
        connection = wire.Connection(url)

        def ask(method: str, path: str, body: object = None) -> wire.Answer:
            sent = b"" if body is None else json.dumps(body).encode()
            return connection.ask(wire.request(method, path, headers, sent))

        def timed(path: str) -> float:
            began = time.perf_counter()
            ask("GET", path)
            return (time.perf_counter() - began) * 1_000

        ask("POST", "/v1/gaps/relink?wait=300", {})
        chatbots = [each["chatbot_id"] for each in ask("GET", "/v1/chatbots").json()["chatbots"]]
        medians: dict[str, list[float]] = {KEPT: [], ANEW: [], COUNTED: [], FULL: []}
        for _ in range(_ROUNDS):
            times: dict[str, list[float]] = {name: [] for name in medians}
            for chatbot in chatbots * (_ASKED // len(chatbots) + 1):
                page = f"/v1/gaps?chatbot_id={chatbot}&period=30d"
                gap = ask("GET", page).json()["gaps"][0]
                times[KEPT].append(timed(page))
                for path, name, text in (
                    (page, ANEW, _STRANGER),
                    (page, COUNTED, gap["title"]),
                    (f"/v1/gaps/{gap['id']}?period=30d", FULL, _STRANGER),
                ):
                    answer = ask("POST", "/v1/events", {"events": [_message(chatbot, text)]}).json()
                    if answer["accepted"] != 1:
                        raise RuntimeError(str(answer))
                    times[name].append(timed(path))
            for name, found in times.items():
                medians[name].append(median(found))
        for name, found in medians.items():
            results.add(STAGE, name, "botlens", found, "ms")


def _message(chatbot: str, text: str) -> dict[str, str]:
    return {
        "type": "message",
        "id": "1",
        "role": "user",
        "content": text,
        "created_at": datetime.now(UTC).isoformat(),
        "conversation_id": str(uuid4()),
        "chatbot_id": chatbot,
    }


@contextmanager
def demo_server(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A demo that runs, until the block ends: its address, and headers of whoever may do all."""
    command = [sys.executable, "-c", _COMMAND]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "demo", "--port", "0", "--data-dir", folder / "data"],
            stdout=log,
            stderr=log,
            env={**os.environ, "BOTLENS_DATA_DIR": str(folder / "data")},
        )
    try:
        until = time.monotonic() + _WAIT_SECONDS
        while not (folder / "data" / "server.json").exists():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.2)
        server = json.loads((folder / "data" / "server.json").read_text())
        made = subprocess.run(
            [*command, "key", "create", "--name", "bench", "--json", "--data-dir", folder / "data"],
            capture_output=True,
            text=True,
            check=True,
        )
        key = json.loads(made.stdout)
        headers = {"Authorization": f"Bearer {key.get('api_key') or key['key']}"}
        yield server["url"], headers
    finally:
        process.terminate()
        process.wait(_WAIT_SECONDS)
