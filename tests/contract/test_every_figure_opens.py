"""Every figure of every answer opens into the conversations behind it: no metric, dimension or cell is left
out.

The page knows nothing but the catalogue; nor does `opened`, which makes the question of a list from a row.
"""

from typing import Any

import pytest

from botlens.metrics.catalogue import METRICS
from botlens.metrics.dimensions import COHORT, DIMENSIONS
from botlens.query.description import allowed_dimensions
from tests.conftest import Tenant
from tests.events import answer, conversation, handoff, message, outcome, rating, vote
from tests.oracle.opening import asked_about, figure_opens

BOTS = [{"chatbot_id": name, "confidence_threshold": 0.2, "timezone": None} for name in ("bot", "shop")]
SHOP = {"chatbot_id": "shop"}


def at(day: int, clock: str, month: int = 3) -> str:
    return f"2026-{month:02}-{day:02}T{clock}Z"


EVENTS = [
    # s comes first in January, and twice in March; its second visit asks what it asked before.
    message("a", "1", "Where is my order?", at(6, "10:00:00", 1), session_id="s", language="de"),
    answer("a", "2", 0.1, at(6, "10:00:01", 1)),
    message("b", "1", "where is my order", at(17, "23:30:00"), session_id="s", language="en", channel="web"),
    answer("b", "2", 0.9, at(17, "23:30:02")),
    message("b", "3", "Thanks", at(17, "23:31:00")),
    answer("b", "4", None, at(17, "23:31:40"), fallback=True),
    vote("b", "2", "positive"),
    vote("b", "4", "negative", at(17, "23:32:00")),
    message("c", "1", "Hi", at(18, "00:10:00"), session_id="s"),
    # t is new this month, comes back in a week and is passed on; its questions are empty, and repeated.
    message("d", "1", "?!", at(3, "08:00:00"), session_id="t", channel="app", language="en"),
    answer("d", "2", 0.05, at(3, "08:00:31")),
    message("d", "3", "where is my order", at(3, "08:01:00")),
    answer("d", "4", 0.5, at(3, "08:01:01")),
    rating("d", 2, at(3, "08:02:00")),
    message("e", "1", "A human, please", at(11, "09:00:00"), session_id="t"),
    message("e", "2", "Here I am", at(11, "09:00:05"), role="agent"),
    handoff("e", at(11, "09:00:03")),
    rating("e", 5, at(11, "09:10:00")),
    # The same session id at another bot is another session; outcomes of one name, with and without a value.
    message("f", "1", "Buy", at(12, "12:00:00"), **SHOP, session_id="t"),
    answer("f", "2", 0.7, at(12, "12:00:00"), **SHOP, latency_ms=1999.5),
    outcome("f", "sale, big", at(12, "12:05:00"), **SHOP, value=5.0),
    outcome("f", "lead", at(12, "12:05:00"), **SHOP),
    outcome("f", "lead", at(12, "12:06:00"), **SHOP, value=0.0),
    message("g", "1", "Buy", at(16, "12:00:00"), **SHOP),
    outcome("g", "lead", at(16, "12:05:00"), **SHOP, value=-2.5),
    message("g", "2", "Are you there?", at(17, "13:00:00"), **SHOP),
    # Nothing was said in this one, and one is a test.
    conversation("h", at(10, "10:00:00")),
    message("z", "1", "Buy", at(16, "12:00:00")),
    conversation("z", at(16, "12:00:00"), test=True),
]

PERIOD = {"from": "2026-01-01", "to": "2026-03-18"}
SETS = [
    [],
    *([name] for name in DIMENSIONS if name not in COHORT),
    list(COHORT),
    ["weekday", "hour"],
    ["chatbot", "outcome"],
    ["question", "language"],
    ["exchange", "channel"],
]


def measurable(dimensions: list[str]) -> list[str]:
    """The metrics that can be split by some dimensions."""
    apart = [name for name in dimensions if not DIMENSIONS[name].partitions]
    if not apart:
        return [name for name, metric in METRICS.items() if metric.measure]
    return [name for name, metric in METRICS.items() if set(apart) <= set(allowed_dimensions(metric))]


def places(rows: list[dict[str, Any]], metric: str, *, last: bool, empty: bool) -> list[int]:
    """Where it is something: the first or the last; and perhaps one where it is not."""
    found = [place for place, row in enumerate(rows) if row[metric]]
    nothing = [place for place, row in enumerate(rows) if not row[metric]]
    return [*(found[-1:] if last else found[:1]), *(nothing[:1] if empty else [])]


@pytest.fixture
def company(new_tenant: Any) -> Tenant:
    tenant: Tenant = new_tenant(chatbots=("bot", "shop"))
    tenant.send(*EVENTS)
    return tenant


@pytest.mark.slow
@pytest.mark.parametrize("dimensions", SETS, ids="-".join)
def test_every_cell_opens(company: Tenant, dimensions: list[str]) -> None:
    """The list behind a cell is of the conversations that made it, and its total is the figure."""
    conversations = company.world.engine.answers.conversations
    described = {each["name"]: each for each in company.get("/v1/metrics")["metrics"]}
    metrics = measurable(dimensions)
    seen = 0
    for some in (metrics[start : start + 20] for start in range(0, len(metrics), 20)):
        request = {"metrics": some, "dimensions": dimensions, "period": PERIOD}
        answered = company.query(request)
        about = asked_about((EVENTS, BOTS), request, company.world.now, "UTC")
        for number, name in enumerate(some):
            # With each dimension the other way round: a metric is looked at in first and in last rows.
            last = (number + SETS.index(dimensions)) % 2 == 0
            for place in places(answered["rows"], name, last=last, empty=number == 0):
                seen += figure_opens(
                    described[name],
                    about,
                    answered,
                    place,
                    lambda asked: conversations.page(company.scope, asked),
                )
    assert seen > 0


def test_each_metric_is_looked_at() -> None:
    """Every metric with every dimension that it can be split by."""
    looked_at = {(metric, name) for names in SETS for metric in measurable(names) for name in names}
    assert looked_at >= {
        (name, each) for name, metric in METRICS.items() for each in allowed_dimensions(metric)
    }
