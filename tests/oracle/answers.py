"""The answer to a request of `POST /v1/query`, from a list of events."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from tests.oracle.changes import Elapsed, Side, change, known_of
from tests.oracle.cohorts import cohort_keys, cohort_measured
from tests.oracle.conversations import Event, started_conversations
from tests.oracle.dimensions import (
    ASCENDING,
    COHORTS,
    PARTITIONS,
    SPECIAL,
    Key,
    clock_of,
    combinations_that_occur,
    dates_of,
    incomplete,
    joined,
    kinds_of,
)
from tests.oracle.filters import meets, mentions
from tests.oracle.metrics import EXCLUDED, SHOWS_N, Row, measured
from tests.oracle.periods import Window, compared_window, window_of
from tests.oracle.seed import local_day, threshold_of
from tests.oracle.sessions import Visit, visits

DEFINITION_VERSION = 3
UNSAID = "not said by the oracle"
Measures = dict[str, tuple[float | None, dict | None]]


@dataclass(frozen=True)
class Line:
    """One row: its value of each dimension, and each metric with what it stands on."""

    key: dict
    measures: Measures

    def value(self, name: str):
        if name == "date_hour" and self.key[name] is not None:
            return datetime.fromisoformat(self.key[name])  # in the order of time, not of text
        return self.key[name] if name in self.key else self.measures[name][0]

    def row(self) -> dict:
        return {**self.key, **{metric: value for metric, (value, _) in self.measures.items()}}


@dataclass(frozen=True)
class Question:
    """A request over everything that is known: all that its rows are computed from."""

    request: dict
    counted: list[Visit]  # of all chatbots, whatever is asked
    tests: list[Visit]
    now: datetime
    zone: str

    @property
    def metrics(self) -> list[str]:
        return self.request["metrics"]

    @property
    def dimensions(self) -> list[str]:
        return self.request.get("dimensions") or []

    @property
    def told(self) -> list[str]:
        """The metrics of which it wants to know what their values stand on; all unless it says so."""
        said = self.request.get("n")
        return self.metrics if said in (None, True) else said or []

    @property
    def judged(self) -> list[str]:
        """The metrics of which it wants to know how they have changed; all unless it says so."""
        said = self.request.get("change")
        return self.metrics if said in (None, True) else said or []

    def chosen(self, among: list[Visit], window: Window) -> list[Visit]:
        """Of the chatbots asked for, started in the window, and meeting the filters."""
        chatbots = self.request.get("chatbots")
        return [
            visit
            for visit in among
            if (chatbots is None or visit.conversation.chatbot_id in chatbots)
            and window.holds(visit.conversation)
            and meets(visit, self.request.get("filters"), self.zone)
        ]

    def row(self, chosen: list[Visit], key: dict) -> Row:
        """The conversations with the values of the key, and the values that are no partition."""
        group = [
            visit
            for visit in chosen
            if all(PARTITIONS[name](visit, self.zone) == key[name] for name in key if name in PARTITIONS)
        ]
        special = {name: key[name] for name in key if name in SPECIAL}
        hours = self.request.get("resolution_hours") or 72
        return Row(group, self.now, hours, **special)

    def line(self, chosen: list[Visit], key: Key) -> Line:
        named = dict(zip(self.dimensions, key, strict=True))
        if self.is_about_cohorts():
            measures = {
                metric: cohort_measured(metric, named, chosen, self.counted, self.zone)
                for metric in self.metrics
            }
        else:
            row = self.row(chosen, named)
            measures = {metric: measured(metric, row) for metric in self.metrics}
        return Line(named, measures)

    def first_day(self, key: dict | None = None) -> date | None:
        """The local day of the first conversation of the chatbots asked for, or of that of a row."""
        asked = self.request.get("chatbots")
        only = (key or {}).get("chatbot")
        starts = [
            visit.started_at
            for visit in self.counted
            if (asked is None or visit.conversation.chatbot_id in asked)
            and only in (None, visit.conversation.chatbot_id)
        ]
        return local_day(min(starts), self.zone) if starts else None

    def is_about_cohorts(self) -> bool:
        return any(name in COHORTS for name in self.dimensions)


def answer(events: list[Event], chatbots: list[dict], request: dict, *, now: datetime, zone: str) -> dict:
    """What the engine answers; `zone` is the company's."""
    zone = zone_of(request, chatbots, zone)
    period = request.get("period") or "30d"
    window = window_of(period, now=now, zone=zone)
    question = question_of(events, chatbots, request, now, zone)
    chosen = question.chosen(question.counted, window)

    compare = request.get("compare")
    align = request.get("align")
    other = compared_window(compare, period, now=now, zone=zone, align=align) if compare else None
    compared = question.chosen(question.counted, other) if other else []
    pairs = ordered(lines(question, window, chosen, other, compared), request)
    total = len(pairs)
    pairs = pairs[: request.get("limit") or total]

    own = [line for line, _ in pairs]
    found = {
        "rows": [line.row() for line in own],
        "meta": {
            "timezone": zone,
            "as_of": written(now),
            "window": told(window),
            "incomplete": incomplete(window, chosen, question.dimensions, now, zone),
            "rows_total": total,
            "n": stands_on(own, question.told),
            "excluded": excluded(question, window, chosen),
            "definition_version": DEFINITION_VERSION,
            "freshness": written(max((visit.newest_at for visit in chosen), default=None)),
        },
    }
    if other is not None:
        found["meta"]["compared"] = {
            "period": compare if isinstance(compare, str) else None,
            "align": align,
            "window": told(other),
            "known": known_of(other, question.first_day(), zone),
            "later_events": "counted",
        }
        counterparts = [counterpart for _, counterpart in pairs]
        found["compare"] = {
            "window": told(other),
            "rows": [line.row() for line in counterparts],
            "n": stands_on(counterparts, question.told),
        }
        if question.judged:
            changed = changes(question, (window, other), (chosen, compared), pairs)
            found["compare"]["change"] = changed
    if request.get("totals"):
        found["totals"] = totals(question, (window, other), chosen, compared)
    return found


