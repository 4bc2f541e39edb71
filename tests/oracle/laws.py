"""What holds of every answer whatever the events are; `ask` gives the answer to a request."""

from collections.abc import Callable
from datetime import date, timedelta
from math import isclose

from tests.oracle.metrics import COUNTS, OTHER_NUMBERS, SUMS
from tests.oracle.query_strategies import ADDITIVE, EVERY_PLAIN, OF_EXCHANGES
from tests.oracle.sameness import differences

Ask = Callable[[dict], dict]
ZEROS = [name for name in (*COUNTS, *SUMS, *OTHER_NUMBERS) if name not in OF_EXCHANGES]


def parts_make_the_whole(ask: Ask, request: dict, dimension: str) -> None:
    """What is added up over the rows of a partition is the number of all of them."""
    (whole,) = ask({**request, "metrics": ADDITIVE})["rows"]
    parts = ask({**request, "metrics": ADDITIVE, "dimensions": [dimension]})["rows"]
    for metric in ADDITIVE:
        total = sum(part[metric] for part in parts)
        assert isclose(total, whole[metric], rel_tol=1e-9), (dimension, metric, total, whole[metric])


def days_make_the_window(ask: Ask, first: date, last: date, zone: str) -> None:
    """The row of a day is the answer of that day alone, whatever the clocks do, and days add up."""
    days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    for metrics in EVERY_PLAIN:
        request = {"metrics": metrics, "timezone": zone}
        period = {"from": days[0], "to": days[-1]}
        (whole,) = ask({**request, "period": period})["rows"]
        rows = ask({**request, "period": period, "dimensions": ["day"]})["rows"]
        alone = [ask({**request, "period": {"from": day, "to": day}})["rows"][0] for day in days]
        expected = [{"day": day, **row} for day, row in zip(days, alone, strict=True)]
        assert not differences(expected, rows), differences(expected, rows)
        for metric in set(metrics) & set(ADDITIVE):
            assert isclose(sum(row[metric] for row in rows), whole[metric], rel_tol=1e-9), metric


def nothing_is_zero_or_null(ask: Ask, request: dict) -> None:
    """In a window in which nothing started; only calendars have rows there."""
    for metrics in EVERY_PLAIN:
        zeros = {metric: 0 if metric in ZEROS else None for metric in metrics}
        answer = ask({**request, "metrics": metrics})
        assert answer["rows"] == [zeros]
        assert answer["meta"]["freshness"] is None
        for counts in answer["meta"]["n"].values():
            assert not any(counts[0].values())
        assert ask({**request, "metrics": metrics, "dimensions": ["language"]})["rows"] == []
        by_hour = ask({**request, "metrics": metrics, "dimensions": ["hour"]})["rows"]
        assert by_hour == [{"hour": hour, **zeros} for hour in range(24)]
