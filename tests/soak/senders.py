"""Who sends events, and remembers what became of each request.

A request that was answered 200 must be there, whole and once; one that was only ever refused must not be
there; one whose answer never came may be there or not, but not in part.
"""

import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from tests.events import answer, conversation, deletion, message, rating, vote
from tests.soak.process import BrokenPromiseError, Process

CHATBOT = "bot"
_REFUSALS = (429, 503)
_PATIENCE = 35.0  # seconds until an answer has never come


@dataclass
class Batch:
    """One request: its events, and all the answers it got; 0 is none."""

    events: list[dict[str, Any]]
    answers: list[int] = field(default_factory=list)

    @property
    def must_be_there(self) -> bool:
        return 200 in self.answers

    @property
    def may_be_there(self) -> bool:
        return 200 in self.answers or 0 in self.answers


@dataclass
class Company:
    """A tenant and what was sent for it."""

    id: str
    key: str
    batches: list[Batch] = field(default_factory=list)
    last_taken: float = 0.0
    """When events were last acknowledged, by the monotonic clock."""

    def counts(self) -> dict[str, int]:
        """Requests by what became of them."""
        ends = [
            "taken" if each.must_be_there else "unanswered" if each.may_be_there else "refused"
            for each in self.batches
        ]
        return {end: ends.count(end) for end in ("taken", "refused", "unanswered")}

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}

    def ask(
        self, process: Process, method: str, path: str, body: Any = None, timeout: float = 60
    ) -> tuple[int, Any]:
        """(status, decoded answer) over a connection of its own; 0 if there is none."""
        connection = process.connection(timeout)
        try:
            return exchange(connection, method, path, body, self.headers)
        except (OSError, HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()


def exchange(
    connection: HTTPConnection, method: str, path: str, body: Any, headers: dict[str, str]
) -> tuple[int, Any]:
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    found = connection.getresponse()
    data = found.read()
    return found.status, json.loads(data) if data else None


def story(name: str, chance: random.Random) -> Iterator[list[dict[str, Any]]]:
    """Batches of one sender, without end.

    New conversations, one that goes on, and one whose start moves; votes that are changed where they are and
    withdrawn, and messages that are taken back.
    """
    for number in range(1_000_000):
        at = f"2026-03-{1 + number % 28:02d}T{number % 24:02d}:00:{number % 60:02d}Z"
        new = f"{name}-{number}"
        events = [
            message(new, str(place), f"question {number % 7} of {name}", at, session_id=f"s{number % 5}")
            for place in range(chance.randint(1, 4))
        ]
        events.append(answer(new, "answer", chance.choice((0.0, 0.5, 0.9)), at))
        events.append(message(f"{name}-long", str(number), "and now?"))
        if number % 3 == 0:
            moved = f"2026-02-{chance.randint(1, 4):02d}T10:00:00Z"
            events.append(conversation(f"{name}-moves-{number % 2}", moved, revision=number))
            events.append(
                message(f"{name}-moves-{number % 2}", str(number), "where?", "2026-04-01T10:00:00Z")
            )
        if number % 5 == 0:
            events += [rating(new, chance.randint(1, 5), at), vote(new, "answer", "negative", at)]
        if number % 5 == 1:
            events.append(vote(f"{name}-{number - 1}", "answer", "positive", at, revision=1))
        if number % 5 == 2:
            events.append(deletion(f"{name}-{number - 2}", "message", "0"))
        if number % 10 == 2:
            events.append(deletion(f"{name}-{number - 2}", "feedback", "answer", revision=1))
        yield events


class Senders:
    """Threads that send for companies as long as a process lives, pause when told, and begin again.

    Args:
        companies: for each of them `each` threads send.
        seed: of what they send.
    """

    def __init__(self, companies: list[Company], seed: str, each: int = 2) -> None:
        self._stories = [
            (company, story(f"{company.id}-{number}", random.Random(f"{seed}-{company.id}-{number}")))
            for company in companies
            for number in range(each)
        ]
        self._chance = random.Random(seed)
        self._threads: list[threading.Thread] = []
        self._go_on = threading.Event()
        self.failures: list[str] = []
        self.patient = False
        """Whether answers may take longer than that: while the store may hang."""

    def begin(self, process: Process) -> None:
        self._go_on.set()
        self._threads = [
            threading.Thread(target=self._send, args=(process, company, batches), daemon=True)
            for company, batches in self._stories
        ]
        for thread in self._threads:
            thread.start()

    def pause(self) -> None:
        """Return when every request has its answer, or never will."""
        self._go_on.clear()
        for thread in self._threads:
            thread.join(_PATIENCE + 10)
        if any(thread.is_alive() for thread in self._threads):
            raise BrokenPromiseError("a sender does not end")
        if self.failures:
            raise BrokenPromiseError("; ".join(self.failures))

    def _send(self, process: Process, company: Company, story: Iterator[list[dict[str, Any]]]) -> None:
        connection = process.connection(_PATIENCE)
        while self._go_on.is_set() and process.lives:
            batch = Batch(next(story))
            company.batches.append(batch)
            for _ in range(3):  # those who are refused come again, some of them
                batch.answers.append(self._answer(process, company, connection, batch))
                if batch.answers[-1] == 200 or not self._go_on.is_set() or self._chance.random() < 0.4:
                    break
                time.sleep(0.05)
            time.sleep(self._chance.uniform(0, 0.05))
        connection.close()

    def _answer(self, process: Process, company: Company, connection: HTTPConnection, batch: Batch) -> int:
        begun = time.monotonic()
        try:
            status, found = exchange(
                connection, "POST", "/v1/events", {"events": batch.events}, company.headers
            )
        except (OSError, HTTPException, ValueError):
            connection.close()
            if time.monotonic() - begun > _PATIENCE - 1 and process.lives and not self.patient:
                self.failures.append(f"a request of {company.id} was not answered for {_PATIENCE:.0f} s")
            return 0
        if status == 200 and found != {"accepted": len(batch.events), "rejected": []}:
            self.failures.append(f"200 says {found}")
        elif status == 200:
            company.last_taken = time.monotonic()
        elif status not in _REFUSALS:
            self.failures.append(f"events were answered {status}: {found}")
        return status
