"""Generated histories in which visitors talk with a bot, come back and say what they thought of it.

Gaps of exactly a day or three days, questions in nearly the same words, votes and ratings that follow each
other closely, handoffs, agents, outcomes and latencies happen often.
"""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.oracle.strategies import (
    CHATBOTS,
    MESSAGES,
    OUTCOMES,
    anchors,
    any_event,
    chatbots,
    moments,
    written,
)

IDS = ["c1", "C1", "c2", "ü", "10", "9", "c3", "c4", "c5", "c6"]
VISITORS = ["s1"] * 8 + ["S1", None, ""]
LIKE_EACH_OTHER = [
    [
        "Reset my password now?",
        "reset my PASSWORD today",  # three of five words are those of the one above: just near enough
        "reset my password, please today",  # near the second (4 of 5), not the first (3 of 6)
    ],
    ["Where is my order?", "where's my order", "Where is my order?!"],
]
OTHERS = [
    "Hello",
    "hello!",
    "¿Qué?",
    "-",  # a question without words
    "?!",  # without a normal form
    "",
]
SCORES = [None, 0.0, 0.19999, 0.2, 0.39999, 0.4, 0.6, 0.8, 1.0]

_SPECK = timedelta(microseconds=1)
_DAY = timedelta(hours=24)
_COMES_BACK_AFTER = [
    timedelta(0),
    timedelta(hours=1),
    *[_DAY - _SPECK, _DAY, _DAY, _DAY, _DAY + _SPECK],
    timedelta(hours=48),
    *[timedelta(hours=72), timedelta(hours=72), timedelta(hours=72) + _SPECK],
    timedelta(days=7),
]
_NEXT_MESSAGE_AFTER = [
    timedelta(0),
    timedelta(milliseconds=1, microseconds=500),
    timedelta(seconds=2),
    timedelta(seconds=2),
    timedelta(minutes=5),
    timedelta(minutes=5),
    _DAY - _SPECK,
    _DAY,
]
_SAID_AFTER = [timedelta(0), timedelta(0), timedelta(0), _SPECK, -timedelta(seconds=2)]


@st.composite
def _message(draw, said: dict, turn: str, texts: list[str]) -> dict:
    """Mostly of the one whose turn it is."""
    role = draw(st.sampled_from([turn] * 6 + ["user", "assistant", "assistant", "agent", "agent", "system"]))
    event = {"type": "message", **said, "role": role, "content": draw(st.sampled_from(texts))}
    if role == "assistant":
        event["confidence_score"] = draw(st.sampled_from(SCORES))
        event["fallback"] = draw(st.sampled_from([False, False, False, True]))
        event["latency_ms"] = draw(st.sampled_from([None, None, None, 0, 850, 2.5, 30_000]))
    if draw(st.booleans()):
        event["sequence"] = draw(st.integers(-1, 2))
    return event


@st.composite
def _plain_talk(draw, where: dict, start: datetime, texts: list[str]) -> tuple[list[dict], datetime]:
    """A question of a known visitor and an answer to it, of which nobody said anything."""
    end = start + draw(st.sampled_from(_NEXT_MESSAGE_AFTER))
    said = {"type": "message", **where, "content": draw(st.sampled_from(texts)), "session_id": "s1"}
    question = {**said, "id": "10", "role": "user", "created_at": written(start, None)}
    return [question, {**said, "id": "9", "role": "assistant", "created_at": written(end, None)}], end


@st.composite
def _signals(draw, where: dict, message_ids: list[str], at: datetime) -> list[dict]:
    """Votes, a rating, a handoff and outcomes, all of them close to one instant."""
    soon = st.sampled_from(_SAID_AFTER).map(lambda after: written(at + after, None))
    vote = st.fixed_dictionaries(
        {
            "type": st.just("feedback"),
            "message_id": st.sampled_from(message_ids),
            "value": st.sampled_from(["positive", "negative"]),
        }
    )
    rating = st.fixed_dictionaries({"type": st.just("rating"), "score": st.integers(1, 5)})
    handoff = st.just({"type": "handoff"})
    outcome = st.fixed_dictionaries(
        {
            "type": st.just("outcome"),
            "name": st.sampled_from(OUTCOMES),
            "value": st.sampled_from([None, -5.0, 0.0, 12.5, 100.0]),
        }
    )
    any_signal = st.sampled_from([vote, vote, vote, rating, rating, rating, outcome, outcome, handoff])
    signals = draw(st.lists(any_signal.flatmap(lambda kind: kind), max_size=3))
    return [{**signal, **where, "created_at": draw(soon)} for signal in signals]


