"""Rows that the store orders and cuts, of several questions: counted once, and ordered for each.

Who asks for the questions that were asked most and for those that were answered least asks for nine of the
same thousands of rows, twice. To read and to group the texts is what it costs.
"""

from collections.abc import Sequence

from botlens.query.columns import Result, SelectedColumn
from botlens.query.plan import QueryPlan
from botlens.query.selection import FactsSource, Selection
from botlens.query.statement import ROWS_TOTAL, Statement, grouped_rows, order_terms


def cut_alike(one: QueryPlan, other: QueryPlan) -> bool:
    """Whether the store cuts both, and they have the same rows before."""
    if not (one.store_cuts and other.store_cuts):
        return False
    return one.unnested is other.unnested and _keys(one) == _keys(other) and one.needs == other.needs


def _keys(plan: QueryPlan) -> frozenset[str]:
    return frozenset(each.column.sql for each in plan.dimensions)


class Cuts:
    """Some plans that are `cut_alike`, as one statement.

    Args:
        plans: at least one.
    """

    def __init__(self, plans: Sequence[QueryPlan]) -> None:
        self._plans = plans
        columns = (column for plan in plans for column in plan.of_rows)
        distinct = dict.fromkeys(each.sql for each in columns)
        self._columns = {sql: SelectedColumn(f"c{place}", sql) for place, sql in enumerate(distinct)}
        self._places = [
            SelectedColumn(f"place{number}", self._place(plan)) for number, plan in enumerate(plans)
        ]

    def statement(self, selection: Selection, facts: FactsSource) -> Statement:
        """The one statement. Nothing that only one of them wants is cut off."""
        keys = [self._columns[each.column.sql] for each in self._plans[0].dimensions]
        columns = list(self._columns.values())
        grouped, parameters = grouped_rows(columns, keys, self._plans[0], selection, facts)
        added = [ROWS_TOTAL, *self._places]
        kept = " OR ".join(
            f"{place.name} <= {plan.request.limit}"
            for place, plan in zip(self._places, self._plans, strict=True)
        )
        return Statement(
            f"SELECT *, {', '.join(each.selected for each in added)} FROM ({grouped}) QUALIFY {kept}",
            parameters,
            tuple(each.name for each in (*columns, *added)),
        )

    def results(self, result: Result) -> list[Result]:
        """What each plan would have found alone, in their order."""
        return [self._of(plan, place, result) for plan, place in zip(self._plans, self._places, strict=True)]

    def _of(self, plan: QueryPlan, place: SelectedColumn, result: Result) -> Result:
        assert plan.request.limit is not None  # noqa: S101 - else nothing is cut
        in_order = sorted(
            (number, row) for row, number in enumerate(result[place]) if number <= plan.request.limit
        )
        rows = [row for _, row in in_order]
        names = {each.name: self._columns[each.sql].name for each in plan.of_rows}
        names[ROWS_TOTAL.name] = ROWS_TOTAL.name
        return Result(
            len(rows), {own: [result.columns[name][row] for row in rows] for own, name in names.items()}
        )

    def _place(self, plan: QueryPlan) -> str:
        terms = order_terms(plan, lambda column: self._columns[column.sql].name)
        return f"row_number() OVER (ORDER BY {', '.join(terms)})"
