"""What was done to a company and what it was answered, and whether one can follow from the other.

Whoever changes something goes on only when that was acknowledged. So what can be there is a beginning of what
each of them did: at least what was acknowledged before a question was asked, and what earlier answers had; at
most what was begun before the answer came.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from tests.oracle import answers
from tests.oracle import seed as oracle
from tests.oracle.conversations import started_conversations
from tests.oracle.sameness import differences
from tests.soak.talk import CHATBOTS

State = tuple[int, ...]
_TOO_MANY = 60
"""Where more states are possible than this, the first that fits will do."""


@dataclass
class Step:
    """Events that are sent, or the threshold that a chatbot gets; by the monotonic clock of who asks."""

    events: list[dict[str, Any]]
    threshold: tuple[str, float] | None
    begun: float
    ended: float = math.inf


@dataclass(frozen=True)
class Reading:
    """An answer: to `route`, one of the three, in a window, or `query`, which `asked` says.

    Attributes:
        at: the time on the wall when it was asked.
        node: who answered.
        since: if not None, what was acknowledged after this moment need not be in it.
        skews: seconds by which the clock on the wall of whoever answered may be wrong.
    """

    route: str
    asked: dict[str, Any]
    answer: Any
    begun: float
    ended: float
    at: datetime
    node: str = ""
    since: float | None = None
    skews: tuple[float, ...] = (0.0,)

    def is_during(self, step: Step) -> bool:
        """Whether a step was under way, for all that is known, at some moment that this may be of."""
        asked = self.begun if self.since is None else min(self.begun, self.since)
        return step.begun < self.ended and step.ended > asked


@dataclass
class History:
    """Of one company. `steps`: by who did them, in order."""

    company: str
    plan: str
    steps: dict[int, list[Step]]
    readings: list[Reading] = field(default_factory=list)

    def events(self, state: State) -> list[dict[str, Any]]:
        chosen = zip(self.steps.values(), state, strict=True)
        return [event for steps, count in chosen for step in steps[:count] for event in step.events]

    def thresholds(self, state: State) -> dict[str, float]:
        """Only one of them sets any."""
        found = dict.fromkeys(CHATBOTS, oracle.DEFAULT_THRESHOLD)
        for steps, count in zip(self.steps.values(), state, strict=True):
            found |= dict(step.threshold for step in steps[:count] if step.threshold)
        return found


@dataclass
class Judge:
    """Looks whether the answers of one history can be."""

    history: History
    _known: dict[State, "Known"] = field(default_factory=dict)

    def faults(self) -> list[str]:
        """What is wrong with them."""
        found: list[str] = []
        floors: list[tuple[float, State]] = []
        for reading in sorted(self.history.readings, key=lambda each: each.ended):
            floor, fits = self._fits(reading, floors)
            if not fits:
                found.append(self._said(reading, floor))
                continue
            least = tuple(map(min, zip(*fits, strict=True)))
            if any(one > other for one, other in zip(least, floor, strict=True)):
                floors.append((reading.ended, least))
        return found

    def _fits(self, reading: Reading, floors: list[tuple[float, State]]) -> tuple[State, list[State]]:
        """The least that must be there, and all states that give this answer."""
        floor, ceiling = self.bounds(reading, floors)
        ranges = [range(high, low - 1, -1) for low, high in zip(floor, ceiling, strict=True)]
        few = math.prod(map(len, ranges)) <= _TOO_MANY
        fits = []
        for state in itertools.product(*ranges):
            if not self.differing(reading, state):
                fits.append(state)
                if not few:
                    return floor, [floor]
        return floor, fits

    def bounds(self, reading: Reading, floors: list[tuple[float, State]]) -> tuple[State, State]:
        """The least and the most that can be there."""
        asked = reading.begun if reading.since is None else min(reading.begun, reading.since)
        of_each = self.history.steps.values()
        floor = [sum(step.ended <= asked for step in steps) for steps in of_each]
        for when, seen in floors:
            if when <= asked:
                floor = list(map(max, floor, seen))
        return tuple(floor), tuple(sum(step.begun < reading.ended for step in steps) for steps in of_each)

    def differing(self, reading: Reading, state: State) -> list[str]:
        """How an answer differs from what the oracle says of a state."""
        known, before = self._of(state), self._recounted_from(reading, state)
        all_found = [known.differing(reading, now, before) for now in _moments(reading)]
        found = min(all_found, key=len)
        if _is_mixed(reading) and not any(map(reading.is_during, self._thresholds_set())):
            found.append(".meta.recounting: no threshold was changing")
        return found

    def _thresholds_set(self) -> Iterator[Step]:
        return (step for steps in self.history.steps.values() for step in steps if step.threshold)

    def _of(self, state: State) -> "Known":
        if state not in self._known:
            self._known[state] = Known(self.history, state)
        return self._known[state]

    def _recounted_from(self, reading: Reading, state: State) -> "Known | None":
        """Where an answer says that not all heed a threshold, which is not acknowledged yet: before it."""
        if _is_mixed(reading):
            for place, steps in enumerate(self.history.steps.values()):
                last = steps[state[place] - 1] if state[place] else None
                if last is not None and last.threshold and reading.is_during(last):
                    return self._of((*state[:place], state[place] - 1, *state[place + 1 :]))
        return None

    def _said(self, reading: Reading, floor: State) -> str:
        lasting = replace(reading, since=-math.inf)
        stale = self._fits(lasting, [])[1] if reading.since is None else []
        return (
            f"{self.history.company}: {reading.route} {reading.asked} of {reading.node}, "
            f"{'STALE: of ' + str(stale) if stale else 'WRONG'}, at least {floor}; "
            f"asked {reading.begun:.3f}, answered {reading.ended:.3f}: {self.differing(reading, floor)[:4]}"
        )


def _moments(reading: Reading) -> Iterator[datetime]:
    """What time it may have been for whoever answered; as a query says, of the clocks that there were."""
    if reading.route == "query":
        said = datetime.fromisoformat(reading.answer["meta"]["as_of"])
        slack = timedelta(seconds=reading.ended - reading.begun + 61)
        if any(abs(said - reading.at - timedelta(seconds=skew)) <= slack for skew in reading.skews):
            yield said
            return
    zone, days = ZoneInfo(reading.asked.get("tz", "UTC")), set()
    for skew in reading.skews:
        for moment in (reading.at, reading.at + timedelta(seconds=reading.ended - reading.begun)):
            now = moment + timedelta(seconds=skew)
            day = now.astimezone(zone).date()
            if day not in days:
                days.add(day)
                yield now


def _is_mixed(reading: Reading) -> bool:
    """Whether the answer says that not all of it heeds one threshold."""
    return reading.route == "query" and "recounting" in reading.answer["meta"]


def _path(difference: str) -> str:
    return difference.partition(": ")[0]


class Known:
    """A state of a company, of which conversations are made once."""

    def __init__(self, history: History, state: State) -> None:
        self._events, self._plan = history.events(state), history.plan
        self._started = started_conversations(self._events)
        self._counted = [each for each in self._started if not each.test]
        self._chatbots = [
            {
                "chatbot_id": name,
                "name": "Bot",
                "is_published": True,
                "confidence_threshold": threshold,
                "timezone": None,
                "average_rating": None,
            }
            for name, threshold in history.thresholds(state).items()
        ]

    def differing(self, reading: Reading, now: datetime, before: "Known | None" = None) -> list[str]:
        """How an answer differs; where some may be counted as `before`, not in what differs from that."""
        wanted = self._wanted(reading, now)
        # Which of two versions has answered is no difference: all say the same.
        either = {".meta.definition_version", ".meta.recounting"}
        if before is not None:
            either |= {_path(each) for each in differences(before._wanted(reading, now), wanted)}
        return [each for each in differences(wanted, reading.answer) if _path(each) not in either]

    def _wanted(self, reading: Reading, now: datetime) -> Any:
        with (
            patch.object(oracle, "conversations", lambda _: self._counted),
            patch.object(answers, "started_conversations", lambda _: self._started),
        ):
            return self._told(reading, now)

    def _told(self, reading: Reading, now: datetime) -> Any:
        if reading.route == "query":
            return answers.answer(self._events, self._chatbots, reading.asked, now=now, zone="UTC")
        zone = reading.asked.get("tz", "UTC")
        start, end = (
            datetime.fromisoformat(reading.asked[name]) if name in reading.asked else None
            for name in ("from", "to")
        )
        said: dict[str, Any] = {"start": start, "end": end}
        if reading.route == "overview":
            return oracle.overview(
                self._events,
                self._chatbots,
                now=now,
                zone=zone,
                plan=self._plan,
                limit=-1,
                company_zone="UTC",
                **said,
            )
        bot = next(each for each in self._chatbots if each["chatbot_id"] == reading.asked["chatbot"])
        if reading.route == "gaps":
            return oracle.gaps(self._events, bot, **said)
        return oracle.chatbot_object(self._events, bot, now=now, zone=zone, top=10, **said)


def judged(history: History) -> tuple[int, list[str]]:
    """How many answers were compared, and what is wrong with them; for a process of its own."""
    return len(history.readings), Judge(history).faults()
