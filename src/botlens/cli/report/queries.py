"""What `botlens report` asks: a handful of queries, each of which anybody can ask by HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from botlens.client.api import AnsweredError, Api
from botlens.metrics.pleasantries import only_greets_or_thanks
from botlens.query.comparison import Earlier
from botlens.query.period import ALL, Span

AnswerBody = dict[str, Any]
"""What `POST /v1/query` answers, see `docs/reference/query.md`."""

CARDS = (
    "conversations",
    "unique_sessions",
    "messages_per_conversation",
    "unanswered_rate",
    "containment_rate",
    "handoff_rate",
    "csat",
    "rating_response_rate",
    "positive_feedback_rate",
    "latency_p95",
)
OF_CHATBOTS = ("conversations", "unique_sessions", "unanswered_rate", "handoff_rate", "csat")
BESIDE_A_LINE = 30
"""Columns of a page that a line of blocks leaves to what stands before and after it."""

QUESTIONS = 5
"""How many questions a list has."""

_FIRST_LOOK, _MOST_ROWS = 50, 10_000
_LANGUAGES = 8
_NO_PLAN = 402
_DAYS = {"day": 1, "week": 7, "month": 31}
_SECONDS_OF_DAY = 86_400


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What the whole page is about.

    Attributes:
        span: the period.
        timezone: of its days; None leaves it to the server.
        chatbots: their ids; none means all.
        most_chatbots: how many the table of chatbots has at most.
    """

    span: Span
    timezone: str | None = None
    chatbots: tuple[str, ...] = ()
    most_chatbots: int | None = None

    def body(self, metrics: tuple[str, ...], *dimensions: str, limit: int | None = None) -> dict[str, Any]:
        """A query about it."""
        said = {
            "metrics": metrics,
            "dimensions": dimensions,
            "period": self.span,
            "timezone": self.timezone,
            "chatbots": self.chatbots or None,
            "limit": limit,
        }
        return {name: value for name, value in said.items() if value is not None}

    @property
    def has_one_before(self) -> bool:
        """Whether there is a period of the same length before it."""
        if isinstance(self.span, str):
            return self.span != ALL
        return bool(self.span.get("from") and self.span.get("to"))


@dataclass(frozen=True, slots=True)
class ReportData:
    """What the queries answered.

    Attributes:
        totals: one row, with its comparison if there is one.
        timeline: by `unit`.
        unit: `day`, or `week` or `month` where days would not fit into a line.
        chatbots: the busiest first.
        questions: the most asked first, with their labels; more than a list has.
        unanswered: the most often unanswered first, in the same way.
        languages: the most spoken first.
        hours: by weekday and hour.
        outcomes: the most frequent first.
        not_compared: why there is no comparison although there is a period before.
    """

    totals: AnswerBody
    timeline: AnswerBody
    unit: str
    chatbots: AnswerBody
    questions: AnswerBody
    unanswered: AnswerBody
    languages: AnswerBody
    hours: AnswerBody
    outcomes: AnswerBody
    not_compared: str | None = None

    def by_name(self) -> Mapping[str, AnswerBody]:
        """The answers as JSON has them."""
        return {
            "totals": self.totals,
            "timeline": self.timeline,
            "chatbots": self.chatbots,
            "questions": self.questions,
            "unanswered_questions": self.unanswered,
            "languages": self.languages,
            "hours": self.hours,
            "outcomes": self.outcomes,
        }


def answers_of(api: Api, asked: ReportRequest, width: int) -> ReportData:
    """Ask everything.

    Args:
        api: whom.
        asked: about what.
        width: columns of the page: decides whether the timeline goes by days, weeks or months.
    """
    totals, not_compared = _totals(api, asked)
    unit, timeline = _timeline(api, asked, totals["meta"]["window"], width - BESIDE_A_LINE)
    return ReportData(
        totals=totals,
        timeline=timeline,
        unit=unit,
        chatbots=_ask(api, asked.body(OF_CHATBOTS, "chatbot", limit=asked.most_chatbots)),
        questions=_questions(api, asked, "questions", "unanswered_answers"),
        unanswered=_questions(api, asked, "unanswered_answers", "questions"),
        languages=_ask(api, asked.body(("conversations",), "language", limit=_LANGUAGES)),
        hours=_ask(api, asked.body(("conversations",), "weekday", "hour")),
        outcomes=_ask(api, asked.body(("conversions", "conversion_rate", "outcome_value"), "outcome")),
        not_compared=not_compared,
    )


def _ask(api: Api, body: dict[str, Any]) -> AnswerBody:
    answer: AnswerBody = api.post("/v1/query", msgspec.json.encode(body))
    return answer


def _questions(api: Api, asked: ReportRequest, *metrics: str) -> AnswerBody:
    """Questions as people wrote them: enough of them for a list without those that only greet or thank."""
    limit = _FIRST_LOOK
    while True:
        answer = _ask(api, {**asked.body(metrics, "question", limit=limit), "labels": True})
        kept = sum(not only_greets_or_thanks(row["question"] or "") for row in answer["rows"])
        if kept >= QUESTIONS or limit >= min(answer["meta"]["rows_total"], _MOST_ROWS):
            return answer
        limit = min(limit * 10, _MOST_ROWS)


def _totals(api: Api, asked: ReportRequest) -> tuple[AnswerBody, str | None]:
    """With the comparison, and without it where the plan says no: the sentence that says why comes along."""
    plain = asked.body(CARDS)
    if not asked.has_one_before:
        return _ask(api, plain), None
    try:
        return _ask(api, {**plain, "compare": Earlier.PREVIOUS}), None
    except AnsweredError as error:
        if error.status != _NO_PLAN:
            raise
        return _ask(api, plain), error.message  # or the same refusal, if it is not the comparison


def _timeline(
    api: Api, asked: ReportRequest, window: Mapping[str, str | None], room: int
) -> tuple[str, AnswerBody]:
    """By the smallest unit of which all fit into a line."""
    metrics = ("conversations", "unanswered_rate")
    months = None
    days = _days_in(window)
    if days is None:  # open: only the conversations tell how long it is
        months = _ask(api, asked.body(metrics, "month"))
        days = len(months["rows"]) * _DAYS["month"]
    for unit in ("day", "week"):
        if days <= room * _DAYS[unit]:
            return unit, _ask(api, asked.body(metrics, unit))
    return "month", months or _ask(api, asked.body(metrics, "month"))


def _days_in(window: Mapping[str, str | None]) -> int | None:
    start, end = window["from"], window["to"]
    if start is None or end is None:
        return None
    seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    return round(seconds / _SECONDS_OF_DAY)
