"""How one made-up conversation goes: who says what, and when, and what comes of it."""

from dataclasses import dataclass
from random import Random
from typing import Any

from botlens.demo import texts
from botlens.demo.bots import DemoChatbot, now_and_then
from botlens.demo.gaps.gap import Gap
from botlens.moments import SECOND, iso


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who writes to a bot, now and later, in one language and on one channel."""

    session_id: str
    language: str
    channel: str


class DemoConversation:
    """One conversation while it is played: who talks, what time it is, how it goes."""

    def __init__(
        self, rng: Random, bot: DemoChatbot, visitor: Visitor, name: str, start: int, days_ago: float
    ) -> None:
        self._rng = rng
        self._bot = bot
        self._visitor = visitor
        self._language = visitor.language
        self._id = name
        self._time = start
        self._days_ago = days_ago
        self._moment = now_and_then(bot.id, days_ago)
        self._said = 0
        self._missed = 0
        self._asked: set[int] = set()
        self._handed_off = False
        self._events: list[dict[str, Any]] = []

    def play(self) -> list[dict[str, Any]]:
        """The events, in order of time but for votes, which come a little after their message."""
        self._open()
        if self._chance(0.1):
            self._user(self._one(texts.HELLO))
            self._sure(self._one(texts.WELCOME))
        for _ in range(1 + int(self._low() * 4)):
            if not (self._ask_gap() if self._chance(self._bot.gap_rate) else self._ask_topic()):
                break
        else:
            self._end_well()
        if self._chance(0.25 if self._handed_off else 0.13):
            self._rate()
        return self._events

    # --- what people ask -------------------------------------------------------------------------------

    def _ask_topic(self) -> bool:
        """A question that the bot knows, nearly always. Returns whether the visitor stays."""
        topic = self._bot.topics[self._new_topic()]
        numbers = self._numbers()
        question = _filled(self._one(topic.questions), numbers)
        if self._chance(0.025 * self._moment.doubt):
            return self._unanswered(question, self._one(topic.questions))
        self._user(self._typed(question))
        self._answer(_filled(self._one(topic.answers), numbers))
        return True

    def _ask_gap(self) -> bool:
        """A question that the bot learns to answer some day, or never. Returns whether the visitor stays."""
        gaps = self._bot.gaps
        gap = self._rng.choices(gaps, [self._interest(gap) for gap in gaps])[0]
        question = self._one(gap.questions)
        if gap.fixed is None or self._days_ago > gap.fixed:
            return self._unanswered(question, self._one(gap.questions))
        self._user(self._typed(question))
        self._answer(self._one(gap.answers))
        return True

    def _new_topic(self) -> int:
        """The place of a topic, the first ones more often, and hardly ever one that was asked already."""
        part = self._rng.random()
        place = int(part * (0.6 + 0.4 * part) * len(self._bot.topics))
        if place in self._asked:
            place = (place + 1) % len(self._bot.topics)
        self._asked.add(place)
        return place

    def _interest(self, gap: Gap) -> float:
        surges = gap.surge is not None and gap.surge[1] <= self._days_ago < gap.surge[0]
        return gap.share * (6.0 if surges else 1.0)

    def _unanswered(self, question: str, reworded: str) -> bool:
        """A question that stays open; many try once more, ask for a person, or leave."""
        self._user(self._typed(question))
        self._unsure()
        if self._chance(0.3):
            again = self._one(texts.AGAIN).replace("{}", reworded) if self._chance(0.3) else reworded
            self._user(self._typed(_filled(again, self._numbers())))
            self._unsure()
        if self._chance(0.24):
            self._hand_off("no_answer")
            return False
        return self._chance(0.55)

    # --- how it ends -----------------------------------------------------------------------------------

    def _end_well(self) -> None:
        if not self._missed:
            if self._chance(0.012):
                self._hand_off("asked_for_human")
                return
            if self._chance(self._bot.outcome[1]):
                self._reach_outcome()
        if self._chance(0.3 if not self._missed else 0.1):
            self._user(self._typed(self._one(texts.THANKS)))
            self._sure(self._one(texts.BYE))

    def _hand_off(self, reason: str) -> None:
        agent = texts.AGENTS[int(self._rng.random() * len(texts.AGENTS))]
        if reason == "asked_for_human" or self._chance(0.5):
            self._user(self._typed(self._one(texts.HUMAN)))
        self._sure(self._one(texts.PASSING))
        self._about("handoff", reason=reason)
        self._wait(20, 240)
        self._say("system", self._one(texts.JOINED).replace("{}", agent))
        for line in (texts.AGENT, texts.SOLVED):
            self._wait(15, 150)
            self._say("agent", self._one(line).replace("{}", agent))
        if self._chance(0.5):
            self._user(self._typed(self._one(texts.THANKS)))
        self._handed_off = True

    def _reach_outcome(self) -> None:
        self._wait(5, 90)
        name, _ = self._bot.outcome
        if self._bot.value is None:
            self._about("outcome", name=name)
            return
        low, high = self._bot.value
        self._about("outcome", name=name, value=round(low + (high - low) * self._low(), 2))

    def _rate(self) -> None:
        weights = (3, 4, 10, 34, 49)
        if self._handed_off:
            weights = (9, 10, 19, 34, 28)
        elif self._missed:
            weights = (36, 25, 20, 12, 7)
        self._wait(4, 60)
        self._about("rating", score=self._rng.choices((1, 2, 3, 4, 5), weights)[0])

    # --- who says what ---------------------------------------------------------------------------------

    def _user(self, content: str) -> None:
        if self._said:
            self._wait(6, 80)
        self._say("user", content)

    def _answer(self, content: str) -> None:
        """An answer that the bot is sure of."""
        floor = self._bot.confidence_threshold + 0.1
        score = floor + (0.995 - floor) * max(self._rng.random(), self._rng.random())
        answer = self._assistant(content)
        if self._chance(self._bot.scored):
            answer["confidence_score"] = round(score, 3)
        if self._chance(0.085):
            self._vote(answer, positive=self._chance(0.9))

    def _sure(self, content: str) -> None:
        """Small talk: nobody doubts it, nobody votes on it."""
        self._assistant(content)["confidence_score"] = 0.99

    def _unsure(self) -> None:
        """No real answer: a fallback, or one far below the threshold."""
        self._missed += 1
        if self._chance(0.3):
            answer = self._assistant(self._one(texts.FALLBACK))
            answer["fallback"] = True
        else:
            answer = self._assistant(self._one(texts.UNSURE))
            answer["confidence_score"] = round(self._bot.confidence_threshold * 0.9 * self._rng.random(), 3)
        if self._chance(0.13):
            self._vote(answer, positive=self._chance(0.07))

    def _assistant(self, content: str) -> dict[str, Any]:
        rarely = self._low() * self._low()
        slow = 0.6 + 0.8 * self._rng.random() + 6.0 * rarely * rarely
        latency = int(self._bot.latency_ms * self._moment.latency * slow)
        self._time += latency * 1000
        answer = self._say("assistant", content)
        answer["latency_ms"] = latency
        return answer

    def _say(self, role: str, content: str) -> dict[str, Any]:
        message = self._about(
            "message", id=f"{self._id}-{self._said:02d}", role=role, content=content, sequence=self._said
        )
        self._said += 1
        return message

    def _vote(self, message: dict[str, Any], *, positive: bool) -> None:
        before = self._time
        self._wait(2, 40)
        vote = self._about("feedback", message_id=message["id"], value="positive" if positive else "negative")
        if self._chance(0.15 if positive else 0.3):
            vote["comment"] = self._one(texts.GOOD if positive else texts.BAD)
        self._time = before

    # --- how it is written down ------------------------------------------------------------------------

    def _open(self) -> None:
        event: dict[str, Any] = {
            "type": "conversation",
            "chatbot_id": self._bot.id,
            "id": self._id,
            "created_at": iso(self._time),
            "session_id": self._visitor.session_id,
            "channel": self._visitor.channel,
        }
        # Some are too short to tell the language.
        if not self._chance(0.04):
            event["language"] = self._language
        if self._chance(self._bot.test_rate):
            event["test"] = True
        self._events.append(event)

    def _about(self, type_: str, **fields: Any) -> dict[str, Any]:
        event = {
            "type": type_,
            "chatbot_id": self._bot.id,
            "conversation_id": self._id,
            "created_at": iso(self._time),
            **fields,
        }
        self._events.append(event)
        return event

    # --- chance ----------------------------------------------------------------------------------------

    def _chance(self, probability: float) -> bool:
        return self._rng.random() < probability

    def _low(self) -> float:
        """From 0 to 1, mostly low. By products alone: powers may differ in the last bit between machines."""
        return self._rng.random() * self._rng.random()

    def _one(self, by_language: dict[str, tuple[str, ...]]) -> str:
        lines = by_language[self._language]
        return lines[int(self._rng.random() * len(lines))]

    def _wait(self, low: int, high: int) -> None:
        self._time += int((low + (high - low) * self._low()) * SECOND)

    def _numbers(self) -> dict[str, str]:
        part = self._rng.random()
        return {
            "{order}": str(41_000 + int(part * 57_000)),
            "{few}": str(2 + int(part * 7)),
            "{many}": str(100 * (2 + int(part * 38))),
        }

    def _typed(self, text: str) -> str:
        """The text as people type it: some without capitals, some without the question mark."""
        habit = self._rng.random()
        if habit < 0.2:
            return text.lower().rstrip(" ?!.")
        if habit < 0.3:
            return text.lower()
        return text.rstrip(" ?!.") if habit < 0.4 else text


def _filled(text: str, numbers: dict[str, str]) -> str:
    if "{" in text:
        for mark, number in numbers.items():
            text = text.replace(mark, number)
    return text
