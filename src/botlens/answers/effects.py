"""What a metric did around a marker: as many whole local days before it as after, its own day left out.

The day of the marker is partly before and partly after it, and so is evidence of neither.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from botlens.answers.queries import Queries
from botlens.answers.scope import Scope, needs
from botlens.metrics.changes import LEAST_N
from botlens.tenants.entitlements import local_day
from botlens.tenants.markers import Marker
from botlens.tenants.plans import MARKERS

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7


class Effects:
    """Answers with effects.

    Args:
        queries: answer what is asked of each side, so that it is the same number as anywhere else.
    """

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    @needs(MARKERS)
    def effect(
        self, scope: Scope, marker: Marker, metric: str, days: int, timezone: str | None = None
    ) -> dict[str, Any]:
        """A metric before and after a marker.

        Args:
            scope: of the marker's company.
            marker: around which.
            metric: a name of the catalogue.
            days: how many local days on each side, at most. If fewer have passed it is those; whole weeks of
                them if they make one, so that both sides have the same days of the week.
            timezone: whose days; None is the chatbot's, else the company's.

        Returns:
            See `MarkerEffect`, without the marker.

        Raises:
            InvalidError: there is no such metric or zone, or the metric is none of a whole period.
            NotFoundError: the marker's chatbot is no longer there.
            PlanError: the plan does not include it, or does not reach back so far.
        """
        zone = scope.zone(timezone, chatbot_id=marker.chatbot_id)
        own = local_day(marker.at, zone)
        length = _length(days, (local_day(scope.now, zone) - own).days - 1)
        said = {"metric": metric, "timezone": zone.key, "left_out": own.isoformat(), "least_n": LEAST_N}
        before, after = _period(own - length * _DAY, own - _DAY), _period(own + _DAY, own + length * _DAY)
        # Asked in any case, so that what cannot be asked is refused before there is anything to see, too.
        answer = self._queries.query(scope, _request(marker, metric, zone, before, after, length))
        if length <= 0:
            nothing = dict.fromkeys(("before", "after", "change", "distinguishable"))
            return {**said, "days": 0, **nothing}
        return {**said, "days": length, **_sides(answer, metric, before, after)}


def _length(days: int, passed: int) -> int:
    if passed >= days or passed < _WEEK:
        return max(0, min(days, passed))
    return passed - passed % _WEEK


def _period(first: date, last: date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def _request(
    marker: Marker,
    metric: str,
    zone: ZoneInfo,
    before: Mapping[str, str],
    after: Mapping[str, str],
    length: int,
) -> dict[str, Any]:
    request: dict[str, Any] = {"metrics": [metric], "timezone": zone.key}
    if marker.chatbot_id is not None:
        request["chatbots"] = [marker.chatbot_id]
    return {**request, "period": after, "compare": before} if length > 0 else {**request, "period": "today"}


def _sides(
    answer: Mapping[str, Any], metric: str, before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, Any]:
    compared = answer["compare"]
    change = compared["change"][metric][0]
    sides = {
        "before": _side(compared["rows"][0], compared["n"], metric, before),
        "after": _side(answer["rows"][0], answer["meta"]["n"], metric, after),
    }
    enough = all((side["n"] or 0) >= LEAST_N for side in sides.values())
    return {
        **sides,
        "change": {"absolute": change["absolute"], "relative": change["relative"]},
        "distinguishable": change["distinguishable"] if enough else None,
    }


def _side(
    row: Mapping[str, Any], bases: Mapping[str, Any], metric: str, days: Mapping[str, str]
) -> dict[str, Any]:
    value = row[metric]
    basis = bases[metric][0] if metric in bases else {"n": value}  # a count stands on what it counts
    n = basis.get("denominator", basis.get("n"))
    return {
        "days": dict(days),
        "value": value,
        "n": None if n is None else int(n),
        "interval": basis.get("interval"),
    }
