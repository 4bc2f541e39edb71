"""From the events of one company, in order of arrival, to its conversations.

Written from the definitions alone, in the most obvious way. Slow is fine; nothing here imports botlens.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

Event = dict


@dataclass
class Message:
    id: str
    role: str
    content: str
    created_at: datetime
    sequence: int
    confidence_score: float | None
    fallback: bool
    session_id: str
    language: str
    channel: str
    latency_ms: float | None = None


@dataclass
class Conversation:
    chatbot_id: str
    id: str
    start: datetime
    session_id: str  # "" when unknown
    language: str  # "und" when unknown
    channel: str  # "" when unknown
    messages: list[Message]  # in order
    votes: dict[str, str] = field(default_factory=dict)  # message id -> "positive" | "negative"
    rating: int | None = None
    handoffs: set[datetime] = field(default_factory=set)
    outcomes: dict[tuple[str, datetime], float | None] = field(default_factory=dict)  # (name, time) -> value
    test: bool = False
    header_at: datetime | None = None  # the time that its own record says, if it says one
    voted_at: dict[str, datetime] = field(default_factory=dict)  # message id -> time of its winning vote
    rated_at: datetime | None = None


def instant(text: str) -> datetime:
    """An ISO 8601 time with an offset, as an instant."""
    moment = datetime.fromisoformat(text)
    assert moment.utcoffset() is not None, text
    return moment.astimezone(UTC)


def language_code(text: str | None) -> str:
    """`en_us` is `en-US`, `zh-HANT` is `zh-Hant`; a text that is no code is what it is."""
    parts = (text or "").replace("_", "-").split("-")
    well_formed = all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts)
    if not (well_formed and parts[0].isalpha() and 2 <= len(parts[0]) <= 3):
        return text or ""
    written = []
    for part in parts:
        after_a_single_letter = any(len(before) == 1 for before in written)
        if written and len(part) == 2 and not after_a_single_letter:
            written.append(part.upper())
        elif written and len(part) == 4 and part.isalpha() and not after_a_single_letter:
            written.append(part.capitalize())
        else:
            written.append(part.lower())
    return "-".join(written)


def winners(events: Iterable[Event], identity) -> dict[tuple, Event]:
    """The highest revision wins, then the later arrival. The winner replaces the whole event."""
    won: dict[tuple, Event] = {}
    for event in events:
        key = identity(event)
        if key not in won or (event.get("revision") or 0) >= (won[key].get("revision") or 0):
            won[key] = event
    return won


def standing(events: list[Event]) -> list[Event]:
    """The events without those that are taken back, whichever came first, and without the deletions.

    A conversation's deletion takes all of it, for good. Those of messages, votes and ratings take what has
    their revision or a lower one; with a message goes the vote on it.
    """
    deletions = [(deletion["of"], deletion) for deletion in of_type(events, "deletion")]
    gone = {conversation_of(deletion) for of, deletion in deletions if of == "conversation"}
    up_to: dict[tuple, int] = {}
    for of, deletion in deletions:
        for kind in ("message", "feedback") if of == "message" else (of,):
            name = (kind, *conversation_of(deletion), deletion.get("message_id"))
            up_to[name] = max(up_to.get(name, 0), deletion.get("revision") or 0)

    def stands(event: Event) -> bool:
        conversation_id = event["id"] if event["type"] == "conversation" else event["conversation_id"]
        message_id = event["id"] if event["type"] == "message" else event.get("message_id")
        name = (event["type"], event["chatbot_id"], conversation_id, message_id)
        return name[1:3] not in gone and (name not in up_to or (event.get("revision") or 0) > up_to[name])

    return [event for event in events if event["type"] != "deletion" and stands(event)]


def of_type(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["type"] == kind]


def winning_messages(events: list[Event]) -> dict[tuple, list[Message]]:
    """(chatbot, conversation) -> its messages in the order (created_at, sequence, id)."""
    won = winners(
        of_type(events, "message"), lambda event: (event["chatbot_id"], event["conversation_id"], event["id"])
    )
    threads: dict[tuple, list[Message]] = {}
    for (chatbot_id, conversation_id, _), event in won.items():
        message = Message(
            id=event["id"],
            role=event["role"],
            content=event["content"],
            created_at=instant(event["created_at"]),
            sequence=event.get("sequence") or 0,
            confidence_score=event.get("confidence_score"),
            fallback=bool(event.get("fallback")),
            session_id=event.get("session_id") or "",
            language=language_code(event.get("language")),
            channel=event.get("channel") or "",
            latency_ms=event.get("latency_ms"),
        )
        threads.setdefault((chatbot_id, conversation_id), []).append(message)
    for thread in threads.values():
        # Python compares strings by code point, which is the order that is meant.
        thread.sort(key=lambda message: (message.created_at, message.sequence, message.id))
    return threads


def first_non_empty(values: Iterable[str | None]) -> str:
    for value in values:
        if value:
            return value
    return ""


def conversations(events: list[Event]) -> list[Conversation]:
    """All conversations that count: without test traffic, in the order (chatbot, start, id)."""
    return [conversation for conversation in started_conversations(events) if not conversation.test]


def started_conversations(events: list[Event]) -> list[Conversation]:
    """All conversations that have started, test traffic too, in the order (chatbot, start, id)."""
    events = standing(events)
    threads = winning_messages(events)
    headers = winners(
        of_type(events, "conversation"), lambda event: (event["chatbot_id"], event["id"])
    )  # what the bot said about the conversation itself
    votes = winning_votes(events)
    ratings = winning_ratings(events)
    handoffs = distinct_handoffs(events)
    outcomes = winning_outcomes(events)

    found = []
    for key in set(threads) | set(headers):
        header = headers.get(key, {})
        thread = threads.get(key, [])
        header_at = None if header.get("created_at") is None else instant(header["created_at"])
        if header_at is not None:
            start = header_at
        elif thread:
            start = min(message.created_at for message in thread)
        else:
            continue  # nobody knows when it started: it does not exist (yet)
        chatbot_id, conversation_id = key
        found.append(
            Conversation(
                chatbot_id=chatbot_id,
                id=conversation_id,
                start=start,
                session_id=first_non_empty([header.get("session_id"), *(m.session_id for m in thread)]),
                language=first_non_empty(
                    [language_code(header.get("language")), *(m.language for m in thread)]
                )
                or "und",
                channel=first_non_empty([header.get("channel"), *(m.channel for m in thread)]),
                messages=thread,
                votes={message_id: value for message_id, (_, value) in votes.get(key, {}).items()},
                rating=ratings[key][1] if key in ratings else None,
                handoffs=handoffs.get(key, set()),
                outcomes=outcomes.get(key, {}),
                test=header.get("test") is True,
                header_at=header_at,
                voted_at={message_id: at for message_id, (at, _) in votes.get(key, {}).items()},
                rated_at=ratings[key][0] if key in ratings else None,
            )
        )
    return sorted(
        found, key=lambda conversation: (conversation.chatbot_id, conversation.start, conversation.id)
    )


def conversation_of(event: Event) -> tuple[str, str]:
    return (event["chatbot_id"], event["conversation_id"])


def winning_votes(events: list[Event]) -> dict[tuple, dict[str, tuple[datetime, str]]]:
    """The vote on each message, with its time: of the highest revision the latest.

    Of two at the same instant it is the negative one.
    """
    best: dict[tuple, dict[str, tuple]] = {}
    for event in of_type(events, "feedback"):
        value = event["value"]
        candidate = (event.get("revision") or 0, instant(event["created_at"]), value == "negative", value)
        votes = best.setdefault(conversation_of(event), {})
        message_id = event["message_id"]
        votes[message_id] = max(votes.get(message_id, candidate), candidate)
    return {
        key: {message_id: (at, value) for message_id, (_, at, _, value) in votes.items()}
        for key, votes in best.items()
    }


def winning_ratings(events: list[Event]) -> dict[tuple, tuple[datetime, int]]:
    """The rating of each conversation, with its time: of the highest revision the latest.

    Of two at the same instant it is the lower one.
    """
    best: dict[tuple, tuple] = {}
    for event in of_type(events, "rating"):
        key = conversation_of(event)
        candidate = (event.get("revision") or 0, instant(event["created_at"]), -event["score"])
        best[key] = max(best.get(key, candidate), candidate)
    return {key: (at, -negated) for key, (_, at, negated) in best.items()}


def distinct_handoffs(events: list[Event]) -> dict[tuple, set[datetime]]:
    """One handoff per conversation and instant."""
    found: dict[tuple, set[datetime]] = {}
    for event in of_type(events, "handoff"):
        found.setdefault(conversation_of(event), set()).add(instant(event["created_at"]))
    return found


def winning_outcomes(events: list[Event]) -> dict[tuple, dict[tuple[str, datetime], float | None]]:
    """One outcome per conversation, name and instant: the higher value wins, and null is the lowest."""
    found: dict[tuple, dict[tuple[str, datetime], float | None]] = {}
    for event in of_type(events, "outcome"):
        outcomes = found.setdefault(conversation_of(event), {})
        name_and_time = (event["name"], instant(event["created_at"]))
        known, value = outcomes.get(name_and_time), event.get("value")
        if known is None or (value is not None and value > known):
            outcomes[name_and_time] = value
    return found


def is_unanswered(message: Message, threshold: float) -> bool:
    low = message.confidence_score is not None and message.confidence_score < threshold
    return message.role == "assistant" and (message.fallback or low)


def unanswered_messages(conversation: Conversation, threshold: float) -> list[Message]:
    return [message for message in conversation.messages if is_unanswered(message, threshold)]


def unanswered_questions(conversation: Conversation, threshold: float) -> list[Message]:
    """For each unanswered assistant message the last user message before it, if there is one.

    Two unanswered messages after one question name it twice.
    """
    questions = []
    for position, message in enumerate(conversation.messages):
        if is_unanswered(message, threshold):
            earlier = [before for before in conversation.messages[:position] if before.role == "user"]
            if earlier:
                questions.append(earlier[-1])
    return questions
