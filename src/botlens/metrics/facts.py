"""From the records of one conversation to its facts: the one place where raw events get their meaning.

`derive` turns what is known of a conversation into `Facts`: one row from which every figure, list and
drill-down is counted.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter

from msgspec import Struct, field

from botlens.events.question import asked_again
from botlens.events.record import AGENT, ASSISTANT, FEEDBACK, USER, Record
from botlens.metrics.conversation import ConversationState
from botlens.metrics.repeated import many_asked_again
from botlens.moments import DAY

DEFINITION_VERSION = 3
"""Raised whenever `derive` changes its mind: stores that hold older facts derive them anew at start."""

DEFAULT_CONFIDENCE_THRESHOLD = 0.2
UNKNOWN_LANGUAGE = "und"

FEW_QUESTIONS = 24  # are fastest compared each with each

_session_id, _language, _channel = map(attrgetter, ("session_id", "language", "channel"))


NO_SIGNAL, BAD, NEUTRAL, GOOD = 0, 1, 2, 3
"""What a conversation's last vote or rating said, if it had any; of two at one moment the smaller counts."""


class Facts(Struct, gc=False):
    """All that is counted of one conversation. Times in microseconds since 1970, UTC.

    `counted` is false for a conversation that no number shows: a test, or one that has not started (nothing
    but votes, say). `newest_at` is the latest time that any of its events tells. `scored` is the number of
    assistant messages that carry a score or a fallback flag, so that a rate over them can say what it left
    out. `engaged`: the user wrote again after the bot's first answer. `ended_unanswered`: the last user
    message got no answer, or an unanswered one as the last. `longest_pause` is the longest time that passed
    before a user message since the message before it. `questions` are the user messages in order: their
    normal forms, their texts, how many unanswered assistant messages each one got, and whether (1 or 0) each
    is near-identical to an earlier one. `latencies` are milliseconds.
    """

    chatbot_id: str
    conversation_id: str
    counted: bool
    test: bool
    started_at: int
    ended_at: int
    newest_at: int
    session_id: str
    language: str
    channel: str
    messages: int = 0
    user_messages: int = 0
    assistant_messages: int = 0
    agent_messages: int = 0
    scored: int = 0
    unanswered: int = 0
    fallbacks: int = 0
    lowest_confidence: float | None = None
    engaged: bool = False
    ended_unanswered: bool = field(default=False, name="left")  # as stored: a new name is a new layout
    longest_pause: int = 0
    positive: int = 0
    negative: int = 0
    rating: int = 0
    last_signal: int = NO_SIGNAL
    handoffs: int = 0
    questions: list[str] = field(default_factory=list)
    question_texts: list[str] = field(default_factory=list)
    question_unanswered: list[int] = field(default_factory=list)
    question_again: list[int] = field(default_factory=list)
    outcome_names: list[str] = field(default_factory=list)
    outcome_values: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    @property
    def day(self) -> int:
        """The UTC day of the start, in days since 1970: where the store keeps these facts."""
        return self.started_at // DAY


def is_unanswered(message: Record, threshold: float) -> bool:
    """A bot's answer below the threshold, or one that is marked as a fallback. No score is not low."""
    return message.role == ASSISTANT and (
        message.fallback or (message.confidence is not None and message.confidence < threshold)
    )


def derive(chatbot_id: str, conversation_id: str, state: ConversationState, threshold: float) -> Facts:
    """The facts of one conversation, a pure function of its winning records and the chatbot's threshold."""
    facts = spoken(chatbot_id, conversation_id, state.header, state.in_order(), threshold)
    facts.question_again = repeated_questions(facts.questions)
    if state.votes or state.rating or state.handoffs or state.outcomes:
        _add_signals(facts, state)
    return facts


def repeated_questions(forms: Sequence[str]) -> list[int]:
    """For each normal form of a conversation 1 if it is near-identical to an earlier one, else 0."""
    return (many_asked_again if len(forms) > FEW_QUESTIONS else asked_again)(forms)


def spoken(
    chatbot_id: str, conversation_id: str, header: Record | None, messages: list[Record], threshold: float
) -> Facts:
    """What the header and messages in order tell, but for `question_again`."""
    started_at = start_of(header, messages[0].created_at if messages else None)
    ended_at = max(messages[-1].created_at or 0, started_at or 0) if messages else started_at or 0
    test = header is not None and header.test
    asked = [message for message in messages if message.role == USER]
    facts = Facts(
        chatbot_id=chatbot_id,
        conversation_id=conversation_id,
        counted=started_at is not None and not test,
        test=test,
        started_at=started_at or 0,
        ended_at=ended_at,
        newest_at=ended_at,
        session_id=_first(_session_id, header, messages),
        language=_first(_language, header, messages) or UNKNOWN_LANGUAGE,
        channel=_first(_channel, header, messages),
        messages=len(messages),
        user_messages=len(asked),
        questions=[question.question for question in asked],
        question_texts=[question.content for question in asked],
        question_unanswered=[0] * len(asked),
    )
    _listen(facts, messages, threshold)
    return facts


