"""What is decided of a request before anything is read, and that results are read by the names it gives."""

import pytest

from botlens.query.columns import Result
from botlens.query.plan import QueryPlan
from botlens.query.request import Request
from botlens.query.table import table_of


def plan_of(*metrics: str, **more: object) -> QueryPlan:
    return QueryPlan.of(Request.parse({"metrics": list(metrics), **more}))


@pytest.mark.parametrize(
    ("plan", "cuts", "carries"),
    [
        (plan_of("conversations"), False, True),
        (plan_of("conversations", dimensions=["language"]), False, True),
        (plan_of("conversations", dimensions=["language"], limit=3), False, True),  # there are few
        (plan_of("conversations", dimensions=["first_question"], limit=3), True, False),
        (plan_of("conversations", dimensions=["day"], limit=3), False, True),  # empty days come first
        (plan_of("conversations", dimensions=["language"], limit=3, compare="previous_period"), False, True),
        (plan_of("questions", dimensions=["question"], limit=3), True, False),
        (plan_of("questions", dimensions=["question"]), False, False),  # a conversation is in several rows
        (plan_of("conversions", dimensions=["outcome"], limit=3), False, False),  # groups are needed whole
        (plan_of("retained_sessions", dimensions=["cohort_week", "weeks_later"], limit=3), False, False),
    ],
)
def test_what_the_store_does(plan: QueryPlan, cuts: bool, carries: bool) -> None:
    """It orders and cuts where values are many and no row of nothing is wanted.

    Rows say what they cover where all come, once.
    """
    assert (plan.store_cuts, plan.carries_coverage) == (cuts, carries)


def test_what_is_left_out_is_counted_once() -> None:
    """Two metrics that leave out the same share a column."""
    plan = plan_of("unique_sessions", "new_sessions", "unanswered_rate")
    names = [each.left_out.name for each in plan.left_out]
    assert names == ["without_session", "answers_without_score"]


def test_results_are_read_by_name() -> None:
    """In whatever order the columns of a result come, values get where they belong."""
    plan = plan_of("unanswered_rate", "conversations", dimensions=["first_question", "chatbot"], limit=9)
    names = ("rows_total", "n0", "m1", "d1", "m0", "d0")
    table = table_of(plan, Result.of(names, [(7, 4, 5, "bot", 1, "en"), (7, 2, 3, "shop", 0, "de")]))
    assert table.rows_total == 7
    assert {key: [tuple(cell) for cell in cells] for key, cells in table.cells.items()} == {
        ("en", "bot"): [(1, 4), (5, 0)],
        ("de", "shop"): [(0, 2), (3, 0)],
    }


def test_a_share_of_its_group() -> None:
    """By outcome, a rate is of all conversations of the group, which come in a row of their own."""
    plan = plan_of("conversion_rate", dimensions=["outcome", "language"])
    rows = [("sold", "en", 2, 0), ("", "en", 8, 1), ("called", "en", 1, 0)]
    table = table_of(plan, Result.of(("d0", "d1", "m0", "of_all"), rows))
    assert {key: tuple(cells[0]) for key, cells in table.cells.items()} == {
        ("sold", "en"): (2, 8),
        ("called", "en"): (1, 8),
    }
