"""The real input through `POST /v1/query`, against counts made from the file itself, with plain Python."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from botlens.engine import Engine
from botlens.sources.files.formats import open_source
from botlens.tenants.values import Company
from tests.conftest import World

FILE = Path(__file__).parents[3] / "shared" / "data" / "convai2_volunteers.json"
NOW = datetime(2018, 12, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason=f"{FILE.name} is not beside the project"),
]


@dataclass(frozen=True)
class Dialog:
    """A dialog, read from the file without anything of botlens."""

    bot: str
    user: str
    start: datetime
    end: datetime
    speakers: list[str]
    votes: list[int]
    rating: int | None

    @classmethod
    def read(cls, found: dict[str, Any]) -> "Dialog":
        said = found["dialog"]
        return cls(
            bot=found["participant2_id"]["user_id"],
            user=found["participant1_id"]["user_id"],
            start=datetime.fromisoformat(found["start_time"]),
            # One message is all at the start; more of them are spread evenly up to the end.
            end=datetime.fromisoformat(found["end_time" if len(said) > 1 else "start_time"]),
            speakers=[each["sender_class"] for each in said],
            votes=[each["evaluation_score"] for each in said if each["evaluation_score"] is not None],
            rating=found["eval_score"],
        )

    @property
    def depth(self) -> int:
        return self.speakers.count("Human")

    @property
    def week(self) -> str:
        return (self.start.date() - timedelta(days=self.start.weekday())).isoformat()

    @property
    def latencies(self) -> list[float]:
        """From the first message of a turn of the person to the bot's first one after it, in ms."""
        step = (self.end - self.start) / max(1, len(self.speakers) - 1)
        found, waiting = [], None
        for place, speaker in enumerate(self.speakers):
            if speaker == "Human":
                waiting = place  # each message of a person begins an exchange of its own
            elif waiting is not None:
                found.append((place - waiting) * step / timedelta(milliseconds=1))
                waiting = None
        return found


@dataclass
class Asking:
    """The imported company."""

    engine: Engine
    company: Company

    def __call__(self, *metrics: str, **more: Any) -> list[list[Any]]:
        body = {"metrics": list(metrics), "period": "all", **more}
        found = self.engine.answers.queries.query(self.engine.answers.scope(self.company, NOW), body)
        return [list(row.values()) for row in found["rows"]]