def totals(
    question: Question, windows: tuple[Window, Window | None], chosen: list[Visit], compared: list[Visit]
) -> dict:
    """The one line of the same question without dimensions, and that of the other period."""
    whole = replace(question, request={**question.request, "dimensions": []})
    window, other = windows
    line, counterpart = (whole.line(among, ()) for among in (chosen, compared))
    found = whole_of(line, question.told)
    if other is not None:
        pair = (line, counterpart)
        changed = changes(whole, (window, other), (chosen, compared), [pair])
        found["compare"] = whole_of(counterpart, question.told)
        if question.judged:
            found["compare"]["change"] = {metric: only for metric, (only,) in changed.items()}
    return found


def whole_of(line: Line, told_of: list[str]) -> dict:
    """A line that stands alone, with what its values stand on."""
    n = {metric: basis for metric, (basis,) in stands_on([line], told_of).items()}
    return {"row": line.row(), "n": n}


def changes(
    question: Question,
    windows: tuple[Window, Window],
    visits_of: tuple[list[Visit], list[Visit]],
    pairs: list[tuple[Line, Line]],
) -> dict[str, list[dict]]:
    """By metric and row, how the value has changed."""
    elapsed = [Elapsed.of(window, question.now, question.zone) for window in windows]
    by_day: list[dict[date, list[Visit]]] = [{}, {}]
    for days, among in zip(by_day, visits_of, strict=True):
        for visit in among:
            days.setdefault(local_day(visit.started_at, question.zone), []).append(visit)

    def side(metric: str, line: Line, place: int) -> Side:
        def of_day(key: dict, day: date) -> float:
            visits_then = by_day[place].get(day)
            return measured(metric, question.row(visits_then, key))[0] if visits_then else 0.0

        first = question.first_day(line.key)
        return Side(line.key, *line.measures[metric], elapsed[place], first, of_day)

    return {
        metric: [change(metric, side(metric, line, 1), side(metric, own, 0)) for own, line in pairs]
        for metric in question.judged
    }


