"""A plan becomes statements: text with placeholders, the values bound to them, and the names of columns."""

from dataclasses import dataclass, replace
from typing import Any

from botlens.metrics.catalogue.declaration import Metric
from botlens.metrics.expressions import FIRST_WEEK, LATER, SESSION, STARTED, columns_of
from botlens.query.columns import SelectedColumn
from botlens.query.filters import Condition
from botlens.query.plan import QueryPlan
from botlens.query.selection import FactsSource, Selection
from botlens.query.window import Window

MOST_GROUPS = 100_000
"""Rows before empty ones are filled in and others cut off by `limit`; more are an error, never cut."""

ROWS_TOTAL = SelectedColumn("rows_total", "count() OVER ()")
"""How many rows there are, if the store cuts them."""

EARLIEST = SelectedColumn("earliest", f"minOrNull({STARTED})")
LATEST = SelectedColumn("latest", f"maxOrNull({STARTED})")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, the values that are bound to its placeholders, and the names of what it selects, in order."""

    sql: str
    parameters: dict[str, Any]
    names: tuple[str, ...]


def rows_statement(plan: QueryPlan, selection: Selection, facts: FactsSource) -> Statement:
    """The rows of a plan that do not carry what they cover; for those that do, see `scan`."""
    if plan.of_cohorts:
        return _cohorts(plan, selection, facts)
    columns = plan.of_rows
    keys = [each.column.name for each in plan.dimensions]
    keys += [each.name for each in (plan.group_total,) if each]
    unnests = plan.unnested.unnests if plan.unnested else None
    source, parameters = selection.source(facts, *(each.sql for each in columns), unnests or "")
    if unnests:
        source += f" ARRAY JOIN {unnests} AS item"
    grouped = _select(columns, source)
    if keys:
        grouped += f" GROUP BY {', '.join(keys)}"
    if plan.store_cuts:
        return Statement(_cut(plan, grouped), parameters, _names([*columns, ROWS_TOTAL]))
    return Statement(f"{grouped} LIMIT {MOST_GROUPS + 1}", parameters, _names(columns))


def extent_statement(chatbots: tuple[str, ...], window: Window, facts: FactsSource) -> Statement:
    """The earliest and the latest start of a window that is open on a side."""
    within, parameters = window.condition()
    source = facts(f"chatbot_id IN {{chatbots:Array(String)}} AND {within}", columns_of(STARTED))
    columns = [EARLIEST, LATEST]
    return Statement(_select(columns, source), {**parameters, "chatbots": list(chatbots)}, _names(columns))


def first_starts_statement(chatbots: tuple[str, ...], facts: FactsSource) -> Statement:
    """Of each chatbot that has one, the start of its first conversation."""
    source = facts("counted AND chatbot_id IN {chatbots:Array(String)}", columns_of(STARTED, "chatbot_id"))
    return _first_starts(source, {"chatbots": list(chatbots)})


def first_starts_among_statement(selection: Selection, facts: FactsSource) -> Statement:
    """Of each chatbot that has one, the start of its first conversation of a selection."""
    return _first_starts(*selection.source(facts, STARTED, "chatbot_id"))


def _first_starts(source: str, parameters: dict[str, Any]) -> Statement:
    columns = [SelectedColumn("chatbot", "toString(chatbot_id)"), SelectedColumn("first", f"min({STARTED})")]
    return Statement(f"{_select(columns, source)} GROUP BY chatbot", parameters, _names(columns))


def _select(columns: list[SelectedColumn], source: str) -> str:
    return f"SELECT {', '.join(each.selected for each in columns)} FROM {source}"


def _names(columns: list[SelectedColumn]) -> tuple[str, ...]:
    return tuple(each.name for each in columns)


def _cut(plan: QueryPlan, grouped: str) -> str:
    names = {each.dimension.name: each.column.name for each in plan.dimensions}
    for each in plan.metrics:
        names[each.metric.name] = _ordered_by(each.metric, each.value, each.basis)
    terms = [
        f"{names[name]} {'DESC' if descending else 'ASC'} NULLS LAST"
        for name, descending in plan.request.order
    ]
    return (
        f"SELECT *, {ROWS_TOTAL.selected} FROM ({grouped}) "
        f"ORDER BY {', '.join(terms)} LIMIT {plan.request.limit}"
    )


def _ordered_by(metric: Metric, value: SelectedColumn, basis: SelectedColumn | None) -> str:
    """SQL of the value that an answer has."""
    if basis is None or not metric.kind.has_basis:
        return value.name
    if metric.kind.divides:
        return f"{value.name} / nullIf({basis.name}, 0)"
    return f"if({basis.name} = 0, NULL, {value.name})"


def _cohorts(plan: QueryPlan, selection: Selection, facts: FactsSource) -> Statement:
    """Sessions by the week of their first conversation, and how many of them were there how much later."""
    visited, parameters = replace(selection, visits=Condition()).source(facts, SESSION)
    columns = plan.of_rows
    sql = f"{_select(columns, visited)} GROUP BY {FIRST_WEEK}, {LATER} LIMIT {MOST_GROUPS + 1}"
    return Statement(sql, parameters, _names(columns))
