"""A request becomes statements: text with placeholders, and the values that are bound to them."""

from dataclasses import dataclass
from typing import Any

from botlens.metrics.catalogue.declaration import WHOLE, Kind
from botlens.metrics.expressions import (
    HAS_SESSION,
    LOCAL_WEEK,
    NEWEST,
    SESSION,
    STARTED,
    Need,
    columns_of,
    needs_of,
)
from botlens.query.request import Request
from botlens.query.selection import Facts, Selection
from botlens.query.window import Window

MOST_GROUPS = 100_000
"""Rows before empty ones are filled in and others cut off by `limit`; more are an error, never cut."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and the values that are bound to its placeholders."""

    sql: str
    parameters: dict[str, Any]


def rows_statement(request: Request, selection: Selection, facts: Facts) -> Statement:
    """The rows: one column a dimension, then value and denominator of each metric, then `of_all`.

    `of_all` is 1 in rows that count conversations as wholes, under a dimension that takes them apart: they
    are the denominators of the others. What follows is what `tells_around` says, or, if the store orders and
    cuts, how many rows there are.
    """
    if request.is_of_cohorts:
        return _cohorts(request, selection, facts)
    columns, keys = _columns(request)
    if tells_around(request):
        columns += _around(request)
        keys.append("counted")
    apart = request.takes_apart.takes_apart if request.takes_apart else None
    source, parameters = selection.source(facts, *columns, apart or "", tests=tells_around(request))
    if apart:
        source += f" ARRAY JOIN {apart} AS item"
    grouped = f"SELECT {', '.join(columns)} FROM {source}"
    if keys:
        grouped += f" GROUP BY {', '.join(keys)}"
    if cuts_in_store(request):
        return Statement(_cut(request, grouped), parameters)
    return Statement(f"{grouped} LIMIT {MOST_GROUPS + 1}", parameters)


def asks_of_sessions(request: Request) -> frozenset[Need]:
    """What rows must know of their session for a request, besides what its filters need."""
    return needs_of(*_columns(request)[0], *_around(request))


def tells_around(request: Request) -> bool:
    """Whether its rows also tell what is around them, so that no statement of its own has to.

    They cannot where a conversation is in several rows, or not all rows come.
    """
    return request.takes_apart is None and not request.is_of_cohorts and not cuts_in_store(request)


def cuts_in_store(request: Request) -> bool:
    """Whether the store orders and cuts: few of many values are wanted, and no empty rows to fill in."""
    return (
        request.limit is not None
        and request.compare is None
        and bool(request.dimensions)
        and not request.is_of_cohorts
        and not _has_wholes(request)
        and not any(each.order.calendar for each in request.dimensions)
    )


def around_statement(request: Request, selection: Selection, facts: Facts) -> Statement:
    """What is around the rows, where they do not tell it: see `_around`."""
    columns = _around(request)
    source, parameters = selection.source(facts, *columns, tests=True)
    return Statement(f"SELECT {', '.join(columns)} FROM {source} GROUP BY counted", parameters)


def _around(request: Request) -> list[str]:
    """Whether tests or counted ones, how many, newest event, earliest and latest start, what was left out."""
    left_out = excluded_of(request).values()
    extremes = [f"max({NEWEST})", f"min({STARTED})", f"max({STARTED})"]
    return ["counted", "count()", *extremes, *(f"sum(toInt64({sql}))" for sql in left_out)]


def excluded_of(request: Request) -> dict[str, str]:
    """Name and SQL of what the metrics asked for leave out."""
    return {name: sql for metric in request.metrics for name, sql in metric.excluded.items()}


def extent_statement(chatbots: tuple[str, ...], window: Window, facts: Facts) -> Statement:
    """The earliest and the latest start of a window that is open on a side."""
    within, parameters = window.condition()
    source = facts(f"chatbot_id IN {{chatbots:Array(String)}} AND {within}", columns_of(STARTED))
    return Statement(
        f"SELECT minOrNull({STARTED}), maxOrNull({STARTED}) FROM {source}",
        {**parameters, "chatbots": list(chatbots)},
    )


def _columns(request: Request) -> tuple[list[str], list[str]]:
    """What is selected, and by what it is grouped."""
    wholes = _has_wholes(request)
    columns = [f"{each.value} AS d{place}" for place, each in enumerate(request.dimensions)]
    keys = [f"d{place}" for place in range(len(request.dimensions))]
    for place, metric in enumerate(request.metrics):
        measure = request.measure(metric)
        of = "0" if measure.of in (None, WHOLE) else measure.of
        columns += [f"{measure.value} AS m{place}", f"{of} AS n{place}"]
    columns.append(f"{'item.1' if wholes else '0'} AS of_all")
    return columns, [*keys, "of_all"] if wholes else keys


def _has_wholes(request: Request) -> bool:
    return any(each.name == "outcome" for each in request.dimensions)


def _cut(request: Request, grouped: str) -> str:
    names = {each.name: f"d{place}" for place, each in enumerate(request.dimensions)}
    for place, metric in enumerate(request.metrics):
        names[metric.name] = f"m{place}"
        if metric.kind in (Kind.RATIO, Kind.RATE):
            names[metric.name] = f"m{place} / nullIf(n{place}, 0)"
        elif metric.kind in (Kind.MEDIAN, Kind.PERCENTILE):
            names[metric.name] = f"if(n{place} = 0, NULL, m{place})"
    terms = [
        f"{names[name]} {'DESC' if descending else 'ASC'} NULLS LAST" for name, descending in request.order
    ]
    return f"SELECT *, count() OVER () FROM ({grouped}) ORDER BY {', '.join(terms)} LIMIT {request.limit}"


def _cohorts(request: Request, selection: Selection, facts: Facts) -> Statement:
    """Sessions by the week of their first conversation, and how many of them were there how much later."""
    chosen, parameters = selection.source(facts, SESSION, LOCAL_WEEK, Need.FIRST)
    firsts = f"(SELECT {SESSION}, {LOCAL_WEEK} AS cohort FROM {chosen} WHERE {Need.FIRST})"
    since, more = Window(selection.window.start, None).condition("since_")
    kept = f"counted AND {HAS_SESSION} AND chatbot_id IN {{chatbots:Array(String)}} AND {since}"
    rows = facts(kept, columns_of(SESSION, LOCAL_WEEK))
    visits = f"(SELECT {SESSION}, {LOCAL_WEEK} AS week FROM {rows})"
    places = {"cohort_week": "cohort", "weeks_later": "later"}
    columns = [f"{places[each.name]} AS d{place}" for place, each in enumerate(request.dimensions)]
    for place in range(len(request.metrics)):
        columns += [f"uniqExact({SESSION}) AS m{place}", f"0 AS n{place}"]
    joined = (
        f"(SELECT {SESSION}, cohort, intDiv(week - cohort, 7) AS later FROM {visits} AS visits "
        f"INNER JOIN {firsts} AS firsts USING ({SESSION}))"
    )
    selected = f"SELECT {', '.join(columns)}, 0 AS of_all FROM {joined} GROUP BY cohort, later"
    return Statement(f"{selected} LIMIT {MOST_GROUPS + 1}", {**parameters, **more})
