"""From the records of one conversation to its facts: the one place where raw events get their meaning.

`ConversationState` holds the winning record of each name and can take records in any order, any number of
times. `derive` turns it into `Facts`: one row from which every figure, list and drill-down is counted.
"""

from operator import attrgetter

from msgspec import Struct, field

from botlens.events.question import asked_again
from botlens.events.record import (
    AGENT,
    ASSISTANT,
    CONVERSATION,
    DELETION,
    FEEDBACK,
    HANDOFF,
    MESSAGE,
    OUTCOME,
    RATING,
    USER,
    Record,
)

DEFINITION_VERSION = 2
"""Raised whenever `derive` changes its mind: stores that hold older facts derive them anew at start."""

DEFAULT_CONFIDENCE_THRESHOLD = 0.2
UNKNOWN_LANGUAGE = "und"

_in_order = attrgetter("created_at", "sequence", "event_id")


class ConversationState(Struct, gc=False):
    """The winning records of one conversation, by kind and name. Nothing in it can be part of a cycle.

    A conversation that is `deleted` stays so and holds nothing, whatever comes before or after its deletion.
    """

    header: Record | None = None
    messages: dict[str, Record] = field(default_factory=dict)
    votes: dict[str, Record] = field(default_factory=dict)
    rating: Record | None = None
    handoffs: dict[str, Record] = field(default_factory=dict)
    outcomes: dict[str, Record] = field(default_factory=dict)
    deleted: bool = False

    def apply(self, record: Record) -> None:
        """Take one record in. Idempotent, and free of order but for the arrival numbers."""
        kind = record.kind
        if self.deleted:
            return
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
        elif kind == DELETION:
            self.header = self.rating = None
            self.messages, self.votes, self.handoffs, self.outcomes = {}, {}, {}, {}
            self.deleted = True

    def in_order(self) -> list[Record]:
        """The messages in the order of the conversation."""
        return sorted(self.messages.values(), key=_in_order)

    def copy(self) -> "ConversationState":
        """A copy that can take records without changing this one (records themselves never change)."""
        return ConversationState(
            self.header,
            self.messages.copy(),
            self.votes.copy(),
            self.rating,
            self.handoffs.copy(),
            self.outcomes.copy(),
            self.deleted,
        )


def _keep(records: dict[str, Record], record: Record) -> None:
    records[record.event_id] = _winner(records.get(record.event_id), record)


def _winner(old: Record | None, new: Record) -> Record:
    if old is None:
        return new
    return new if (new.rank, new.arrival) >= (old.rank, old.arrival) else old


NO_SIGNAL, BAD, NEUTRAL, GOOD = 0, 1, 2, 3
"""What a conversation's last vote or rating said, if it had any; of two at one moment the smaller counts."""

DAY = 86_400_000_000
"""Microseconds."""


