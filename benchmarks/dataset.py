"""The one data set of all benchmarks: the same numbers on every machine, made in pieces as they are needed.

Only the days move: the year ends with the day of `anchor` (a midnight), so that today, this week and this
month are as full as every other day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.profiles import Profile
from benchmarks.texts import LANGUAGES, QUESTIONS_PER_LANGUAGE, SPELLINGS, Texts
from benchmarks.uuids import uuids

ZONE = ZoneInfo("Europe/Berlin")
MEASURED_COMPANY = "measured"
MEASURED_RANKS = (1, 120, 180)
ROLES = ("user", "assistant", "agent")
USER, ASSISTANT, AGENT = range(3)
THRESHOLD = 0.2
"""Below it an answer counts as unanswered: the default of botlens, written out in the other two ways."""

_SEED = 20_260_101
_PIECE = 20_000
_DAY = 86_400
_MICROSECONDS = 1_000_000
_LONGEST = 40
_BOTS_PER_COMPANY = 4
_CONVERSATION, _MESSAGE, _FEEDBACK = range(3)

_SESSIONS_PER_CONVERSATION = 0.7
_NO_SESSION, _NO_LANGUAGE, _OTHER_LANGUAGE = 0.05, 0.03, 0.25
_GREETED, _BY_AN_AGENT = 0.2, 0.03
_SCORED, _HARD_QUESTIONS, _LOW_IF_HARD, _LOW_ELSE = 0.7, 0.1, 0.4, 0.04
_RATED, _VOTED, _POSITIVE = 0.12, 0.04, 0.75
_SPELLING_SHARES = (0.6, 0.3, 0.1)
_HEAD = 1.05  # exponent of the Zipf law of the questions
_BUSY = np.array([1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 15, 13, 12, 14, 15, 14, 12, 11, 10, 9, 8, 6, 4, 2], float)


@dataclass(frozen=True, slots=True)
class Chatbot:
    rank: int
    company_id: str
    conversations: int

    @property
    def id(self) -> str:
        return f"bot-{self.rank:03d}"

    @property
    def name(self) -> str:
        return f"Chatbot {self.rank}"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some conversations of one chatbot with all that belongs to them, as Arrow tables.

    `conversations`: id, session_id, language, created_at, rating, rated_at. `messages`: id, conversation_id,
    role (an index of `ROLES`), content, confidence, created_at. `feedback`: id, conversation_id, message_id,
    positive, created_at. `owner` is the place of each message's conversation in its table.
    """

    chatbot: Chatbot
    conversations: pa.Table
    messages: pa.Table
    feedback: pa.Table
    owner: np.ndarray


def anchor_of(now: datetime) -> datetime:
    """The end of the local day of `now`: where the data ends."""
    tomorrow = now.astimezone(ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), ZONE).astimezone(UTC)


