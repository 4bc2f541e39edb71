"""Sessions by the local week of their first conversation, and in which weeks they came again."""

from dataclasses import replace
from typing import Any

from botlens.metrics.expressions import FIRST_WEEK, HAS_SESSION, LATER, LOCAL_WEEK, SESSION, columns_of
from botlens.moments import days
from botlens.query.filters import Condition
from botlens.query.plan import QueryPlan
from botlens.query.selection import OF_CHATBOTS, FactsSource, Selection
from botlens.query.statement import MOST_GROUPS, Statement
from botlens.query.window import Window


def cohorts_statement(plan: QueryPlan, selection: Selection, facts: FactsSource) -> Statement:
    """Sessions by the week of their first conversation, and how many of them were there how much later."""
    weeks, parameters = sessions_by_week(selection, facts)
    columns = plan.of_rows
    selected = ", ".join(each.selected for each in columns)
    sql = f"SELECT {selected} FROM {weeks} GROUP BY {FIRST_WEEK}, {LATER} LIMIT {MOST_GROUPS + 1}"
    return Statement(sql, parameters, tuple(each.name for each in columns))


def sessions_by_week(selection: Selection, facts: FactsSource) -> tuple[str, dict[str, Any]]:
    """Sessions whose first conversation is chosen, a row for each week in which one was there.

    Returns:
        A table expression with the cohort and how many weeks later that is, and its parameters.
    """
    if selection.condition.needs or selection.reach.needs:
        visited, parameters = replace(selection, visits=Condition()).source(facts, SESSION)
        return f"(SELECT DISTINCT {SESSION}, {FIRST_WEEK}, {LATER} FROM {visited})", parameters
    since, _ = Window(selection.window.start).days()
    chosen, _ = selection.window.moments()
    allowed, of_allowed = selection.allowed.moments("allowed_")
    visible = f"{LOCAL_WEEK} <= {{this_week:Int32}} AND {allowed} AND ({selection.reach.sql})"
    # Of a session, its first moment and its weeks are enough, which no rows have to be sorted for. Of several
    # conversations of its first moment only a filter can tell one from another.
    first = f"argMin(toBool({selection.condition.sql}), (started_at, conversation_id)) AND "
    if selection.condition.sql == Condition().sql:
        first = ""
    rows = facts(
        f"counted AND {HAS_SESSION} AND {OF_CHATBOTS} AND {since}",
        columns_of(SESSION, LOCAL_WEEK, visible, first),
    )
    known = (
        f"SELECT min(started_at) AS first_at, groupUniqArrayIf({LOCAL_WEEK}, {visible}) AS weeks FROM {rows} "
        f"GROUP BY {SESSION} HAVING {first}1{selection.unseen(facts)}"
    )
    of_chosen = (
        f"SELECT *, {LOCAL_WEEK} AS {FIRST_WEEK} FROM (SELECT weeks, first_at AS started_at FROM ({known}))"
    )
    later = f"intDiv(week - {FIRST_WEEK}, 7) AS {LATER}"
    parameters = {
        **selection.parameters(),
        **selection.window.condition()[1],
        **of_allowed,
        **selection.reach.parameters,
        "this_week": days(selection.last_week),
    }
    by_week = f"SELECT {FIRST_WEEK}, {later} FROM ({of_chosen} WHERE {chosen}) ARRAY JOIN weeks AS week"
    return f"({by_week})", parameters
