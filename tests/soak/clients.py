"""Those who send to any node until it is acknowledged, send again, ask any node, and take everything down."""

import json
import math
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode

from tests.oracle.query_strategies import EVERY_PLAIN
from tests.soak.history import History, Reading, Step
from tests.soak.nodes import Node
from tests.soak.pace import Pace
from tests.soak.process import BrokenPromiseError
from tests.soak.talk import CHATBOTS, Talk

LONGEST = 15.0
"""Nobody waits longer than that for any answer, in seconds of a machine that has room (see `pace.py`)."""
_REFUSALS = (0, 429, 503)
_NEVER = 150.0
_PATIENCE = 120.0
_OF_ZOMBIE = 0.8
_SENT_BESIDE = 0.4
"""So much of what is done to companies that a zombie has lost changes them; the rest asks it for them."""
_FULL = 1_500
"""A company of so many events is left to those who ask."""
_ZONES = ("UTC", "Europe/Berlin", "America/St_Johns")
QUESTIONS: tuple[dict[str, Any], ...] = (
    *({"metrics": metrics, "period": "all"} for metrics in EVERY_PLAIN),
    {"metrics": ["conversations", "messages", "unanswered_answers"], "dimensions": ["day"]},
    {"metrics": ["conversations", "unique_sessions"], "dimensions": ["chatbot", "language"], "period": "all"},
    {"metrics": ["conversations", "average_rating"], "dimensions": ["channel"], "period": "7d"},
    {"metrics": ["questions", "unanswered_answers"], "dimensions": ["question"], "period": "all"},
)


@dataclass
class Company:
    """A tenant, what is said to its chatbots, and what was done."""

    id: str
    key: str
    talk: Talk
    history: History
    sent: int = 0

    def has_changed_since(self, at: float) -> bool:
        """Whether something was acknowledged since a time."""
        last = (each[-1] for each in self.history.steps.values() if each)
        return any(at < step.ended < math.inf for step in last)

    @property
    def is_full(self) -> bool:
        return self.sent >= _FULL


@dataclass
class Counts:
    """What became of requests."""

    acknowledged: int = 0
    events: int = 0
    refused: int = 0
    answers: int = 0
    unchanged: int = 0
    longest: float = 0.0
    longest_until_acknowledged: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)


@dataclass
class World:
    """What all clients share.

    Attributes:
        nodes: who can be asked.
        pace: of this machine.
        zombie: a node that has lost its companies, and may not know yet: most ask that one.
        lost: companies that a node loses without hearing of it, from PostgreSQL or from anybody: until it is
            the zombie nobody changes them, then all do, at others. A frame that is refused would tell it,
            and then it is no matter whether it looks at its lease.
        avoided: a node that stands still until it is a zombie: nobody asks it, as behind a load balancer that
            has noticed. Else all would soon wait for it, and nothing be acknowledged that it does not know.
        skews: the clocks that there were.
    """

    nodes: list[Node]
    pace: Pace
    counts: Counts = field(default_factory=Counts)
    failures: list[str] = field(default_factory=list)
    zombie: Node | None = None
    lost: frozenset[str] = frozenset()
    avoided: Node | None = None
    avoided_since: float = 0.0
    skews: set[float] = field(default_factory=lambda: {0.0})
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def told_nothing(self) -> Node | None:
        """The zombie, if it is one that must not hear of it."""
        return self.zombie if self.lost else None

    def fails(self, what: str) -> None:
        with self.lock:
            self.failures.append(what)


