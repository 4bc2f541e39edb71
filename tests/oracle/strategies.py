"""Generated histories in which collisions are likely.

Few chatbots, conversations, ids, sessions and instants: ties, updates, resends and borders happen often.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as clock
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

CHATBOTS = ["bot-a", "bot-b"]
CONVERSATIONS = ["c1", "C1", "c2", "ü"]
# By code point: "10" < "9" < "M" < "m" < "ｍ" < "𝔪". By number, letter or UTF-16 unit the order would differ.
MESSAGES = ["10", "9", "M", "m", "ｍ", "𝔪"]
SESSIONS = ["s1", "s2", "S1", "", None]
LANGUAGES = ["en", "EN", "de", "pt-BR", "pt_br", "English", "und", "", None]
CHANNELS = ["web", "whatsapp", "", None]
OUTCOMES = ["appointment_booked", "lead_captured"]

_LONG = "how do I " + "very " * 17 + "precisely "  # 104 characters: what follows is never shown
TEXTS = [
    "Hello",
    "hello!",
    " HELLO ",
    "hello\n\tthere",
    "Hello   there ?!",
    "ｈｅｌｌｏ？",
    "Hello\u00a0…",
    "Straße?",
    "STRASSE",
    "strasse ; :",
    "ﬁne",
    "fine",
    "FINE,",
    "café",
    "cafe\u0301",
    "İstanbul",
    "ΌΣΟΣ",
    "όσος",
    "?!",
    "",
    "   ",
    "…",
    "¿Qué?",
    "👋🏽",
    "👋🏽 !",
    "كيف حالك؟",
    "كيف \u200fحالك",
    "hel\u00adlo\u200b ?",
    "你好。",
    "你好？！",
    "。",
    "आप कैसे हैं?",
    'it\'s 100% "quoted" \\ {x:String} -- ; DROP',
    _LONG + "change my password",
    _LONG + "change my plan",  # shown like the one above, another normal form
    _LONG.upper() + "CHANGE MY PLAN?",
    "abc " * 60,  # the cut falls just behind a space
    "長い" * 70,
]

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/New_York",
    "Africa/Casablanca",
]

# The instants at which clocks change, in UTC.
_CLOCK_CHANGES = [
    datetime(2024, 3, 31, 1, 0, tzinfo=UTC),  # Berlin, forward
    datetime(2024, 10, 27, 1, 0, tzinfo=UTC),  # Berlin, back
    datetime(2024, 3, 10, 5, 30, tzinfo=UTC),  # St. John's, forward
    datetime(2024, 11, 3, 4, 30, tzinfo=UTC),  # St. John's, back
    datetime(2024, 4, 6, 15, 0, tzinfo=UTC),  # Lord Howe, back by half an hour
    datetime(2024, 10, 5, 15, 30, tzinfo=UTC),  # Lord Howe, forward by half an hour
    datetime(2024, 4, 6, 14, 0, tzinfo=UTC),  # Chatham, back
    datetime(2024, 9, 28, 14, 0, tzinfo=UTC),  # Chatham, forward
    datetime(2024, 3, 10, 7, 0, tzinfo=UTC),  # New York, forward
    datetime(2024, 11, 3, 6, 0, tzinfo=UTC),  # New York, back
    datetime(2024, 3, 10, 2, 0, tzinfo=UTC),  # Casablanca, back for Ramadan
    datetime(2024, 4, 14, 2, 0, tzinfo=UTC),  # Casablanca, forward after Ramadan
    datetime(2012, 3, 25, 1, 0, tzinfo=UTC),  # Berlin, forward, long ago
]
# Days at whose local midnight more than a day begins, in some zone or other.
_BORDER_DAYS = [
    date(2024, 4, 1),  # a Monday, and the first of a month
    date(2024, 3, 31),  # 23 hours long in Berlin
    date(2024, 10, 27),  # 25 hours long in Berlin
    date(2024, 3, 1),  # after the leap day
    date(2025, 1, 1),  # a new year in the middle of a week
    date(2029, 12, 31),  # a Monday whose week is in two years
    date(2015, 6, 15),
]
_MIDNIGHTS = [
    datetime.combine(day, clock.min, ZoneInfo(zone)).astimezone(UTC) for day in _BORDER_DAYS for zone in ZONES
]
_STEPS = [
    timedelta(microseconds=1),
    timedelta(milliseconds=1),
    timedelta(seconds=1),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=5),  # the same day here, another one there
    timedelta(hours=11),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=29),
    timedelta(days=30),
]
_DELTAS = [timedelta(0), *_STEPS, *(-step for step in _STEPS)]

_OFFSETS = [
    timezone(timedelta(hours=5, minutes=45)),
    timezone(-timedelta(hours=3, minutes=30)),
    timezone(timedelta(hours=14)),
    UTC,
]


def zones():
    return st.sampled_from(ZONES)


def anchors():
    """Instants at which more than a moment begins: clocks change, days, weeks, months and years do."""
    return st.sampled_from(_CLOCK_CHANGES) | st.sampled_from(_MIDNIGHTS)


def _strays():
    """Now and then a time from anywhere, or from before most systems were born."""
    anywhere = st.datetimes(datetime(2012, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
    return anywhere | st.sampled_from(
        [datetime(1975, 5, 5, 5, 5, 5, 555555, tzinfo=UTC), datetime(1975, 12, 31, 23, 59, 59, tzinfo=UTC)]
    )


def _around(times: list[datetime]):
    near = st.builds(lambda time, delta: time + delta, st.sampled_from(times), st.sampled_from(_DELTAS))
    return st.integers(0, 19).flatmap(lambda dice: _strays() if dice == 19 else near)


def moments(near: Iterable[dict] = ()):
    """Instants for `now` and for the ends of a window; with `near`, mostly close to those events' times."""
    times = [
        datetime.fromisoformat(event["created_at"]).astimezone(UTC)
        for event in near
        if event.get("created_at") is not None
    ]
    if times:
        return _around(times)
    return anchors().flatmap(lambda anchor: _around([anchor]))


