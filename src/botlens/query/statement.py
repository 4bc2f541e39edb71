"""A plan becomes statements: text with placeholders, the values bound to them, and the names of columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botlens.metrics.catalogue.declaration import Metric
from botlens.metrics.expressions import STARTED, columns_of
from botlens.query.columns import SelectedColumn
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
    """The rows of a plan that do not carry what they cover; for those that do, see `scan`,
    and for cohorts `cohorts`.
    """
    columns = plan.of_rows
    keys = [each.column for each in plan.dimensions]
    keys += [each for each in (plan.group_total,) if each]
    grouped, parameters = grouped_rows(columns, keys, plan, selection, facts)
    if not plan.store_cuts:
        return Statement(f"{grouped} LIMIT {MOST_GROUPS + 1}", parameters, _names(columns))
    sql = (
        f"SELECT *, {ROWS_TOTAL.selected} FROM ({grouped}) "
        f"ORDER BY {', '.join(order_terms(plan, lambda column: column.name))} LIMIT {plan.request.limit}"
    )
    return Statement(sql, parameters, _names([*columns, ROWS_TOTAL]))


def grouped_rows(
    columns: Sequence[SelectedColumn],
    keys: Sequence[SelectedColumn],
    plan: QueryPlan,
    selection: Selection,
    facts: FactsSource,
) -> tuple[str, dict[str, Any]]:
    """SQL of some columns by some keys, over what a plan takes apart; and its parameters."""
    unnests = plan.unnested.unnests if plan.unnested else None
    source, parameters = selection.source(facts, *(each.sql for each in columns), unnests or "")
    if unnests:
        source += f" ARRAY JOIN {unnests} AS item"
    by = f" GROUP BY {', '.join(each.name for each in keys)}" if keys else ""
    return _select(columns, source) + by, parameters


def order_terms(plan: QueryPlan, name_of: Callable[[SelectedColumn], str]) -> list[str]:
    """The order of the rows that the store cuts.

    Args:
        plan: orders them.
        name_of: what a column of the plan is called where it is ordered.
    """
    names = {each.dimension.name: name_of(each.column) for each in plan.dimensions}
    for each in plan.metrics:
        basis = None if each.basis is None else name_of(each.basis)
        names[each.metric.name] = _ordered_by(each.metric, name_of(each.value), basis)
    return [
        f"{names[name]} {'DESC' if descending else 'ASC'} NULLS LAST"
        for name, descending in plan.request.order
    ]


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


def _select(columns: Sequence[SelectedColumn], source: str) -> str:
    return f"SELECT {', '.join(each.selected for each in columns)} FROM {source}"


def _names(columns: Sequence[SelectedColumn]) -> tuple[str, ...]:
    return tuple(each.name for each in columns)


def _ordered_by(metric: Metric, value: str, basis: str | None) -> str:
    """SQL of the value that an answer has."""
    if basis is None or not metric.kind.has_basis:
        return value
    if metric.kind.divides:
        return f"{value} / nullIf({basis}, 0)"
    return f"if({basis} = 0, NULL, {value})"
