"""Load on a server: requests of several clients, made before the clock starts, sent by other processes."""

import copy
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np

from benchmarks import wire
from benchmarks.dataset import ROLES, Chatbot, Dataset, Piece
from benchmarks.load_client import write_spool
from benchmarks.server import Server

_ROOT = Path(__file__).parent.parent
_PROCESSES = 4
_CONVERSATIONS_AT_ONCE = 50
_MESSAGES_PER_CONVERSATION = 7
_VOTE, _RATING = 1_000, 1_001  # steps after all messages
_streams = count(1)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Sent:
    """What the clients report. `seconds` are the times that single requests took."""

    events: int
    refused: int
    elapsed: float
    seconds: list[float]


@dataclass(frozen=True, slots=True)
class Stock:
    """Prepared requests, one list a client."""

    clients: list[list[bytes]]
    events: int
    messages: int

    @classmethod
    def prepare(
        cls, server: Server, dataset: Dataset, chatbot: Chatbot, clients: int, events: int, batch: int
    ) -> Self:
        """New conversations of a chatbot, in batches; each client has conversations of its own."""
        requests, messages = [], 0
        each = max(1, events // clients)
        for _ in range(clients):
            encoded = _events(dataset, chatbot, each)
            messages += sum(event.startswith(b'{"type":"message"') for event in encoded)
            requests.append([_post(server, encoded[at : at + batch]) for at in range(0, each, batch)])
        return cls(requests, each * clients, messages)

    def send(self, server: Server, *, rate: float = 0) -> Sent:
        """Send all of it and wait; `rate` is requests a second of each client."""
        with self.sending(server, rate=rate) as running:
            return running.wait()

    def sending(self, server: Server, *, rate: float = 0) -> "Sending":
        """Start sending; the clock of the clients runs from here."""
        return Sending(server, self.clients, rate)


class Sending:
    """Clients at work."""

    def __init__(self, server: Server, clients: list[list[bytes]], rate: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="botlens-load-")
        spools = []
        for number, requests in enumerate(clients):
            spools.append(Path(self._folder.name) / str(number))
            write_spool(spools[-1], requests)
        shares = [spools[start::_PROCESSES] for start in range(min(_PROCESSES, len(spools)))]
        self._processes = [_process(server.url, share, rate) for share in shares]
        self._reports = [_report_of(share) for share in shares]
        for process in self._processes:
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("a client did not start")
        for process in self._processes:
            process.stdin.write("go\n")
            process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self._folder.cleanup()

    @property
    def running(self) -> bool:
        return any(process.poll() is None for process in self._processes)

    def wait(self) -> Sent:
        """What they did, once they are all done."""
        reports: list[dict[str, Any]] = []
        for process, report in zip(self._processes, self._reports, strict=True):
            process.wait()
            reports += json.loads(report.read_text())
        errors = [report["error"] for report in reports if report["error"]]
        if errors:
            raise RuntimeError(f"a client failed: {errors[0]}")
        return Sent(
            events=sum(report["accepted"] for report in reports),
            refused=sum(report["refused"] for report in reports),
            elapsed=max(report["ended"] for report in reports) - min(report["began"] for report in reports),
            seconds=[second for report in reports for second in report["seconds"]],
        )


def _post(server: Server, events: list[bytes]) -> bytes:
    body = b'{"events":[' + b",".join(events) + b"]}"
    return wire.request("POST", "/v1/events", server.headers, body)


def _report_of(spools: list[Path]) -> Path:
    return spools[0].with_suffix(".json")


def _process(url: str, spools: list[Path], rate: float) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.load_client", url, *spools),
            *("--rate", str(rate), "--report", _report_of(spools)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )


def _events(dataset: Dataset, chatbot: Chatbot, wanted: int) -> list[bytes]:
    """So many events of conversations that nobody has sent before."""
    other = copy.copy(dataset)
    other.stream = next(_streams)
    events: list[bytes] = []
    for piece in other.pieces_of(chatbot, wanted // _MESSAGES_PER_CONVERSATION + 1):
        events += map(_encode, _in_order(piece))
    return events[:wanted]


def _in_order(piece: Piece) -> list[dict[str, Any]]:
    """The events of a piece as a bot sends them: some conversations at once, message by message."""
    events = [*_headers(piece), *_messages(piece), *_votes(piece), *_ratings(piece)]
    events.sort(key=lambda event: event[0])
    return [event for _, event in events]


_Placed = tuple[tuple[int, int], dict[str, Any]]


def _headers(piece: Piece) -> Iterator[_Placed]:
    for place, row in enumerate(piece.conversations.to_pylist()):
        event = {"type": "conversation", "chatbot_id": piece.chatbot.id, "id": row["id"]}
        event["created_at"] = row["created_at"]
        event |= {name: row[name] for name in ("session_id", "language") if row[name]}
        yield _place(place, 0), event


def _messages(piece: Piece) -> Iterator[_Placed]:
    first = np.searchsorted(piece.owner, piece.owner)
    for place, (row, owner) in enumerate(zip(piece.messages.to_pylist(), piece.owner.tolist(), strict=True)):
        event = {"type": "message", "chatbot_id": piece.chatbot.id, "conversation_id": row["conversation_id"]}
        event |= {"id": row["id"], "role": ROLES[row["role"]], "content": row["content"]}
        event["created_at"] = row["created_at"]
        if row["confidence"] is not None:
            event["confidence_score"] = row["confidence"]
        yield _place(owner, place - int(first[place]) + 1), event


def _votes(piece: Piece) -> Iterator[_Placed]:
    places = _places(piece)
    for row in piece.feedback.to_pylist():
        event = {
            "type": "feedback",
            "chatbot_id": piece.chatbot.id,
            "conversation_id": row["conversation_id"],
        }
        event |= {"message_id": row["message_id"], "value": "positive" if row["positive"] else "negative"}
        event["created_at"] = row["created_at"]
        yield _place(places[row["conversation_id"]], _VOTE), event


def _ratings(piece: Piece) -> Iterator[_Placed]:
    for place, row in enumerate(piece.conversations.to_pylist()):
        if row["rating"] is not None:
            event = {"type": "rating", "chatbot_id": piece.chatbot.id, "conversation_id": row["id"]}
            event |= {"score": row["rating"], "created_at": row["rated_at"]}
            yield _place(place, _RATING), event


def _places(piece: Piece) -> dict[str, int]:
    return {row: place for place, row in enumerate(piece.conversations["id"].to_pylist())}


def _place(conversation: int, step: int) -> tuple[int, int]:
    """Where an event stands: by group of conversations that are open at once, then by step in each."""
    return conversation // _CONVERSATIONS_AT_ONCE, step
