"""Whether events are taken in more slowly while gaps are linked: a demo over HTTP, in interleaved pairs."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from benchmarks import wire
from benchmarks.figures import Results
from benchmarks.gaps_attaching import wording
from benchmarks.gaps_page import demo_server

STAGE = "gaps_linking"
OFFERED = 5_000
RATE = f"events a second of {OFFERED:,} offered"
SLOWED = "ingest while gaps are linked: share of the rate without"
ANSWERED = "ingest while gaps are linked: time of an answer, times that without"
_PAIRS = 7
_SECONDS = 4.0
_BATCH = 500
_QUESTIONS = 3_000


def measure_beside(results: Results) -> None:
    """A sample is a pair: some seconds with links one after the other, and as many without."""
    with TemporaryDirectory() as folder, demo_server(Path(folder)) as (url, headers):
        connection = wire.Connection(url)
        chatbot = _questions(connection, headers)
        rates: dict[bool, list[float]] = {True: [], False: []}
        answers: dict[bool, list[float]] = {True: [], False: []}
        links = 0
        for pair in range(_PAIRS):
            for linking in (True, False) if pair % 2 else (False, True):
                with _links(url, headers) if linking else _nothing() as count:
                    rate, answered = _sent(connection, headers, chatbot)
                links += count()  # one that was going on has ended by now
                rates[linking].append(rate)
                answers[linking].append(answered)
        for linking, way in ((False, "alone"), (True, "while linking")):
            results.add(STAGE, RATE, way, rates[linking], "events/s")
            results.add(STAGE, "time of an answer to 500 events: p50", way, answers[linking], "ms")
        kept = [one / other for one, other in zip(rates[True], rates[False], strict=True)]
        longer = [one / other for one, other in zip(answers[True], answers[False], strict=True)]
        results.add(STAGE, SLOWED, "ratio", kept, "x")
        results.add(STAGE, ANSWERED, "ratio", longer, "x")
        results.check("gaps were linked meanwhile", links > 0, f"{links} links ended")


def _questions(connection: wire.Connection, headers: dict[str, str]) -> str:
    """Questions that fail, in the chatbot that is returned; linked once, so that they are embedded."""
    chatbots = connection.ask(wire.request("GET", "/v1/chatbots", headers)).json()["chatbots"]
    chatbot: str = chatbots[0]["chatbot_id"]
    events = []
    for number in range(_QUESTIONS):
        events += _exchange(chatbot, f"{wording(number)} {number}?", 0.1)
    for at in range(0, len(events), _BATCH):
        _post(connection, headers, events[at : at + _BATCH])
    connection.ask(wire.request("POST", "/v1/gaps/relink?wait=100", headers, b"{}"))
    return chatbot


def _exchange(chatbot: str, text: str, score: float) -> list[dict[str, Any]]:
    own = {
        "type": "message",
        "chatbot_id": chatbot,
        "conversation_id": str(uuid4()),
        "created_at": datetime.now(UTC).isoformat(),
    }
    return [
        {**own, "id": "1", "role": "user", "content": text},
        {**own, "id": "2", "role": "assistant", "content": "?", "confidence_score": score},
    ]


def _post(connection: wire.Connection, headers: dict[str, str], events: list[dict[str, Any]]) -> None:
    body = json.dumps({"events": events}).encode()
    answer = connection.ask(wire.request("POST", "/v1/events", headers, body)).json()
    if answer["accepted"] != len(events):
        raise RuntimeError(str(answer)[:300])


def _sent(connection: wire.Connection, headers: dict[str, str], chatbot: str) -> tuple[float, float]:
    """Events a second that were answered, and milliseconds that an answer took in the middle."""
    batches = int(OFFERED * _SECONDS / _BATCH)
    bodies = []
    for _ in range(batches):
        events = [each for _ in range(_BATCH // 2) for each in _exchange(chatbot, "Are you open?", 0.9)]
        bodies.append(wire.request("POST", "/v1/events", headers, json.dumps({"events": events}).encode()))
    began, took = time.perf_counter(), []
    for at, body in enumerate(bodies):
        time.sleep(max(0.0, began + at * _BATCH / OFFERED - time.perf_counter()))
        asked = time.perf_counter()
        connection.ask(body).json()
        took.append((time.perf_counter() - asked) * 1_000)
    seconds = max(time.perf_counter() - began, batches * _BATCH / OFFERED)
    return batches * _BATCH / seconds, median(took)


@contextmanager
def _links(url: str, headers: dict[str, str]) -> Iterator[Callable[[], int]]:
    """One link after the other, until the block ends; how many have ended."""
    over, ended = Event(), list[int]()

    def link() -> None:
        connection = wire.Connection(url)
        asked = wire.request("POST", "/v1/gaps/relink?wait=30", headers, b"{}")
        while not over.is_set():
            ended.append(connection.ask(asked).status)
        connection.close()

    thread = Thread(target=link)
    thread.start()
    try:
        yield lambda: len(ended)
    finally:
        over.set()
        thread.join()


@contextmanager
def _nothing() -> Iterator[Callable[[], int]]:
    yield lambda: 0
