"""What a company has, without any figure of it: since when, until when, and how much of its plan is used."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock

from botlens.answers.numbers import bring_to_life
from botlens.answers.scope import Scope, free_of_features
from botlens.commit.snapshot import Snapshots
from botlens.live.registry import Registry
from botlens.live.span import ChatbotSpan, StaleSpanError
from botlens.live.timeline import QUARTER
from botlens.moments import SECOND
from botlens.query.window import Window
from botlens.store.extent import load_spans
from botlens.store.reading import CompanyReader

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class EventSpan:
    """From the start of the first conversation to the last event, microseconds since 1970; None: no event."""

    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Extents:
    """By chatbot, in the order of their ids; and the company's conversations of this calendar month."""

    by_chatbot: dict[str, EventSpan]
    used: int


class Extent:
    """Answers what a company has.

    Args:
        snapshots: read the facts.
        spans: what is known in memory.
    """

    def __init__(self, snapshots: Snapshots, spans: Registry[ChatbotSpan]) -> None:
        self._snapshots = snapshots
        self._spans = spans
        self._loading: defaultdict[str, Lock] = defaultdict(Lock)  # one load of a company at a time

    @free_of_features
    def events(self, scope: Scope) -> Extents:
        """When each chatbot's events begin and end, exactly, and what of the plan is used this month."""
        zone, ids = scope.zone(), list(scope.chatbots)
        today = scope.now.astimezone(zone).date()
        last = _first_of_next_month(today).toordinal() - 1
        start, end = Window.of_days(today.replace(day=1).toordinal(), last, zone).bounds()
        # Where midnight was once not on a quarter of an hour, the month is counted to the one before.
        month = start // SECOND // QUARTER * QUARTER, end // SECOND // QUARTER * QUARTER

        def make(spans: Sequence[ChatbotSpan]) -> Extents:
            ends = {each: EventSpan(*span.ends()) for each, span in zip(ids, spans, strict=True)}
            return Extents(ends, sum(span.count(*month) for span in spans))

        def load(reader: CompanyReader, chatbot_ids: list[str]) -> dict[str, ChatbotSpan]:
            return load_spans(reader, chatbot_ids, month[0]) if chatbot_ids else {}

        company_id = scope.company.id
        keys = [(company_id, each) for each in ids]
        for _ in range(_ATTEMPTS):
            if self._spans.missing(keys):
                with self._loading[company_id]:
                    bring_to_life(self._snapshots, self._spans, company_id, keys, load)
            try:
                made = self._spans.read(keys, make)
            except StaleSpanError:
                self._spans.invalidate(keys)
            else:
                if made is not None:
                    return made
        loaded = self._snapshots.read(company_id, lambda reader: load(reader, ids))
        return make([loaded[each] for each in ids])


def _first_of_next_month(day: date) -> date:
    months = day.year * 12 + day.month  # of the year 9999 there is no next month; clocks are not set so far
    return date(months // 12, months % 12 + 1, 1)
