"""From the records of one conversation to its facts: the one place where raw events get their meaning.

`ConversationState` holds the winning record of each name and can take records in any order, any number of
times. `derive` turns it into `Facts`: one row from which every figure, list and drill-down is counted.
"""

from collections.abc import Callable, Iterable
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
    TAKEN_BACK_BY,
    USER,
    Record,
)
from botlens.metrics.repeated import many_asked_again
from botlens.moments import DAY

DEFINITION_VERSION = 3
"""Raised whenever `derive` changes its mind: stores that hold older facts derive them anew at start."""

DEFAULT_CONFIDENCE_THRESHOLD = 0.2
UNKNOWN_LANGUAGE = "und"

_FEW_QUESTIONS = 24  # are fastest compared each with each

in_order = attrgetter("created_at", "sequence", "event_id")
"""What the messages of a conversation are sorted by."""

_standing = attrgetter("precedence", "rank", "arrival")

_session_id, _language, _channel = map(attrgetter, ("session_id", "language", "channel"))


RecordName = tuple[int, str]
"""(kind, event id): what a record is called inside its conversation."""


class ConversationState(Struct, gc=False):
    """The winning records of one conversation, by kind and name. Nothing in it can be part of a cycle.

    A conversation that is `deleted` stays so and holds nothing, whatever comes before or after its deletion.
    `taken_back` has the highest revision at which something was deleted by itself, whether it was ever there
    or not: of that name, nothing of this revision or a lower one is held.
    """

    header: Record | None = None
    messages: dict[str, Record] = field(default_factory=dict)
    votes: dict[str, Record] = field(default_factory=dict)
    rating: Record | None = None
    handoffs: dict[str, Record] = field(default_factory=dict)
    outcomes: dict[str, Record] = field(default_factory=dict)
    deleted: bool = False
    taken_back: dict[RecordName, int] = field(default_factory=dict)

    def apply(self, record: Record) -> None:
        """Take one record in. Idempotent, and free of order but for the arrival numbers."""
        kind = record.kind
        if self.deleted or (self.taken_back and self.drops(record)):
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
            self.taken_back = {}
            self.deleted = True
        elif kind in TAKEN_BACK_BY:
            self._take_back(TAKEN_BACK_BY[kind], record.event_id, record.rank)

    def _take_back(self, kind: int, name: str, revision: int) -> None:
        self.taken_back[kind, name] = revision
        if kind == MESSAGE:
            _drop(self.messages, name, revision)
        if kind in (MESSAGE, FEEDBACK):
            _drop(self.votes, name, revision)
        elif self.rating is not None and self.rating.revision <= revision:
            self.rating = None

    def taken_back_at(self, kind: int, name: str) -> int:
        """The highest revision at which something was taken back; -1 if it never was.

        With a message goes the vote on it.
        """
        at = self.taken_back.get((kind, name), -1)
        return max(at, self.taken_back.get((MESSAGE, name), -1)) if kind == FEEDBACK else at

    def drops(self, record: Record) -> bool:
        """Whether a record changes nothing since what it names is taken back, at its revision or above."""
        kind = TAKEN_BACK_BY.get(record.kind, record.kind)
        return record.revision <= self.taken_back_at(kind, record.event_id)

    def taken_back_among(self, records: Iterable[Record]) -> dict[RecordName, int]:
        """What some records take back, or say though it is taken back: the names, and at which revision."""
        found: dict[RecordName, int] = {}
        for record in records if self.taken_back else ():
            kind = TAKEN_BACK_BY.get(record.kind, record.kind)
            if self.drops(record):
                found[kind, record.event_id] = self.taken_back_at(kind, record.event_id)
        for kind, name in list(found):
            if kind == MESSAGE:
                found[FEEDBACK, name] = self.taken_back_at(FEEDBACK, name)
        return found

    def copy(self) -> "ConversationState":
        """The same records in a state of its own."""
        return ConversationState(
            self.header,
            self.messages.copy(),
            self.votes.copy(),
            self.rating,
            self.handoffs.copy(),
            self.outcomes.copy(),
            self.deleted,
            self.taken_back.copy(),
        )

    def in_order(self) -> list[Record]:
        """The messages in the order of the conversation."""
        return sorted(self.messages.values(), key=in_order)

    def holds(self, record: Record) -> bool:
        """Whether a record would take the place of one, or be none besides: so that it adds nothing."""
        by_kind = {
            MESSAGE: self.messages,
            FEEDBACK: self.votes,
            HANDOFF: self.handoffs,
            OUTCOME: self.outcomes,
        }
        kind = TAKEN_BACK_BY.get(record.kind)
        if kind is not None and (kind, record.event_id) in self.taken_back:
            return True
        records = by_kind.get(kind or record.kind)
        return records is None or record.event_id in records

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of it, or nothing is left."""
        said = (self.header, self.rating, self.messages, self.votes, self.handoffs, self.outcomes)
        return not any(said)

    @property
    def size(self) -> int:
        """How many records it holds, but for the header and the rating; what is taken back counts, too."""
        said = len(self.messages) + len(self.votes) + len(self.handoffs) + len(self.outcomes)
        return said + len(self.taken_back)


def _keep(records: dict[str, Record], record: Record) -> None:
    old = records.setdefault(record.event_id, record)
    if old is not record:
        records[record.event_id] = _winner(old, record)


def _winner(old: Record | None, new: Record) -> Record:
    if old is None:
        return new
    return new if _standing(new) >= _standing(old) else old


def _drop(records: dict[str, Record], name: str, revision: int) -> None:
    """Drop what has a name, unless its revision is a higher one."""
    record = records.get(name)
    if record is not None and record.revision <= revision:
        del records[name]


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
    many = len(facts.questions) > _FEW_QUESTIONS
    facts.question_again = (many_asked_again if many else asked_again)(facts.questions)
    if state.votes or state.rating or state.handoffs or state.outcomes:
        _add_signals(facts, state)
    return facts


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