@st.composite
def _header(draw, where: dict, start: datetime, visitor: str | None) -> dict:
    own_times = [start, start - _SPECK, start + timedelta(hours=1)]  # also after what was said
    return {
        "type": "conversation",
        "chatbot_id": where["chatbot_id"],
        "id": where["conversation_id"],
        "created_at": draw(st.sampled_from([None, *(written(time, None) for time in own_times)])),
        "session_id": visitor,
        "language": draw(st.sampled_from([None, "en", "EN", "de", "pt-BR", "pt_BR"])),
        "channel": draw(st.sampled_from([None, "web", "whatsapp"])),
        "test": draw(st.sampled_from([False] * 9 + [True])),
    }


@st.composite
def _talk(draw, where: dict, start: datetime, texts: list[str]) -> tuple[list[dict], datetime]:
    """The events of one conversation, and when it ended."""
    visitor = draw(st.sampled_from(VISITORS))
    ids = draw(st.permutations(MESSAGES))[: draw(st.sampled_from([0, 1, 2, 3, 4, 4, 5, 6]))]
    events, at = [], start
    for place, message_id in enumerate(ids):
        if place > 0:
            at += draw(st.sampled_from(_NEXT_MESSAGE_AFTER))
        said = {**where, "id": message_id, "created_at": written(at, None), "session_id": visitor}
        events.append(draw(_message(said, ("user", "assistant")[place % 2], texts)))
    if not ids or draw(st.booleans()):
        events.append(draw(_header(where, start, visitor)))
    return events + draw(_signals(where, ids or MESSAGES, at)), at


@st.composite
def visits(draw, near=None) -> list[dict]:
    """Events of one company: conversations after and beside each other, then updates and noise.

    They begin at one of the instants of `near`, where clocks or days change if it is not said.
    """
    at = draw(anchors() if near is None else near) + draw(
        st.sampled_from([timedelta(0), -_SPECK, -timedelta(hours=5)])
    )
    others = draw(st.lists(st.sampled_from(OTHERS), max_size=2))
    texts = [*draw(st.sampled_from(LIKE_EACH_OTHER)), *others]
    events: list[dict] = []
    for conversation_id in draw(st.permutations(IDS))[: draw(st.sampled_from([0, 2, 4, 6, 8, 10]))]:
        chatbot_id = draw(st.sampled_from([CHATBOTS[0]] * 6 + [CHATBOTS[1]]))
        where = {"chatbot_id": chatbot_id, "conversation_id": conversation_id}
        kind = draw(st.sampled_from([_talk, _talk, _plain_talk]))
        talk, end = draw(kind(where, at, texts))
        events += talk
        at = draw(st.sampled_from([end, end, at])) + draw(st.sampled_from(_COMES_BACK_AFTER))
    if not events:
        return events
    instants = [datetime.fromisoformat(event["created_at"]) for event in events if event["created_at"]]
    noise = any_event(instants or [at], IDS, texts)
    events += draw(st.lists(noise, max_size=4))
    events += [dict(event) for event in draw(st.lists(st.sampled_from(events), max_size=3))]
    return events[::-1] if draw(st.booleans()) else events


def nows(events: list[dict]):
    """Instants for `now`: near the events, or so long after all of them that most is decided."""
    times = [datetime.fromisoformat(event["created_at"]) for event in events if event.get("created_at")]
    if not times:
        return moments()
    later = st.sampled_from([timedelta(0), _SPECK, _DAY, timedelta(hours=72), timedelta(days=8)])
    return moments(near=events) | later.map(lambda wait: max(times) + wait)


@st.composite
def local_chatbots(draw) -> list[dict]:
    """The records of both chatbots; some have a time zone of their own."""
    zone = st.sampled_from([None, None, "Asia/Kathmandu", "America/St_Johns"])
    return [{**chatbot, "timezone": draw(zone)} for chatbot in draw(chatbots())]