@pytest.fixture(scope="module")
def dialogs() -> list[Dialog]:
    return [Dialog.read(each) for each in json.loads(FILE.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def ask(shared_world: World) -> Iterator[Asking]:
    engine = shared_world.engine
    company = engine.accounts.create_company("Volunteers", owner="volunteers", plan="pro", timezone="UTC")
    _, key = engine.accounts.create_key(company.id)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    for batch in open_source(FILE).batches(size=5_000):
        for chatbot in batch.chatbots:
            engine.chatbots.put(company.id, chatbot.id, name=chatbot.defaults.get("name"))
        body = b"".join(json.dumps(event).encode() + b"\n" for event in batch.events)
        answer = shared_world.client.post("/v1/events", content=body, headers=headers)
        found = answer.json()  # whose times are ahead of the clock of these tests, which it says
        assert (found["accepted"], found["rejected"]) == (len(batch.events), [])
    return Asking(engine, company)


def test_volume(ask: Asking, dialogs: list[Dialog]) -> None:
    """Conversations, messages and sessions, in all and by chatbot and week."""
    spoken = Counter(speaker for each in dialogs for speaker in each.speakers)
    assert ask("conversations", "messages", "questions", "answers", "unique_sessions") == [
        [
            1_111,
            sum(spoken.values()),
            spoken["Human"],
            spoken["Bot"],
            len({(each.bot, each.user) for each in dialogs}),
        ]
    ]
    bots = Counter(each.bot for each in dialogs)
    assert ask("conversations", dimensions=["chatbot"]) == [[bot, bots[bot]] for bot, _ in bots.most_common()]
    weeks = Counter(each.week for each in dialogs)
    assert ask("conversations", dimensions=["week"]) == [[week, weeks[week]] for week in sorted(weeks)]
    hours = Counter(each.start.hour for each in dialogs)
    assert ask("conversations", dimensions=["hour"]) == [[hour, hours[hour]] for hour in range(24)]


def test_satisfaction(ask: Asking, dialogs: list[Dialog]) -> None:
    """Ratings and votes, in all and by rating."""
    rated = [each.rating for each in dialogs if each.rating is not None]
    votes = Counter(vote for each in dialogs for vote in each.votes)
    assert ask("csat", "average_rating", "ratings", "positive_feedback_rate", "feedback_rate") == [
        [
            sum(rating >= 4 for rating in rated) / len(rated),
            sum(rated) / len(rated),
            len(rated),
            votes[1] / votes.total(),
            sum(bool(each.votes) for each in dialogs) / len(dialogs),
        ]
    ]
    ratings = Counter(each.rating for each in dialogs)
    assert ask("conversations", dimensions=["rating"]) == [
        [rating, ratings[rating]] for rating in (1, 2, 3, 4, 5, None)
    ]


def test_depth_and_exchanges(ask: Asking, dialogs: list[Dialog]) -> None:
    """How far conversations got, and where they ended."""
    depths = Counter(each.depth for each in dialogs)
    assert ask("conversations", dimensions=["depth"]) == [[depth, depths[depth]] for depth in sorted(depths)]
    reached = [
        (k, sum(count for depth, count in depths.items() if depth >= k)) for k in range(1, max(depths) + 1)
    ]
    assert ask("reached", "drop_off_rate", dimensions=["exchange"]) == [
        [k, count, depths[k] / count] for k, count in reached
    ]


def test_sessions(ask: Asking, dialogs: list[Dialog]) -> None:
    """Who was new, who came back within a day, and in which weeks."""
    sessions = defaultdict(list)
    for each in sorted(dialogs, key=lambda each: each.start):
        sessions[each.bot, each.user].append(each)
    later = sum(len(each) - 1 for each in sessions.values())
    assert ask("conversations", dimensions=["session_kind"]) == [["new", len(sessions)], ["returning", later]]
    returned = sum(
        after.start <= before.end + DAY for each in sessions.values() for before, after in pairwise(each)
    )
    assert ask("contained_without_return_rate") == [[1 - returned / len(dialogs)]]
    cohorts: dict[str, Counter[int]] = defaultdict(Counter)
    for each in sessions.values():
        first = datetime.fromisoformat(each[0].week)
        cohorts[each[0].week].update({(datetime.fromisoformat(one.week) - first).days // 7 for one in each})
    assert ask("retained_sessions", dimensions=["cohort_week", "weeks_later"]) == [
        [week, weeks, cohorts[week][weeks]]
        for week in sorted(cohorts)
        for weeks in range((NOW.replace(tzinfo=None) - datetime.fromisoformat(week)).days // 7 + 1)
    ]


def test_latency(ask: Asking, dialogs: list[Dialog]) -> None:
    """From message times, which the file does not have: they are spread evenly, to the microsecond."""
    latencies = sorted(latency for each in dialogs for latency in each.latencies)
    ((p50, p95),) = ask("latency_p50", "latency_p95")
    for level, value in ((0.5, p50), (0.95, p95)):
        assert value == pytest.approx(latencies[int(level * len(latencies))], abs=0.002)


def test_what_the_file_says_nothing_of(ask: Asking) -> None:
    """No scores, handoffs and outcomes: rates of answers with a score are null, and never a proud 0 %."""
    assert ask("unanswered_rate", "score_coverage", "handoffs", "outcomes", "unanswered_answers") == [
        [None, 0.0, 0, 0, 0]
    ]
    assert ask("conversations", dimensions=["outcome"]) == []
    assert ask("conversations", dimensions=["language", "channel"]) == [["und", None, 1_111]]