class Facts(Struct, array_like=True, gc=False):
    """All that is counted of one conversation. Times in microseconds since 1970, UTC.

    `counted` is false for a conversation that no number shows: a test, or one that has not started (nothing
    but votes, say). `newest_at` is the latest time that any of its events tells. `scored` is the number of
    assistant messages that carry a score or a fallback flag, so that a rate over them can say what it left
    out. `engaged`: the user wrote again after the bot's first answer. `left`: the last user message got no
    answer, or an unanswered one as the last. `longest_pause` is the longest time that passed before a user
    message since the message before it. `questions` are the user messages in order: their normal forms,
    their texts, how many unanswered assistant messages each one got, and whether (1 or 0) each is
    near-identical to an earlier one. `latencies` are milliseconds.
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
    messages: int
    user_messages: int
    assistant_messages: int
    agent_messages: int
    scored: int
    unanswered: int
    fallbacks: int
    lowest_confidence: float | None
    engaged: bool
    left: bool
    longest_pause: int
    positive: int
    negative: int
    rating: int
    last_signal: int
    handoffs: int
    questions: list[str]
    question_texts: list[str]
    question_unanswered: list[int]
    question_again: list[int]
    outcome_names: list[str]
    outcome_values: list[float]
    latencies: list[float]

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
    messages = state.in_order()
    header = state.header
    walk = _Walk()
    for message in messages:
        walk.step(message, threshold)
    votes = [vote.value for vote in state.votes.values()]
    outcomes = [state.outcomes[name] for name in sorted(state.outcomes)]
    started_at = _start(header, messages)
    ended_at = max(messages[-1].created_at or 0, started_at or 0) if messages else started_at or 0
    test = header is not None and header.test
    return Facts(
        chatbot_id=chatbot_id,
        conversation_id=conversation_id,
        counted=started_at is not None and not test,
        test=test,
        started_at=started_at or 0,
        ended_at=ended_at,
        newest_at=_newest(state, ended_at),
        session_id=_first("session_id", header, messages),
        language=_first("language", header, messages) or UNKNOWN_LANGUAGE,
        channel=_first("channel", header, messages),
        messages=len(messages),
        user_messages=len(walk.questions),
        assistant_messages=walk.answers,
        agent_messages=walk.agents,
        scored=walk.scored,
        unanswered=walk.unanswered,
        fallbacks=walk.fallbacks,
        lowest_confidence=min(walk.confidences, default=None),
        engaged=walk.engaged,
        left=walk.left,
        longest_pause=walk.longest_pause,
        positive=votes.count(1.0),
        negative=votes.count(-1.0),
        rating=0 if state.rating is None else int(state.rating.value or 0),
        last_signal=_last_signal(state),
        handoffs=len(state.handoffs),
        questions=[question.question for question in walk.questions],
        question_texts=[question.content for question in walk.questions],
        question_unanswered=walk.unanswered_by_question,
        question_again=asked_again([question.question for question in walk.questions]),
        outcome_names=[outcome.content for outcome in outcomes],
        outcome_values=[outcome.value or 0.0 for outcome in outcomes],
        latencies=walk.latencies,
    )


class _Walk:
    """What is learnt of a conversation by going through its messages in order, once."""

    __slots__ = (
        "_asked_at",
        "_before",
        "agents",
        "answers",
        "confidences",
        "engaged",
        "fallbacks",
        "latencies",
        "left",
        "longest_pause",
        "questions",
        "scored",
        "unanswered",
        "unanswered_by_question",
    )

    def __init__(self) -> None:
        self.questions: list[Record] = []
        self.unanswered_by_question: list[int] = []
        self.answers = self.agents = self.scored = self.unanswered = self.fallbacks = 0
        self.confidences: list[float] = []
        self.latencies: list[float] = []
        self.engaged = self.left = False
        self.longest_pause = 0
        self._asked_at: int | None = None  # of a question that nobody has answered yet
        self._before: int | None = None

    def step(self, message: Record, threshold: float) -> None:
        at = message.created_at or 0
        role = message.role
        if role == USER:
            if self._before is not None and at - self._before > self.longest_pause:
                self.longest_pause = at - self._before
            self.questions.append(message)
            self.unanswered_by_question.append(0)
            self.engaged = self.engaged or self.answers > 0
            self.left = True
            self._asked_at = at
        elif role == ASSISTANT:
            self._answer(message, at, threshold)
            self._asked_at = None
        elif role == AGENT:
            self.agents += 1
            self.left = False
            self._asked_at = None
        self._before = at

    def _answer(self, message: Record, at: int, threshold: float) -> None:
        self.answers += 1
        if message.confidence is not None:
            self.confidences.append(message.confidence)
        if message.fallback:
            self.fallbacks += 1
        if message.fallback or message.confidence is not None:
            self.scored += 1
        if message.latency_ms is not None:
            self.latencies.append(message.latency_ms)
        elif self._asked_at is not None:
            self.latencies.append((at - self._asked_at) / 1_000)
        missed = is_unanswered(message, threshold)
        self.left = missed and bool(self.questions)
        if missed:
            self.unanswered += 1
            if self.questions:
                self.unanswered_by_question[-1] += 1


def _last_signal(state: ConversationState) -> int:
    signals = [(vote.created_at or 0, -_signal(vote)) for vote in state.votes.values()]
    if state.rating is not None:
        signals.append((state.rating.created_at or 0, -_signal(state.rating)))
    return -max(signals)[1] if signals else NO_SIGNAL


def _signal(record: Record) -> int:
    if record.kind == FEEDBACK:
        return GOOD if record.value == 1.0 else BAD
    score = record.value or 0.0
    return GOOD if score >= 4 else NEUTRAL if score >= 3 else BAD


def _start(header: Record | None, messages: list[Record]) -> int | None:
    if header is not None and header.created_at is not None:
        return header.created_at
    return messages[0].created_at if messages else None


def _newest(state: ConversationState, ended_at: int) -> int:
    """The latest time that an event tells; the last message and the start are in `ended_at` already."""
    others = [*state.votes.values(), *state.handoffs.values(), *state.outcomes.values()]
    if state.rating is not None:
        others.append(state.rating)
    return max([ended_at, *(each.created_at or 0 for each in others)])


def _first(name: str, header: Record | None, messages: list[Record]) -> str:
    """What the conversation itself says, else the first message that says something."""
    own: str = getattr(header, name) if header is not None else ""
    return own or next((value for message in messages if (value := getattr(message, name))), "")