def _listen(facts: Facts, messages: list[Record], threshold: float) -> None:  # noqa: C901
    """What is learnt by going through the messages in order; in one loop, for every event passes here."""
    place = -1  # of the question that is open
    asked_at: int | None = None  # of a question that nobody has answered yet
    before: int | None = None
    answers = agents = scored = unanswered = fallbacks = pause = 0
    lowest: float | None = None
    for message in messages:
        at, role = message.created_at or 0, message.role
        if role == USER:
            if before is not None and at - before > pause:
                pause = at - before
            place += 1
            facts.engaged = facts.engaged or answers > 0
            facts.ended_unanswered = True
            asked_at = at
        elif role == ASSISTANT:
            answers += 1
            confidence, fallback = message.confidence, message.fallback
            if confidence is not None and (lowest is None or confidence < lowest):
                lowest = confidence
            scored += fallback or confidence is not None
            fallbacks += fallback
            if message.latency_ms is not None:
                facts.latencies.append(message.latency_ms)
            elif asked_at is not None:
                facts.latencies += latency(asked_at, at)
            asked_at = None
            missed = is_unanswered(message, threshold)
            facts.ended_unanswered = missed and place >= 0
            if missed:
                unanswered += 1
                if place >= 0:
                    facts.question_unanswered[place] += 1
        elif role == AGENT:
            agents += 1
            facts.ended_unanswered = False
            asked_at = None
        before = at
    facts.assistant_messages, facts.agent_messages, facts.scored = answers, agents, scored
    facts.unanswered, facts.fallbacks, facts.lowest_confidence = unanswered, fallbacks, lowest
    facts.longest_pause = pause


def latency(asked_at: int, answered_at: int) -> tuple[float, ...]:
    """How long an answer took that does not say so itself, in milliseconds.

    Nothing where both are of one moment: then nobody measured it, and it is unknown.
    """
    return ((answered_at - asked_at) / 1_000,) if answered_at > asked_at else ()


def _add_signals(facts: Facts, state: ConversationState) -> None:
    """What was said of the conversation, and what came of it."""
    votes = [vote.value for vote in state.votes.values()]
    facts.positive, facts.negative = votes.count(1.0), votes.count(-1.0)
    facts.rating = 0 if state.rating is None else int(state.rating.value or 0)
    facts.last_signal = _last_signal(state)
    facts.handoffs = len(state.handoffs)
    outcomes = [state.outcomes[name] for name in sorted(state.outcomes)]
    facts.outcome_names = [outcome.content for outcome in outcomes]
    facts.outcome_values = [outcome.value or 0.0 for outcome in outcomes]
    facts.newest_at = _newest(state, facts.ended_at)


def _last_signal(state: ConversationState) -> int:
    signals = [signal(vote) for vote in state.votes.values()]
    if state.rating is not None:
        signals.append(signal(state.rating))
    return -max(signals)[1] if signals else NO_SIGNAL


def signal(record: Record) -> tuple[int, int]:
    """When a vote or rating was given, and minus what it says: the last of a conversation is the largest."""
    if record.kind == FEEDBACK:
        said = GOOD if record.value == 1.0 else BAD
    else:
        score = record.value or 0.0
        said = GOOD if score >= 4 else NEUTRAL if score >= 3 else BAD
    return record.created_at or 0, -said


def start_of(header: Record | None, first: int | None) -> int | None:
    """When a conversation started: as its header says, else with its first message."""
    if header is not None and header.created_at is not None:
        return header.created_at
    return first


def _newest(state: ConversationState, ended_at: int) -> int:
    """The latest time that an event tells; the last message and the start are in `ended_at` already."""
    others = [*state.votes.values(), *state.handoffs.values(), *state.outcomes.values()]
    if state.rating is not None:
        others.append(state.rating)
    return max([ended_at, *(each.created_at or 0 for each in others)])


def _first(get: Callable[[Record], str], header: Record | None, messages: list[Record]) -> str:
    """What the conversation itself says, else the first message that says something."""
    own = get(header) if header is not None else ""
    return own or next(filter(None, map(get, messages)), "")
