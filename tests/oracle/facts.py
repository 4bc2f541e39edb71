"""What one conversation is in itself: asked, answered, left, confirmed, reopened, how fast."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.conversations import Conversation, Message, unanswered_messages, unanswered_questions
from tests.oracle.seed import normal_form

DAY = timedelta(hours=24)
MILLISECOND = timedelta(milliseconds=1)
SPOKEN_TO_THE_USER = ("assistant", "agent")
BAD, NEUTRAL, GOOD, NO_SIGNAL = "bad", "neutral", "good", "none"
_WORST_FIRST = [BAD, NEUTRAL, GOOD]


@dataclass(frozen=True)
class Facts:
    """One conversation, with the confidence threshold of its chatbot."""

    conversation: Conversation
    threshold: float

    @property
    def messages(self) -> list[Message]:
        return self.conversation.messages

    @property
    def started_at(self) -> datetime:
        return self.conversation.start

    @property
    def questions(self) -> list[Message]:
        return [message for message in self.messages if message.role == "user"]

    @property
    def forms(self) -> list[str]:
        """The normal form of each question; "" where nothing is left of it."""
        return [normal_form(question.content) for question in self.questions]

    @property
    def depth(self) -> int:
        return len(self.questions)

    @property
    def answers(self) -> list[Message]:
        return [message for message in self.messages if message.role == "assistant"]

    @property
    def scored(self) -> list[Message]:
        return [answer for answer in self.answers if answer.confidence_score is not None or answer.fallback]

    @property
    def fallbacks(self) -> list[Message]:
        return [answer for answer in self.answers if answer.fallback]

    @property
    def unanswered(self) -> list[Message]:
        return unanswered_messages(self.conversation, self.threshold)

    @property
    def unanswered_forms(self) -> list[str]:
        """The normal form of the question of each unanswered answer that has one."""
        questions = unanswered_questions(self.conversation, self.threshold)
        return [normal_form(question.content) for question in questions]

    @property
    def first_question(self) -> str | None:
        return next((form for form in self.forms if form != ""), None)

    @property
    def lowest_score(self) -> float | None:
        scores = [answer.confidence_score for answer in self.answers if answer.confidence_score is not None]
        return min(scores, default=None)

    @property
    def engaged(self) -> bool:
        roles = [message.role for message in self.messages]
        return "assistant" in roles and "user" in roles[roles.index("assistant") :]

    @property
    def handed_off(self) -> bool:
        return len(self.conversation.handoffs) > 0

    @property
    def human(self) -> bool:
        return self.handed_off or any(message.role == "agent" for message in self.messages)

    @property
    def last_signal(self) -> str:
        conversation = self.conversation
        signals = [
            (conversation.voted_at[message_id], GOOD if vote == "positive" else BAD)
            for message_id, vote in conversation.votes.items()
        ]
        if conversation.rating is not None and conversation.rated_at is not None:
            signals.append((conversation.rated_at, signal_of_rating(conversation.rating)))
        if not signals:
            return NO_SIGNAL
        latest = max(at for at, _ in signals)
        return min((signal for at, signal in signals if at == latest), key=_WORST_FIRST.index)

    @property
    def left(self) -> bool:
        """The user spoke last, or what came last was no answer."""
        if self.depth == 0:
            return False
        after = []
        for message in self.messages:
            if message.role == "user":
                after = []  # only what follows the last one remains
            elif message.role in SPOKEN_TO_THE_USER:
                after.append(message)
        return not after or after[-1] in self.unanswered

    @property
    def abandoned(self) -> bool:
        return self.left and not self.human and self.last_signal != GOOD

    @property
    def confirmed(self) -> bool:
        return not self.human and self.last_signal == GOOD

    @property
    def reopened(self) -> bool:
        pairs = zip(self.messages, self.messages[1:], strict=False)
        return any(
            message.role == "user" and message.created_at - before.created_at >= DAY
            for before, message in pairs
        )

    @property
    def ended_at(self) -> datetime:
        return max([self.started_at, *(message.created_at for message in self.messages[-1:])])

    @property
    def newest_at(self) -> datetime:
        conversation = self.conversation
        times = [message.created_at for message in self.messages]
        times += conversation.voted_at.values()
        times += conversation.handoffs
        times += [at for _, at in conversation.outcomes]
        times += [at for at in (conversation.header_at, conversation.rated_at) if at is not None]
        return max(times)

    @property
    def latencies(self) -> list[float]:
        """Milliseconds: as told, else from a question to what was first said to it, if the bot did.

        Of two that carry one time nobody knows how long the answer took.
        """
        found = []
        question, nobody_spoke_yet = None, False
        for message in self.messages:
            if message.role == "user":
                question, nobody_spoke_yet = message, True
            if message.role == "assistant" and message.latency_ms is not None:
                found.append(float(message.latency_ms))
            elif message.role == "assistant" and question is not None and nobody_spoke_yet:
                latency = (message.created_at - question.created_at) / MILLISECOND
                found += [latency] if latency > 0 else []
            if message.role in SPOKEN_TO_THE_USER:
                nobody_spoke_yet = False
        return found

    @property
    def outcome_names(self) -> set[str]:
        return {name for name, _ in self.conversation.outcomes}

    def outcome_values(self, name: str | None = None) -> list[float]:
        """One value for each outcome record (of that name); a record without a value counts as 0."""
        return [
            value or 0.0
            for (recorded, _), value in self.conversation.outcomes.items()
            if name is None or recorded == name
        ]

    def votes(self, value: str) -> int:
        return list(self.conversation.votes.values()).count(value)


def signal_of_rating(score: int) -> str:
    return GOOD if score >= 4 else NEUTRAL if score == 3 else BAD
