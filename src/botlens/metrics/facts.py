"""From the records of one conversation to its facts: the one place where raw events get their meaning.

`ConversationState` holds the winning record of each name and can take records in any order, any number of
times. `derive` turns it into `Facts`: one row from which every figure, list and drill-down is counted.
"""

from dataclasses import dataclass, field
from operator import attrgetter

from msgspec import Struct

from botlens.events.record import (
    AGENT,
    ASSISTANT,
    CONVERSATION,
    FEEDBACK,
    HANDOFF,
    MESSAGE,
    OUTCOME,
    RATING,
    USER,
    Record,
)

DEFINITION_VERSION = 1
"""Raised whenever `derive` changes its mind: stores that hold older facts derive them anew at start."""

DEFAULT_CONFIDENCE_THRESHOLD = 0.2
UNKNOWN_LANGUAGE = "und"

_in_order = attrgetter("created_at", "sequence", "event_id")


@dataclass(slots=True)
class ConversationState:
    """The winning records of one conversation, by kind and name."""

    header: Record | None = None
    messages: dict[str, Record] = field(default_factory=dict)
    votes: dict[str, Record] = field(default_factory=dict)
    rating: Record | None = None
    handoffs: dict[str, Record] = field(default_factory=dict)
    outcomes: dict[str, Record] = field(default_factory=dict)

    def apply(self, record: Record) -> None:
        """Take one record in. Idempotent, and free of order but for the arrival numbers."""
        kind = record.kind
        if kind == MESSAGE:
            _keep(self.messages, record)
        elif kind == CONVERSATION:
            self.header = _winner(self.header, record)
        elif kind == FEEDBACK:
            _keep(self.votes, record)
        elif kind == RATING:
            self.rating = _winner(self.rating, record)
        elif kind == HANDOFF:
            _keep(self.handoffs, record)
        elif kind == OUTCOME:
            _keep(self.outcomes, record)

    def copy(self) -> "ConversationState":
        """A copy that can take records without changing this one (records themselves never change)."""
        return ConversationState(
            self.header,
            self.messages.copy(),
            self.votes.copy(),
            self.rating,
            self.handoffs.copy(),
            self.outcomes.copy(),
        )


def _keep(records: dict[str, Record], record: Record) -> None:
    records[record.event_id] = _winner(records.get(record.event_id), record)


def _winner(old: Record | None, new: Record) -> Record:
    if old is None:
        return new
    return new if (new.rank, new.arrival) >= (old.rank, old.arrival) else old


class Facts(Struct, array_like=True, gc=False):
    """All that is counted of one conversation. Times in microseconds since 1970, UTC.

    `counted` is false for a conversation that no number shows: a test, or one that has not started (nothing
    but votes, say). `questions` are the user messages in order: their normal forms, their texts and how many
    unanswered assistant messages each one got. `answered` is the number of assistant messages that carry a
    score or a fallback flag, so that a rate over them can say what it left out.
    """

    chatbot_id: str
    conversation_id: str
    counted: bool
    test: bool
    started_at: int
    ended_at: int
    session_id: str
    language: str
    channel: str
    messages: int
    user_messages: int
    assistant_messages: int
    agent_messages: int
    scored: int
    unanswered: int
    fallbacks: int
    positive: int
    negative: int
    rating: int
    handoffs: int
    questions: list[str]
    question_texts: list[str]
    question_unanswered: list[int]
    outcome_names: list[str]
    outcome_values: list[float]
    latencies: list[float]


def is_unanswered(message: Record, threshold: float) -> bool:
    """A bot's answer below the threshold, or one that is marked as a fallback. No score is not low."""
    return message.role == ASSISTANT and (
        message.fallback or (message.confidence is not None and message.confidence < threshold)
    )


def derive(chatbot_id: str, conversation_id: str, state: ConversationState, threshold: float) -> Facts:
    """The facts of one conversation, a pure function of its winning records and the chatbot's threshold."""
    messages = sorted(state.messages.values(), key=_in_order)
    header = state.header
    roles = [message.role for message in messages]
    asked = [message for message in messages if message.role == USER]
    unanswered_by_question, unanswered = _unanswered(messages, len(asked), threshold)
    votes = [vote.value for vote in state.votes.values()]
    answers = [message for message in messages if message.role == ASSISTANT]
    outcomes = [state.outcomes[name] for name in sorted(state.outcomes)]
    started_at = _start(header, messages)
    test = header is not None and header.test
    return Facts(
        chatbot_id=chatbot_id,
        conversation_id=conversation_id,
        counted=started_at is not None and not test,
        test=test,
        started_at=started_at or 0,
        ended_at=_end(messages, started_at),
        session_id=_first("session_id", header, messages),
        language=_first("language", header, messages) or UNKNOWN_LANGUAGE,
        channel=_first("channel", header, messages),
        messages=len(messages),
        user_messages=len(asked),
        assistant_messages=len(answers),
        agent_messages=roles.count(AGENT),
        scored=sum(1 for answer in answers if answer.fallback or answer.confidence is not None),
        unanswered=unanswered,
        fallbacks=sum(1 for answer in answers if answer.fallback),
        positive=votes.count(1.0),
        negative=votes.count(-1.0),
        rating=0 if state.rating is None else int(state.rating.value or 0),
        handoffs=len(state.handoffs),
        questions=[message.question for message in asked],
        question_texts=[message.content for message in asked],
        question_unanswered=unanswered_by_question,
        outcome_names=[outcome.content for outcome in outcomes],
        outcome_values=[outcome.value or 0.0 for outcome in outcomes],
        latencies=[answer.latency_ms for answer in answers if answer.latency_ms is not None],
    )


def _unanswered(messages: list[Record], questions: int, threshold: float) -> tuple[list[int], int]:
    """How many unanswered answers each question got, and how many there are in all."""
    by_question = [0] * questions
    current, total = -1, 0
    for message in messages:
        if message.role == USER:
            current += 1
        elif is_unanswered(message, threshold):
            total += 1
            if current >= 0:
                by_question[current] += 1
    return by_question, total


def _start(header: Record | None, messages: list[Record]) -> int | None:
    if header is not None and header.created_at is not None:
        return header.created_at
    return messages[0].created_at if messages else None


def _end(messages: list[Record], started_at: int | None) -> int:
    last = messages[-1].created_at if messages else None
    return max(last or 0, started_at or 0)


def _first(name: str, header: Record | None, messages: list[Record]) -> str:
    """What the conversation itself says, else the first message that says something."""
    own: str = getattr(header, name) if header is not None else ""
    return own or next((value for message in messages if (value := getattr(message, name))), "")