def written(moment: datetime, offset) -> str:
    """The instant as ISO 8601 text; None writes `Z`."""
    if offset is None:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return moment.astimezone(offset).isoformat()


def _times(instants: list[datetime]):
    """A few instants, shared by all the events of a history, each written in one of many ways."""
    return st.builds(written, st.sampled_from(instants), st.sampled_from([None, *_OFFSETS]))


def _named(kind: str, **fields):
    chatbot_ids = st.sampled_from([CHATBOTS[0], CHATBOTS[0], CHATBOTS[1]])
    return {"type": st.just(kind), "chatbot_id": chatbot_ids, **fields}


def _messages(times, threads, texts):
    return st.fixed_dictionaries(
        _named(
            "message",
            conversation_id=threads,
            id=st.sampled_from(MESSAGES),
            role=st.sampled_from(
                ["user", "user", "user", "user", "assistant", "assistant", "assistant", "agent", "system"]
            ),
            content=texts,
            created_at=times,
        ),
        optional={
            "sequence": st.integers(-1, 2),
            "confidence_score": st.sampled_from([0.19999, 0.0, 0.2, None, 0.5, 1.0]),
            "fallback": st.booleans(),
            "latency_ms": st.sampled_from([0, 1, 850, 30_000]),
            "session_id": st.sampled_from(SESSIONS),
            "language": st.sampled_from(LANGUAGES),
            "channel": st.sampled_from(CHANNELS),
            "revision": st.integers(0, 2),
            "metadata": st.sampled_from([{}, {"model": "m-1"}]),
        },
    )


def _conversations(times, threads):
    return st.fixed_dictionaries(
        _named("conversation", id=threads),
        optional={
            "created_at": st.none() | times,
            "session_id": st.sampled_from(SESSIONS),
            "language": st.sampled_from(LANGUAGES),
            "channel": st.sampled_from(CHANNELS),
            "test": st.sampled_from([False, False, False, True]),
            "revision": st.integers(0, 2),
            "metadata": st.sampled_from([{}, {"campaign": "spring"}]),
        },
    )


def _feedback(times, threads):
    return st.fixed_dictionaries(
        _named(
            "feedback",
            conversation_id=threads,
            message_id=st.sampled_from(MESSAGES),
            value=st.sampled_from(["positive", "negative"]),
            created_at=times,
        ),
        optional={"comment": st.sampled_from([None, "", "thanks"]), "revision": st.integers(0, 2)},
    )


def _ratings(times, threads):
    return st.fixed_dictionaries(
        _named(
            "rating",
            conversation_id=threads,
            score=st.integers(1, 5),
            created_at=times,
        ),
        optional={"revision": st.integers(0, 2)},
    )