class Asker:
    """Sends requests to nodes; connections are kept.

    Args:
        world: of all.
        chance: chooses the node.
    """

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self._connections: dict[str, HTTPConnection] = {}
        self._kept: dict[tuple[str, str, str], tuple[str, Any]] = {}

    def ask(
        self,
        company: Company,
        method: str,
        path: str,
        body: Any = None,
        *,
        kept: bool = False,
        changes: bool = False,
    ) -> tuple[int, Any, str]:
        """(status, answer, node): of any node; 0 is no answer at all.

        What is `kept` is asked for by its validator now and then, and the same if it has not changed.
        `changes` says that it changes something.
        """
        node = self._node(changes=changes)
        begun = time.monotonic()
        name = company.id, path, json.dumps(body)
        known = self._kept.get(name) if kept and self.chance.random() < 0.7 else None
        try:
            status, found, validator = self._exchange(node, company, method, path, body, known and known[0])
            if status == 304 and known:
                status, found = 200, known[1]
                self.world.counts.unchanged += 1
            elif status == 200 and kept and validator:
                self._kept[name] = validator, found
        except (OSError, HTTPException, ValueError) as error:
            status, found = 0, repr(error)
            self._connections.pop(node.name).close()
        self._measured(
            time.monotonic() - begun, f"{method} {path} of {company.id} at {node.name}: {found}", status
        )
        return status, found, node.name

    def _node(self, *, changes: bool) -> Node:
        world, zombie = self.world, self.world.zombie
        spared = world.told_nothing if changes else None
        if zombie and not spared and self.chance.random() < _OF_ZOMBIE:
            return zombie
        return self.chance.choice([each for each in world.nodes if each not in (world.avoided, spared)])

    def _exchange(
        self, node: Node, company: Company, method: str, path: str, body: Any, validator: str | None
    ) -> tuple[int, Any, str | None]:
        connection = self._connections.get(node.name)
        if connection is None or self.chance.random() < 0.1:
            if connection is not None:
                connection.close()
            connection = HTTPConnection("127.0.0.1", node.port, timeout=_PATIENCE)
            self._connections[node.name] = connection
        headers = {"Authorization": f"Bearer {company.key}", "Content-Type": "application/json"}
        if validator:
            headers["If-None-Match"] = validator
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data else None, answer.headers["ETag"]

    def _measured(self, seconds: float, what: str, status: int) -> None:
        counts = self.world.counts
        with self.world.lock:
            counts.longest = max(counts.longest, seconds)
            name = str(status)
            counts.statuses[name] = counts.statuses.get(name, 0) + 1
            counts.refused += status in _REFUSALS
        if seconds > self.world.pace.stretched(LONGEST):
            for node in self.world.nodes:
                node.say_where_it_is()
            self.world.fails(f"{seconds:.1f} s for {what[:300]}; the nodes' logs say where they were")
        if status not in (200, *_REFUSALS):
            self.world.fails(f"answered {status}: {what[:600]}")

    def close(self) -> None:
        for each in self._connections.values():
            each.close()


def readings_of(chance: random.Random, today: datetime) -> tuple[str, str, dict[str, Any], Any]:
    """(route, path, what is asked, body) of any question that there is."""
    if chance.random() < 0.4:
        body = dict(chance.choice(QUESTIONS))
        if "period" not in body:
            body["period"] = _window(chance, today)
        return "query", "/v1/query", body, body
    asked: dict[str, Any] = _window(chance, today) if chance.random() < 0.4 else {}
    if chance.random() < 0.2:
        asked["tz"] = chance.choice(_ZONES)
    said = f"?{urlencode(asked)}" if asked else ""
    route = chance.choice(("overview", "chatbot", "gaps"))
    if route == "overview":
        return route, f"/analytics/overview{said}", asked, None
    bot = chance.choice(CHATBOTS)
    end = "/gaps" if route == "gaps" else ""
    return route, f"/analytics/chatbot/{quote(bot)}{end}{said}", asked | {"chatbot": bot}, None


def _window(chance: random.Random, today: datetime) -> dict[str, str]:
    start = today - timedelta(days=chance.randint(0, 10), seconds=chance.randint(0, 80_000))
    end = start + timedelta(days=chance.randint(1, 6))
    return {"from": start.isoformat(), "to": end.isoformat()}


