"""The demo's cast: one studio that runs bots for its customers, and what happened to them in the year."""

from dataclasses import dataclass

from botlens.demo import topics as demo_topics
from botlens.demo.gaps import bank, city, clinic, shop, software, trattoria
from botlens.demo.gaps.gap import Gap
from botlens.demo.topics import Topic

DEMO_COMPANY = "Harbour Lane Studio"
"""The company that owns `DEMO_CHATBOTS`."""

DAYS = 365
"""How much history there is, in days before now."""

Weights = tuple[tuple[str, float], ...]
"""What to choose from, each with how often."""

# Weight of each hour of the day (UTC), midnight first.
_OFFICE = (1, 1, 1, 1, 1, 2, 5, 14, 30, 40, 42, 36, 26, 28, 34, 34, 28, 18, 10, 8, 6, 4, 3, 2)
_EVENING = (5, 3, 2, 1, 1, 2, 4, 8, 12, 16, 18, 20, 22, 20, 18, 18, 20, 26, 34, 42, 44, 36, 24, 12)
_MEALS = (1, 0, 0, 0, 0, 0, 1, 3, 8, 14, 26, 30, 20, 10, 8, 14, 26, 38, 36, 20, 10, 6, 3, 2)
# Weight of each day of the week, Monday first.
_SHOPPERS = (1.1, 1.0, 0.95, 0.95, 0.9, 0.8, 1.0)
_WORKDAYS = (1.25, 1.1, 1.0, 1.05, 0.85, 0.18, 0.14)
_DINERS = (0.3, 0.6, 0.8, 1.0, 1.5, 1.6, 1.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoChatbot:
    """One bot of the demo: what to create it with, and how its visitors behave.

    Attributes:
        id: as in the events' `chatbot_id`.
        name: shown in the dashboard.
        is_published: whether it counts as published.
        confidence_threshold: answers scored below it are unanswered.
        timezone: None is the company's.
        share: its part of the conversations, relative to the others.
        launched: days before now of its first conversation.
        languages: what visitors speak.
        channels: where they write.
        week: weight of each weekday, Monday first.
        hours: weight of each hour (UTC).
        topics: what it knows.
        gaps: what it does not (always) know.
        gap_rate: probability that a question is about one of the gaps.
        scored: probability that an answer carries its confidence.
        latency_ms: of a usual answer.
        outcome: name and probability of the result of a conversation that went well.
        value: (lowest, highest) value of an outcome; None is no value.
        test_rate: probability that a conversation is test traffic.
    """

    id: str
    name: str
    is_published: bool = True
    confidence_threshold: float = 0.2
    timezone: None = None
    share: float
    launched: float = DAYS
    languages: Weights
    channels: Weights
    week: tuple[float, ...]
    hours: tuple[int, ...]
    topics: tuple[Topic, ...]
    gaps: tuple[Gap, ...]
    gap_rate: float
    scored: float = 1.0
    latency_ms: int
    outcome: tuple[str, float]
    value: tuple[float, float] | None = None
    test_rate: float = 0.012


DEMO_CHATBOTS: tuple[DemoChatbot, ...] = (
    DemoChatbot(
        id="hearth-and-oak",
        name="Hearth & Oak furniture shop",
        share=34,
        languages=(("en", 58), ("de", 42)),
        channels=(("web", 60), ("whatsapp", 22), ("messenger", 16), ("api", 2)),
        week=_SHOPPERS,
        hours=_EVENING,
        topics=demo_topics.SHOP,
        gaps=shop.GAPS,
        gap_rate=0.17,
        latency_ms=1100,
        outcome=("order_placed", 0.16),
        value=(18.0, 640.0),
    ),
    DemoChatbot(
        id="birkenhof-clinic",
        name="Birkenhof clinic appointments",
        share=21,
        languages=(("de", 79), ("en", 21)),
        channels=(("web", 48), ("whatsapp", 50), ("api", 2)),
        week=_WORKDAYS,
        hours=_OFFICE,
        topics=demo_topics.CLINIC,
        gaps=clinic.GAPS,
        gap_rate=0.14,
        latency_ms=900,
        outcome=("appointment_booked", 0.34),
    ),
    DemoChatbot(
        id="meridian-bank",
        name="Meridian Bank help",
        confidence_threshold=0.3,
        share=20,
        languages=(("es", 76), ("en", 24)),
        channels=(("web", 45), ("api", 40), ("whatsapp", 15)),
        week=_WORKDAYS,
        hours=_EVENING,
        topics=demo_topics.BANK,
        gaps=bank.GAPS,
        gap_rate=0.15,
        latency_ms=850,
        outcome=("lead_captured", 0.09),
        value=(150.0, 2400.0),
    ),
    DemoChatbot(
        id="ville-de-clairval",
        name="Ville de Clairval",
        share=13,
        launched=302,
        languages=(("fr", 85), ("en", 15)),
        channels=(("web", 82), ("messenger", 18)),
        week=_WORKDAYS,
        hours=_OFFICE,
        topics=demo_topics.CITY,
        gaps=city.GAPS,
        gap_rate=0.2,
        scored=0.7,
        latency_ms=1700,
        outcome=("appointment_booked", 0.12),
    ),
    DemoChatbot(
        id="stackpilot",
        name="Stackpilot product help",
        share=15,
        launched=241,
        languages=(("en", 80), ("de", 20)),
        channels=(("web", 78), ("api", 22)),
        week=_WORKDAYS,
        hours=_OFFICE,
        topics=demo_topics.SAAS,
        gaps=software.GAPS,
        gap_rate=0.18,
        latency_ms=1300,
        outcome=("lead_captured", 0.11),
        value=(9.0, 900.0),
    ),
    DemoChatbot(
        id="casa-lucia",
        name="Casa Lucia reservations (pilot)",
        is_published=False,
        share=13,
        launched=44,
        languages=(("it", 72), ("en", 28)),
        channels=(("web", 55), ("whatsapp", 45)),
        week=_DINERS,
        hours=_MEALS,
        topics=demo_topics.TRATTORIA,
        gaps=trattoria.GAPS,
        gap_rate=0.22,
        latency_ms=1000,
        outcome=("table_booked", 0.3),
        test_rate=0.12,
    ),
)
"""The bots, the busiest first; one of them is not published yet."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of time in which a bot was not as usual; the factors multiply what is usual.

    Attributes:
        chatbot_id: whose.
        begins: days before now.
        ends: days before now, smaller.
        volume: factor of conversations.
        doubt: factor of answers that the bot is not sure of.
        latency: factor of answer times.
    """

    chatbot_id: str
    begins: float
    ends: float
    volume: float = 1.0
    doubt: float = 1.0
    latency: float = 1.0


EPISODES = (
    # The shop's payment provider is down for some days: everybody asks, the bot is slow and has no idea.
    Episode("hearth-and-oak", 74.6, 71.8, volume=2.3, doubt=7.0, latency=3.6),
    # A sale a month ago: busy, all else as usual.
    Episode("hearth-and-oak", 33.0, 26.0, volume=1.7),
    # Before the bank's release of a better model.
    Episode("meridian-bank", DAYS + 1, 150.3, doubt=2.6, latency=2.4),
    # A storm: the whole town has questions.
    Episode("ville-de-clairval", 208.0, 203.5, volume=2.6, doubt=2.0),
)
"""What a reader of the charts can find."""


def now_and_then(chatbot_id: str, days_ago: float) -> Episode:
    """What is unusual with a bot at a time: the product of the episodes that it lies in."""
    volume = doubt = latency = 1.0
    for episode in EPISODES:
        if episode.chatbot_id == chatbot_id and episode.ends <= days_ago < episode.begins:
            volume *= episode.volume
            doubt *= episode.doubt
            latency *= episode.latency
    return Episode(chatbot_id, days_ago, days_ago, volume, doubt, latency)