def _deletions(times, threads):
    """Of messages and votes mostly; now and then of a whole conversation, after which nothing can happen."""
    fields = {"conversation_id": threads, "created_at": times}
    of_messages = st.fixed_dictionaries(
        _named(
            "deletion",
            **fields,
            of=st.sampled_from(["message", "message", "feedback"]),
            message_id=st.sampled_from(MESSAGES),
        ),
        optional={"revision": st.integers(0, 2)},
    )
    others = st.fixed_dictionaries(
        _named("deletion", **fields, of=st.sampled_from(["rating", "rating", "rating", "conversation"])),
        optional={"revision": st.integers(0, 2)},
    )
    return st.integers(0, 4).flatmap(lambda dice: others if dice == 4 else of_messages)


def _handoffs(times, threads):
    return st.fixed_dictionaries(
        _named("handoff", conversation_id=threads, created_at=times),
        optional={"reason": st.sampled_from([None, "asked for a human", "low confidence"])},
    )


def _outcomes(times, threads):
    return st.fixed_dictionaries(
        _named(
            "outcome",
            conversation_id=threads,
            name=st.sampled_from(OUTCOMES),
            created_at=times,
        ),
        optional={"value": st.sampled_from([None, -5.0, 0.0, 12.5, 100.0])},
    )


def any_event(instants: list[datetime], conversation_ids: list[str], texts: list[str]):
    """One event of any kind, of one of these conversations at one of these instants."""
    times, threads = _times(instants), st.sampled_from(conversation_ids)
    messages = _messages(times, threads, st.sampled_from(texts))
    conversations = _conversations(times, threads)
    feedback = _feedback(times, threads)
    others = [_ratings(times, threads), _handoffs(times, threads), _outcomes(times, threads)]
    mix = [messages] * 12 + [conversations] * 2 + [feedback] * 2 + others + [_deletions(times, threads)]
    return st.sampled_from(mix).flatmap(lambda kind: kind)


@st.composite
def histories(draw, max_size: int = 30):
    """Events of one company in order of arrival, with resends; arrival order may matter."""
    near = draw(st.lists(anchors(), min_size=1, max_size=2))
    instants = draw(st.lists(_around(near), min_size=1, max_size=8))
    conversation_ids = draw(st.lists(st.sampled_from(CONVERSATIONS), min_size=1, unique=True))
    texts = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=8, unique=True))
    at_least = draw(st.integers(0, max_size))  # without it, most histories would be very short
    events = draw(
        st.lists(any_event(instants, conversation_ids, texts), min_size=at_least, max_size=max_size)
    )
    if not events:
        return events
    resends = draw(st.lists(st.sampled_from(events), max_size=5))
    for event in resends:
        events.insert(draw(st.integers(0, len(events))), dict(event))
    return events


def _settled_identity(event: dict) -> tuple:
    """What must not be said in two ways if arrival order is to change nothing."""
    kind, chatbot_id, revision = event["type"], event["chatbot_id"], event.get("revision", 0)
    if kind == "deletion":
        named = (event.get(name) for name in ("conversation_id", "of", "message_id"))
        return (kind, chatbot_id, revision, *named)
    if kind == "conversation":
        return (kind, chatbot_id, event["id"], revision)
    if kind == "message":
        return (kind, chatbot_id, event["conversation_id"], event["id"], revision)
    # The others are settled by their own rules, so their values may differ; what no rule settles
    # (a comment, a reason) belongs to the whole of the rest.
    moment = datetime.fromisoformat(event["created_at"]).astimezone(UTC)
    said = [event.get(name) for name in ("conversation_id", "message_id", "name", "value", "score")]
    return (kind, chatbot_id, revision, moment, *said)


def settled(events: list[dict]) -> list[dict]:
    """The same, where whatever says an identity and revision again says the same of it."""
    first: dict[tuple, dict] = {}
    return [dict(first.setdefault(_settled_identity(event), event)) for event in events]


def settled_histories(max_size: int = 30):
    """Histories in which one identity and revision has one content: any order gives the same numbers."""
    return histories(max_size=max_size).map(settled)


@st.composite
def chatbots(draw):
    """The records of both chatbots, as the oracle takes them."""
    return [
        {
            "chatbot_id": chatbot_id,
            "name": draw(st.sampled_from([None, "Ada"])),
            "is_published": draw(st.booleans()),
            "confidence_threshold": draw(st.sampled_from([0.2, 0.2, 0.0, 0.5, 1.0])),
            "average_rating": draw(st.sampled_from([None, 4.5])),
            "timezone": None,
        }
        for chatbot_id in CHATBOTS
    ]


@st.composite
def windows(draw, near: Iterable[dict] = ()):
    """(start, end), either of them possibly open; the start never after the end."""
    start, end = draw(st.none() | moments(near)), draw(st.none() | moments(near))
    if start is not None and end is not None and start > end:
        start, end = end, start
    return start, end
