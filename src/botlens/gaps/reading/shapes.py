"""What answers on gaps look like."""

from typing import NotRequired

from typing_extensions import TypedDict

from botlens.query.shapes import Edges


class LanguageShare(TypedDict):
    """A language that a gap is asked in, and how many of its questions are."""

    language: str
    questions: int


class SignalSessions(TypedDict):
    """How many sessions got each sign that they were not answered."""

    low_score: int
    fallback: int
    negative_vote: int
    rephrased: int
    handoff: int


class FailingShareShape(TypedDict):
    """The share of the sessions that asked and failed, of `n` that asked in these words."""

    value: float | None
    n: int
    interval: list[float] | None


class ImpactShape(TypedDict):
    """How many conversations a month an answer would save, and how that was worked out."""

    conversations_per_month: float
    interval: list[float]
    sessions_28d: int
    share_without_other_gap: float | None
    expected_failing_share: float
    expected_from: str


class ProofSide(TypedDict):
    """The sessions of a gap's meaning before a fix, or after it."""

    sessions: int
    failing: int
    share: float | None
    interval: list[float] | None


class Proof(TypedDict):
    """What is proven of a fix."""

    fixed_at: str
    limit: float
    before: ProofSide
    after: ProofSide
    decided: str | None
    decided_at: str | None
    more_sessions_needed: int | None
    waiting_questions: int


class GapShape(TypedDict):
    """A gap in a period."""

    id: str
    chatbot_id: str
    title: str
    titles: dict[str, str]
    state: str
    version: int
    phrases: list[str]
    languages: list[LanguageShare]
    signals: SignalSessions
    strength: str
    questions: int
    sessions: int
    distinct_questions: int
    failing_share: FailingShareShape
    first_asked_at: str | None
    last_asked_at: str | None
    rising: bool
    impact: ImpactShape
    proof: Proof | None


class GapExample(TypedDict):
    """A question of a gap, as it is mostly written."""

    question: str
    sessions: int
    last_asked_at: str
    language: str


GapChangeEntry = TypedDict(
    "GapChangeEntry",
    {
        "at": str,
        "by": str,
        "change": str,
        "note": str | None,
        "reason": str | None,
        "from": str | None,
        "to": str | None,
    },
)
"""A change of a gap: when, by whom, of what."""


class CurvePoint(TypedDict):
    """The sessions of a local day that asked about a gap, and those of them that failed."""

    day: str
    sessions: int
    failing: int


class GapDetail(GapShape):
    """A gap with its history."""

    examples: list[GapExample]
    history: list[GapChangeEntry]
    curve: list[CurvePoint]
    merged_from: list[str]
    split_into: list[str]
    topic: int


class ModelShape(TypedDict):
    """The model of meaning that questions were grouped by; `plain`: a better one could be had."""

    name: str
    version: str
    plain: bool


class GapsMeta(TypedDict):
    """What an answer on gaps says of itself."""

    definition_version: int
    model: ModelShape | None
    model_missing: str | None
    linked_at: str | None
    link: int
    waiting_questions: int
    lag_seconds: float
    has_scores: bool
    shown_from_sessions: int
    hidden: int
    freshness: str | None
    timezone: str
    window: Edges


class GapList(TypedDict):
    """A page of gaps."""

    gaps: list[GapShape]
    next_cursor: str | None
    meta: GapsMeta


class GapAnswer(TypedDict):
    """One gap. `followed_from`: the id that was asked for went into this gap."""

    gap: GapDetail
    followed_from: NotRequired[str]
    meta: GapsMeta