class Dataset:
    """The conversations of a profile's chatbots.

    Args:
        profile: how many of each.
        anchor: where the year ends.
        stream: other streams are other conversations of the same chatbots, with ids of their own.
    """

    def __init__(self, profile: Profile, anchor: datetime, *, stream: int = 0) -> None:
        self.profile = profile
        self.anchor = anchor
        self.chatbots = _chatbots(profile)
        self._end = int(anchor.timestamp()) * _MICROSECONDS
        self.stream = stream
        self._texts = Texts()
        weights = 1 / np.arange(1, QUESTIONS_PER_LANGUAGE + 1) ** _HEAD
        self._heads = np.cumsum(weights) / weights.sum()

    @property
    def measured(self) -> list[Chatbot]:
        """The chatbots of the measured company, the largest first."""
        return [chatbot for chatbot in self.chatbots if chatbot.company_id == MEASURED_COMPANY]

    def pieces(self) -> Iterator[Piece]:
        """Everything."""
        for chatbot in self.chatbots:
            yield from self.pieces_of(chatbot, chatbot.conversations)

    def pieces_of(self, chatbot: Chatbot, conversations: int) -> Iterator[Piece]:
        """The first `conversations` of a chatbot."""
        for number, first in enumerate(range(0, conversations, _PIECE)):
            yield self._piece(chatbot, number, min(_PIECE, conversations - first))

    def _piece(self, chatbot: Chatbot, number: int, count: int) -> Piece:
        rng = np.random.default_rng([_SEED, self.stream, chatbot.rank, number])
        base = self.stream << 40 | chatbot.rank << 32 | number << 24
        starts = self._starts(rng, count)
        languages = _languages(rng, chatbot, count)
        ids = _ids(base, _CONVERSATION, count)
        lengths = np.minimum(2 + rng.geometric(1 / 5.5, count), _LONGEST)
        owner = np.repeat(np.arange(count), lengths)
        messages, times = self._messages(rng, chatbot, starts, languages, lengths, owner)
        messages = {"id": _ids(base, _MESSAGE, len(owner)), "conversation_id": ids.take(owner), **messages}
        return Piece(
            chatbot,
            pa.table(
                {
                    "id": ids,
                    "session_id": _sessions(rng, chatbot, self.stream, count),
                    "language": _language_column(rng, languages),
                    **_ratings(rng, starts, count),
                }
            ),
            pa.table(messages),
            _feedback(rng, base, messages, times),
            owner,
        )

    def _starts(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Microseconds: days with slow growth over the year, hours by how busy they are."""
        days = (self.profile.days * rng.random(count) ** 0.8).astype(np.int64)
        hours = rng.choice(24, size=count, p=_BUSY / _BUSY.sum())
        within = rng.integers(0, 3_600 * _MICROSECONDS, count)
        first = self._end - self.profile.days * _DAY * _MICROSECONDS
        return first + (days * _DAY + hours * 3_600) * _MICROSECONDS + within

    def _messages(
        self,
        rng: np.random.Generator,
        chatbot: Chatbot,
        starts: np.ndarray,
        languages: np.ndarray,
        lengths: np.ndarray,
        owner: np.ndarray,
    ) -> tuple[dict[str, pa.Array], np.ndarray]:
        count = len(owner)
        first = np.cumsum(lengths) - lengths
        position = np.arange(count) - first[owner]
        roles = _roles(rng, position, rng.random(len(lengths)) < _GREETED, owner)
        questions = self._questions(rng, chatbot, count)
        pauses = rng.integers(_MICROSECONDS, 45 * _MICROSECONDS, count)
        passed = np.cumsum(pauses)
        times = starts[owner] + passed - passed[first][owner]
        language = languages[owner]
        asked = self._texts.questions(
            language, questions, rng.choice(SPELLINGS, size=count, p=_SPELLING_SHARES)
        )
        said = self._texts.answers(language, rng.integers(0, 1 << 30, (count, 3)))
        columns = {
            "role": pa.array(roles.astype(np.int8)),
            "content": _choose(roles == USER, asked, said),
            "confidence": _confidence(rng, roles, questions),
            "created_at": _moments(times),
        }
        return columns, times

    def _questions(self, rng: np.random.Generator, chatbot: Chatbot, count: int) -> np.ndarray:
        """Question numbers with a heavy head; each chatbot has a head of its own."""
        rank = np.searchsorted(self._heads, rng.random(count)).clip(max=QUESTIONS_PER_LANGUAGE - 1)
        return (rank * 1_999 + chatbot.rank * 137) % QUESTIONS_PER_LANGUAGE


def _chatbots(profile: Profile) -> list[Chatbot]:
    harmonic = sum(1 / rank for rank in range(1, profile.chatbots + 1))
    found, others = [], 0
    for rank in range(1, profile.chatbots + 1):
        if rank in MEASURED_RANKS:
            company = MEASURED_COMPANY
        else:
            company = f"company-{others // _BOTS_PER_COMPANY:02d}"
            others += 1
        found.append(Chatbot(rank, company, max(1, round(profile.conversations / harmonic / rank))))
    return found


def _ids(base: int, kind: int, count: int) -> pa.Array:
    return uuids(np.arange(count, dtype=np.uint64) + np.uint64(base | kind << 22))


def _moments(microseconds: np.ndarray) -> pa.Array:
    return pa.array(microseconds).cast(pa.timestamp("us", tz="UTC"))


def _choose(condition: np.ndarray, yes: pa.Array, no: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(condition), yes, no)


def _languages(rng: np.random.Generator, chatbot: Chatbot, count: int) -> np.ndarray:
    other = rng.random(count) < _OTHER_LANGUAGE
    return np.where(other, rng.integers(0, len(LANGUAGES), count), chatbot.rank % len(LANGUAGES))


def _language_column(rng: np.random.Generator, languages: np.ndarray) -> pa.Array:
    codes = pa.array(LANGUAGES).take(pa.array(languages))
    unknown = pa.array(rng.random(len(languages)) < _NO_LANGUAGE)
    return pc.if_else(unknown, pa.scalar(None, pa.string()), codes)


def _sessions(rng: np.random.Generator, chatbot: Chatbot, stream: int, count: int) -> pa.Array:
    pool = max(1, int(chatbot.conversations * _SESSIONS_PER_CONVERSATION))
    visitors = rng.integers(0, pool, count).astype(np.uint64)
    ids = uuids(visitors + np.uint64(1 << 60 | stream << 40 | chatbot.rank << 32))
    nobody = pa.array(rng.random(count) < _NO_SESSION)
    return pc.if_else(nobody, pa.scalar(None, pa.string()), ids)


def _ratings(rng: np.random.Generator, starts: np.ndarray, count: int) -> dict[str, pa.Array]:
    none = rng.random(count) >= _RATED
    scores = rng.choice(np.arange(1, 6), size=count, p=(0.08, 0.07, 0.15, 0.3, 0.4)).astype(np.int8)
    return {
        "created_at": _moments(starts),
        "rating": pa.array(scores, mask=none),
        "rated_at": _moments(starts + 3_600 * _MICROSECONDS),
    }


def _roles(
    rng: np.random.Generator, position: np.ndarray, greeted: np.ndarray, owner: np.ndarray
) -> np.ndarray:
    """User and assistant in turn; some bots speak first, and now and then a person answers."""
    answers = (position + greeted[owner]) % 2 == 1
    by_agent = answers & (position > 4) & (rng.random(len(position)) < _BY_AN_AGENT)
    return np.where(by_agent, AGENT, np.where(answers, ASSISTANT, USER))


def _confidence(rng: np.random.Generator, roles: np.ndarray, questions: np.ndarray) -> pa.Array:
    """Scores of a share of the answers; some questions are hard, and their answers are often low."""
    count = len(roles)
    before = np.roll(questions, 1)  # the number of the message before: the question that is answered
    hard = before * 2_654_435_761 % 1_000 < _HARD_QUESTIONS * 1_000
    low = rng.random(count) < np.where(hard, _LOW_IF_HARD, _LOW_ELSE)
    draws = rng.random(count)
    scores = np.where(low, draws * THRESHOLD * 0.99, THRESHOLD + draws * (1 - THRESHOLD))
    return pa.array(np.round(scores, 4), mask=(roles != ASSISTANT) | (rng.random(count) >= _SCORED))


def _feedback(
    rng: np.random.Generator, base: int, messages: dict[str, pa.Array], times: np.ndarray
) -> pa.Table:
    answers = messages["role"].to_numpy() == ASSISTANT
    chosen = np.flatnonzero(answers & (rng.random(len(answers)) < _VOTED))
    return pa.table(
        {
            "id": _ids(base, _FEEDBACK, len(chosen)),
            "conversation_id": messages["conversation_id"].take(pa.array(chosen)),
            "message_id": messages["id"].take(pa.array(chosen)),
            "positive": pa.array(rng.random(len(chosen)) < _POSITIVE),
            "created_at": _moments(times[chosen] + 30 * _MICROSECONDS),
        }
    )
