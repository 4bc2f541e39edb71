"""Several groupings as one statement: each finds in its result what it would have found alone."""

import pytest

from botlens.errors import InvalidError
from botlens.metrics.expressions import Need
from botlens.query.columns import Result, SelectedColumn
from botlens.query.plan import COUNTED, QueryPlan
from botlens.query.request import Request
from botlens.query.scan import Grouping, Scan, joined_results
from botlens.query.selection import Selection
from botlens.query.window import Window
from botlens.zones import zone_of

LANGUAGE, CHANNEL = SelectedColumn("d0", "language"), SelectedColumn("d0", "channel")
CONVERSATIONS, MESSAGES = SelectedColumn("m0", "count()"), SelectedColumn("m1", "sum(messages)")
ALSO_CONVERSATIONS = SelectedColumn("m7", "count()")
BY_LANGUAGE = Grouping((LANGUAGE,), (CONVERSATIONS, MESSAGES))
BY_CHANNEL = Grouping((CHANNEL,), (ALSO_CONVERSATIONS,))
WHOLE = Grouping((), (CONVERSATIONS,))


def statement_of(*parts: Grouping) -> tuple[str, tuple[str, ...]]:
    zone = zone_of("UTC")
    assert zone is not None
    selection = Selection(("bot",), zone, Window(0, 1), (0, 1), 1, 1)
    statement = Scan(parts).statement(selection, lambda _, columns: f"(facts: {', '.join(columns)})")
    return statement.sql, statement.names


def test_one_grouping() -> None:
    """It is a plain statement, whose columns get the names that the part knows."""
    sql, names = statement_of(BY_LANGUAGE)
    assert sql.endswith("GROUP BY k0, counted LIMIT 100001")
    assert names == ("k0", "counted", "c0", "c1")
    (found,) = Scan([BY_LANGUAGE]).results(Result.of(names, [("en", True, 2, 9)]))
    assert (found[LANGUAGE], found[COUNTED], found[MESSAGES]) == (("en",), (True,), (9,))


def test_several() -> None:
    """What they have in common is selected once; each gets its own rows, by its own names."""
    parts = (BY_LANGUAGE, BY_CHANNEL, WHOLE)
    sql, names = statement_of(*parts)
    assert "GROUPING SETS ((k0, counted), (k1, counted), (counted))" in sql
    assert sql.endswith("LIMIT 100001")
    assert "FROM (SELECT *, language AS k0, channel AS k1 FROM" in sql  # before anything is grouped by them
    assert sql.count("count()") == sql.count("facts:") == 1
    assert names == ("k0", "k1", "counted", "c0", "c1", "grouping_set")
    rows = [
        ("en", "", True, 2, 9, 0b01),
        ("", "web", True, 3, 11, 0b10),
        ("de", "", True, 1, 2, 0b01),
        ("", "", True, 3, 11, 0b11),
        ("", "", False, 1, 1, 0b11),
    ]
    by_language, by_channel, whole = Scan(parts).results(Result.of(names, rows))
    assert (by_language[LANGUAGE], by_language[CONVERSATIONS]) == (["en", "de"], [2, 1])
    assert (by_channel[CHANNEL], by_channel[ALSO_CONVERSATIONS]) == (["web"], [3])
    assert (whole.size, whole[CONVERSATIONS], whole[COUNTED]) == (2, [3, 1], [True, False])


def test_too_many_together() -> None:
    """It is refused, and never cut: each may be read alone."""
    scan = Scan([BY_LANGUAGE, WHOLE])
    _, names = statement_of(BY_LANGUAGE, WHOLE)
    with pytest.raises(InvalidError, match="100,000"):
        scan.results(Result.of(names, [("en", True, 1, 1, 0)] * 100_001))


def test_the_same_grouping_twice() -> None:
    """It is one, whichever the order of its keys."""
    one, other = Grouping((LANGUAGE, CHANNEL), (CONVERSATIONS,)), Grouping((CHANNEL, LANGUAGE), (MESSAGES,))
    sql, _ = statement_of(one, other)
    assert "GROUP BY k0, k1, counted" in sql


def test_what_may_have_many_groups() -> None:
    """Texts of visitors are as many as conversations: all that others count would be counted for each."""

    def part(dimension: str) -> Grouping:
        plan = QueryPlan.of(Request.parse({"metrics": ["conversations"], "dimensions": [dimension]}))
        (only,) = Grouping.of_rows(plan)
        return only

    assert part("language").few
    assert not part("first_question").few


def plan_of(*metrics: str, **more: object) -> QueryPlan:
    return QueryPlan.of(Request.parse({"metrics": list(metrics), **more}))


def test_what_must_know_of_sessions_is_read_apart() -> None:
    """To look for the next conversation of each session sorts all rows: with as little as there need be."""
    parts = Grouping.of_rows(plan_of("messages", "resolution_assumed_rate", "csat", dimensions=["day"]))
    assert [each.needs for each in parts] == [frozenset(), {Need.NEXT}]
    assert {each.sql for each in parts[0].columns} >= {"sum(messages)", "count()"}
    assert not any("sum(messages)" in each.sql for each in parts[1].columns)


def test_results_are_joined_by_their_keys() -> None:
    """In whatever order each has its rows."""
    plan = plan_of("conversations", "resolution_assumed_rate", dimensions=["language"])
    light, of_sessions = Grouping.of_rows(plan)
    names = [[each.name for each in (*part.keys, COUNTED, *part.columns)] for part in (light, of_sessions)]
    one = Result.of(
        names[0], [("en", True, *range(10, 10 + len(light.columns))), ("de", True, *light.columns)]
    )
    other = Result.of(
        names[1], [("de", True, *of_sessions.columns), ("en", True, *range(len(of_sessions.columns)))]
    )
    found = joined_results([light, of_sessions], [one, other])
    assert found.size == 2
    assert list(found.columns["d0"]) == ["en", "de"]
    for place, each in enumerate(of_sessions.columns):
        assert list(found[each]) == [place, each]
    for place, each in enumerate(light.columns):
        assert list(found[each]) == [10 + place, each]


def test_what_is_worth_a_common_statement() -> None:
    """By the same keys whatever there is; by others what is light: for each group all is computed."""
    card, day, chart = (
        Grouping.of_rows(plan_of(*metrics, dimensions=dimensions))[0]
        for metrics, dimensions in (
            (["conversations", "unique_sessions"], []),
            (["conversations"], ["day"]),
            (["unique_sessions"], ["day"]),
        )
    )
    language = Grouping.of_rows(plan_of("csat", dimensions=["language"]))[0]
    assert day.goes_with(language)
    assert day.goes_with(chart)
    assert not card.goes_with(day)
    assert not chart.goes_with(language)
