"""The catalogue says all that others must know of a metric, a dimension or a field: nobody else knows one."""

import ast
from pathlib import Path

import pytest

import botlens
from botlens.metrics.catalogue import LEFT_OUT, METRICS
from botlens.metrics.catalogue.declaration import Better, Kind
from botlens.metrics.dimension import Order
from botlens.metrics.dimensions import DIMENSIONS
from botlens.metrics.expressions import Need, columns_of, needs_of
from botlens.metrics.fields import FIELDS
from botlens.metrics.values import Type

SOURCE = Path(botlens.__file__).parent
ROOM = 22  # characters that a short label may have


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_a_metric_says_all(metric) -> None:
    """A label that fits, whole numbers where it counts, and why it is null exactly if it can be."""
    assert 0 < len(metric.short) <= ROOM
    assert metric.definition.endswith(".")
    assert isinstance(metric.better, Better)
    assert (metric.when_null is not None) == metric.kind.has_basis
    if metric.kind in (Kind.COUNT, Kind.DISTINCT):
        assert metric.type is Type.NUMBER
    if metric.kind.has_basis:
        assert metric.type is Type.DECIMAL
    assert all(DIMENSIONS[name].unnests or DIMENSIONS[name].of_cohorts for name in metric.by)


def test_labels_tell_apart() -> None:
    """No two metrics have one label, short or long."""
    for kind in ("label", "short"):
        labels = [getattr(each, kind) for each in METRICS.values()]
        assert len(set(labels)) == len(labels)


def test_one_way_is_better() -> None:
    """What everybody would say, so that a slip in a declaration shows."""
    better = {name: each.better.value for name, each in METRICS.items()}
    assert [better[name] for name in ("csat", "unanswered_rate", "conversations", "latency_p95")] == [
        "up",
        "down",
        "none",
        "down",
    ]


def test_units_of_the_calendar() -> None:
    """What has rows where nothing happened says which: dates by a day, a clock by all it shows."""
    for each in DIMENSIONS.values():
        assert (each.unit_of is not None or each.hourly) == (each.order is Order.DATES), each.name
        assert (each.units is not None) == (each.order is Order.CLOCK), each.name


@pytest.mark.parametrize(
    ("expression", "needs"),
    [
        ("countIf(is_first)", {Need.FIRST}),
        ("(next_at <= 5 AND rephrased > 0)", {Need.NEXT, Need.REPHRASED}),
        ("sum(next_attempts) + is_first_reply", set()),
        ("if(channel = 'is_first', 1, 0)", set()),
        ("x = 'it\\'s next_at' AND y = 'a''rephrased'", set()),
        ("x = {next_at:Int64}", set()),
    ],
)
def test_needs_are_names(expression: str, needs: set[Need]) -> None:
    """Whole words outside of texts and placeholders: a column called alike, or a text, needs nothing."""
    assert needs_of(expression) == needs


def test_columns_are_names() -> None:
    """The same of columns: a text that is called like one reads none."""
    assert columns_of("if(channel = 'messages', rating, {language:String})") == ("channel", "rating")


@pytest.mark.parametrize("room", ["query", "answers", "store"])
def test_nobody_else_knows_one_by_name(room: str) -> None:
    """No file of these rooms compares with, or looks up, what only a declaration may name.

    Words that also name something else (a column, a field of events, a period) are not looked at.
    """
    names = {*METRICS, *DIMENSIONS, *LEFT_OUT, *FIELDS}
    ours = {name for name in names if "_" in name} | {"outcome", "exchange", "weekday"}
    elsewhere = {"positive_feedback", "negative_feedback", "first_question"}  # what lists and exports show
    found = [
        f"{path.relative_to(SOURCE)}: {node.value}"
        for path in (SOURCE / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in ours - elsewhere
    ]
    assert found == []
