"""What a conversation is among the others of its session: first or not, returned to, asked again."""

import string
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.oracle.conversations import Conversation
from tests.oracle.facts import NEUTRAL, NO_SIGNAL, Facts

LOOKS_BACK = timedelta(hours=24)
_NOT_IN_WORDS = string.whitespace + string.punctuation  # ASCII alone


@dataclass(frozen=True)
class Visit(Facts):
    """One conversation with the conversations of its session (itself among them), in order."""

    session: list[Facts] = field(default_factory=list)  # empty without a session id

    @property
    def place(self) -> int:
        return [facts.conversation.id for facts in self.session].index(self.conversation.id)

    @property
    def first(self) -> bool:
        return bool(self.session) and self.place == 0

    @property
    def session_kind(self) -> str | None:
        if not self.session:
            return None
        return "new" if self.first else "returning"

    def returned(self, hours: int) -> bool:
        later = self.session[self.place + 1 :] if self.session else []
        return bool(later) and later[0].started_at <= self.ended_at + timedelta(hours=hours)

    def decided(self, hours: int, now: datetime) -> bool:
        over = self.ended_at + timedelta(hours=hours) <= now
        return bool(self.session) and (self.returned(hours) or over)

    def assumed(self, hours: int, now: datetime) -> bool:
        quiet = self.last_signal in (NO_SIGNAL, NEUTRAL) and not self.human and not self.left
        return quiet and self.depth > 0 and self.decided(hours, now) and not self.returned(hours)

    @property
    def rephrased(self) -> int:
        """How many questions had been asked in nearly the same words shortly before."""
        before = self.session[: self.place] if self.session else []
        recent = [facts for facts in before if facts.started_at >= self.started_at - LOOKS_BACK]
        elsewhere = [form for facts in recent for form in facts.forms]
        return sum(
            any(nearly_the_same(form, earlier) for earlier in elsewhere + self.forms[:position])
            for position, form in enumerate(self.forms)
        )


def words(form: str) -> set[str]:
    for character in _NOT_IN_WORDS:
        form = form.replace(character, "\n")
    return set(form.split("\n")) - {""}


def nearly_the_same(one: str, other: str) -> bool:
    """Three fifths of all the words of both are in both; what has no words is like nothing."""
    here, there = words(one), words(other)
    if not here or not there:
        return False
    return 5 * len(here & there) >= 3 * len(here | there)


def visits(found: list[Conversation], thresholds: dict[str, float]) -> list[Visit]:
    """Conversations with what their sessions make of them; `found` are all that count, whatever is asked."""
    sessions: dict[tuple[str, str], list[Facts]] = {}
    for one in sorted(found, key=lambda conversation: (conversation.start, conversation.id)):
        if one.session_id != "":
            facts = Facts(one, thresholds[one.chatbot_id])
            sessions.setdefault((one.chatbot_id, one.session_id), []).append(facts)
    return [
        Visit(one, thresholds[one.chatbot_id], sessions.get((one.chatbot_id, one.session_id), []))
        for one in found
    ]