def zone_of(request: dict, chatbots: list[dict], zone: str) -> str:
    """The one asked for, else that of the one chatbot asked for, else the company's."""
    if request.get("timezone"):
        return request["timezone"]
    asked = request.get("chatbots") or []
    own = [chatbot["timezone"] for chatbot in chatbots if [chatbot["chatbot_id"]] == asked]
    return own[0] if own and own[0] else zone


def question_of(
    events: list[Event], chatbots: list[dict], request: dict, now: datetime, zone: str
) -> Question:
    thresholds = {chatbot["chatbot_id"]: threshold_of(chatbot) for chatbot in chatbots}
    started = started_conversations(events)
    counted = visits([conversation for conversation in started if not conversation.test], thresholds)
    tests = visits([conversation for conversation in started if conversation.test], thresholds)
    return Question(request, counted, tests, now, zone)


def lines(
    question: Question, window: Window, chosen: list[Visit], other: Window | None, compared: list[Visit]
) -> list[tuple[Line, Line]]:
    """Every row with its counterpart: the i-th date with the i-th date, all else by value."""
    if question.is_about_cohorts():
        assert other is None, "which cohort week is the counterpart of which?"
        keys = cohort_keys(chosen, question.dimensions, now=question.now, zone=question.zone)
        return [(line, line) for line in (question.line(chosen, key) for key in keys)]

    dimensions, zone = question.dimensions, question.zone
    date_names, clock_names, other_names = kinds_of(dimensions)
    dates = dates_of(window, chosen, date_names, zone)
    other_dates = dates_of(other, compared, date_names, zone) if other else dates
    others = combinations_that_occur(chosen, other_names, zone)
    if not question.request.get("limit"):
        others = list(dict.fromkeys(others + combinations_that_occur(compared, other_names, zone)))

    found = []
    for place, units in enumerate(dates):
        for clock in clock_of(clock_names):
            for rest in others:
                line = question.line(chosen, joined(dimensions, units, clock, rest))
                if place < len(other_dates):
                    key = joined(dimensions, other_dates[place], clock, rest)
                    found.append((line, question.line(compared, key)))
                else:
                    key = joined(dimensions, (None,) * len(units), clock, rest)
                    found.append((line, question.line([], key)))
    return found


def ordered(pairs: list[tuple[Line, Line]], request: dict) -> list[tuple[Line, Line]]:
    """By what is asked for, else calendars ascending, else the first metric descending."""
    dimensions = request.get("dimensions") or []
    by = request.get("order_by")
    if by is None:
        by = [] if set(dimensions) <= ASCENDING else ["-" + request["metrics"][0]]
    terms = [by] if isinstance(by, str) else by
    for term in reversed([*terms, *dimensions]):
        pairs = ordered_by(pairs, term.removeprefix("-"), descending=term.startswith("-"))
    return pairs


def ordered_by(pairs: list[tuple[Line, Line]], name: str, *, descending: bool) -> list[tuple[Line, Line]]:
    """Pairs that are equal in it keep their order; nulls are last either way."""
    known = [pair for pair in pairs if pair[0].value(name) is not None]
    unknown = [pair for pair in pairs if pair[0].value(name) is None]
    return sorted(known, key=lambda pair: pair[0].value(name), reverse=descending) + unknown


def told(window: Window) -> dict:
    return {"from": written(window.start), "to": written(window.end)}


def written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def stands_on(found: list[Line], metrics: list[str]) -> dict[str, list[dict]]:
    """Of each metric that shows it, what it stands on in each row."""
    shown = [metric for metric in metrics if metric in SHOWS_N]
    return {metric: [line.measures[metric][1] for line in found] for metric in shown}


def excluded(question: Question, window: Window, chosen: list[Visit]) -> dict:
    """What was left out, over the whole answer."""
    tests = len(question.chosen(question.tests, window))
    # What kind of session a test conversation has is nobody's business.
    of_kinds = mentions(question.request.get("filters"), "session_kind")
    found = {"test_conversations": UNSAID if of_kinds else tests}
    row = question.row(chosen, {})
    for metric in question.metrics:
        for name, count in EXCLUDED.get(metric, {}).items():
            number = count(row)
            assert found.setdefault(name, number) == number, f"{name} of which metric?"
    return found