class Client(threading.Thread):
    """One that sends for companies until the world stops; each change is acknowledged before the next.

    Args:
        number: of it; the first of a pair sets thresholds.
        companies: first those that are sent to first; the other of the pair has the same.
        world: of all.
        seed: what it does.
    """

    def __init__(self, number: int, companies: list[Company], world: World, seed: str) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self._number, self._companies, self._world = number, companies, world
        self._chance = random.Random(f"{seed}/{number}")
        self._asker = Asker(world, self._chance)
        self._today = datetime.now(UTC)

    def run(self) -> None:
        try:
            while not self._world.stopped.is_set():
                self._once()
                time.sleep(self._chance.uniform(0, 0.06))
        except Exception as error:
            self._world.fails(f"client {self._number}: {error!r}")
        finally:
            self._asker.close()

    def _once(self) -> None:
        world = self._world
        open_ones = [each for each in self._companies if not each.is_full][:2]
        begun = [each for each in self._companies if each.sent]
        dice = self._chance.random()
        if world.told_nothing:
            lost = [each for each in self._companies if each.id in world.lost]
            open_ones = [each for each in lost if not each.is_full] or open_ones
            begun = [each for each in lost if each.sent] or begun
            dice = min(dice / _SENT_BESIDE, 1.0) * 0.9
        elif world.zombie:
            dice = 0.9  # so it shows whether answers leave who has lost its companies: all ask meanwhile
        company = self._chance.choice(open_ones or self._companies)
        if dice < 0.6 and open_ones:
            self._send(company, most=200)
        elif dice < 0.68:
            self._send_again(company)
        elif dice < 0.96 or self._number % 2:
            since = world.avoided_since if world.zombie else 0.0
            changed = [each for each in begun if each.has_changed_since(since)]
            self.read(self._chance.choice(changed or begun or [company]))
        elif open_ones:
            self._set_threshold(company)

    def _send(self, company: Company, most: int) -> None:
        size = self._chance.choice((1, 1, 2, 5, 10, 20, 40, 200)) if self._chance.random() < 0.5 else 5
        events = company.talk.batch(self._chance, company.sent, min(size, most))
        company.sent += len(events)
        step = Step(events, None, time.monotonic())
        company.history.steps[self._number].append(step)
        self._until_acknowledged(company, step, "POST", "/v1/events", {"events": events})
        with self._world.lock:
            self._world.counts.events += len(events)

    def _send_again(self, company: Company) -> None:
        """What was acknowledged, split anew: nothing changes."""
        steps = [step for each in company.history.steps.values() for step in each[:-1]]
        known = [event for step in steps for event in step.events]
        if known:
            some = self._chance.sample(known, min(len(known), self._chance.randint(1, 30)))
            step = Step(some, None, time.monotonic())
            self._until_acknowledged(company, step, "POST", "/v1/events", {"events": some})

    def _set_threshold(self, company: Company) -> None:
        threshold = (self._chance.choice(CHATBOTS), self._chance.choice((0.0, 0.2, 0.4, 0.6, 1.0)))
        step = Step([], threshold, time.monotonic())
        company.history.steps[self._number].append(step)
        body = {"confidence_threshold": threshold[1]}
        self._until_acknowledged(company, step, "PUT", f"/v1/chatbots/{threshold[0]}", body)

    def _until_acknowledged(self, company: Company, step: Step, method: str, path: str, body: Any) -> None:
        while True:
            while company.id in self._world.lost and not self._world.zombie:
                time.sleep(0.02)
            status, found, node = self._asker.ask(company, method, path, body, changes=True)
            if status == 200:
                break
            if status not in _REFUSALS or time.monotonic() - step.begun > self._world.pace.stretched(_NEVER):
                raise BrokenPromiseError(f"{method} {path} is never acknowledged: {status} {found}")
            time.sleep(self._chance.uniform(0.05, 0.3))
        step.ended = time.monotonic()
        if step.events and found != {"accepted": len(step.events), "rejected": []}:
            self._world.fails(f"{node} says 200 and {found}")
        counts = self._world.counts
        with self._world.lock:
            counts.acknowledged += 1
            waited = step.ended - step.begun
            counts.longest_until_acknowledged = max(counts.longest_until_acknowledged, waited)

    def read(self, company: Company, tries: int = 10) -> bool:
        """Ask something, until there is an answer; whether there was one."""
        route, path, asked, body = readings_of(self._chance, self._today)
        for _ in range(tries):
            begun, at = time.monotonic(), datetime.now(UTC)
            method = "GET" if body is None else "POST"
            status, found, node = self._asker.ask(company, method, path, body, kept=True)
            if status == 200:
                company.history.readings.append(
                    Reading(
                        route,
                        asked,
                        found,
                        begun,
                        time.monotonic(),
                        at,
                        node,
                        skews=tuple(sorted(self._world.skews)),
                    )
                )
                with self._world.lock:
                    self._world.counts.answers += 1
                return True
            with suppress(TypeError):
                time.sleep(self._chance.uniform(0.05, 0.3))
        return False

    def verify(self, company: Company) -> str:
        """What is wrong if all is counted anew; empty if nothing is."""
        said: Any = None
        for _ in range(60):
            status, found, node = self._asker.ask(company, "POST", "/v1/verify")
            if status == 200 and found["equal"]:
                return ""
            said = (node, found) if status == 200 or said is None else said
            time.sleep(0.5 if status == 200 else 0.2)
        return f"verify of {company.id}: {said}"
