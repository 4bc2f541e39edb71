"""Generated requests: valid sets of metrics and dimensions, with all else that a request may say."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.oracle.cohorts import METRICS as OF_COHORT_WEEKS
from tests.oracle.dimensions import CLOCK, COHORTS, DATES, PARTITIONS, SPECIAL
from tests.oracle.filter_strategies import filters
from tests.oracle.metrics import COUNTS, MEDIANS, OTHER_NUMBERS, PERCENTILES, RATES, RATIOS, SUMS
from tests.oracle.seed import local_day
from tests.oracle.strategies import CHATBOTS, moments, written, zones

OF_OUTCOMES = ["conversations", "conversions", "conversion_rate", "outcomes", "outcome_value"]
OF_QUESTIONS = ["questions", "unanswered_answers"]
OF_EXCHANGES = ["reached", "drop_off_rate"]
OF_COHORTS = list(OF_COHORT_WEEKS)
OF_SPECIAL = {"outcome": OF_OUTCOMES, "question": OF_QUESTIONS, "exchange": OF_EXCHANGES}
PLAIN = [
    name
    for names in (COUNTS, SUMS, OTHER_NUMBERS, RATIOS, RATES, MEDIANS, PERCENTILES)
    for name in names
    if name not in OF_EXCHANGES
]
EVERY_METRIC = [*PLAIN, *OF_EXCHANGES, *OF_COHORTS]
# In requests of at most 20 metrics.
EVERY_PLAIN = [PLAIN[start::3] for start in range(3)]
ADDITIVE = [*COUNTS, *SUMS]  # of partitions: the parts sum to the whole

_SHORT_PERIODS = ["today", "1d", "2d", "7d"]
_ENDED = ["yesterday", "last_week", "last_month"]
_PERIODS = [
    *(*_SHORT_PERIODS, *_ENDED),
    *("30d", "30d", "30d", "90d", "week", "month", "quarter", "ytd", "1mo", "2mo", "12mo"),
]
EARLIER = ["previous_period", "previous_period_whole", "previous_year"]
_SPANS = [timedelta(0), timedelta(microseconds=1), timedelta(hours=36), timedelta(days=1), timedelta(days=7)]


def span(events: list[dict]) -> timedelta:
    times = [datetime.fromisoformat(event["created_at"]) for event in events if event.get("created_at")]
    return max(times) - min(times) if times else timedelta(0)


def fewest_dimensions(metric: str) -> list[str]:
    """Those without which a metric means nothing."""
    return list(COHORTS) if metric in OF_COHORTS else ["exchange"] if metric in OF_EXCHANGES else []


def dimensions_for(metric: str):
    """Dimensions with which a metric may be asked for; for most of them possibly none."""
    if metric in OF_COHORTS:
        return st.permutations(COHORTS)
    partitions = _partitions()
    fitting = [name for name, metrics in OF_SPECIAL.items() if metric in metrics]
    if not fitting:
        return partitions
    special = st.tuples(partitions, st.sampled_from(fitting)).map(lambda both: [both[1], *both[0]])
    return special.flatmap(st.permutations) if metric in OF_EXCHANGES else partitions | special


def _partitions():
    some = st.lists(st.sampled_from(list(PARTITIONS)), max_size=3, unique=True)
    return some.filter(_not_too_many_rows)


def _not_too_many_rows(dimensions: list[str]) -> bool:
    """A product of dates and clocks has thousands."""
    dates, clocks = [name for name in dimensions if name in DATES], [n for n in dimensions if n in CLOCK]
    return not dates or len(clocks) <= ("date_hour" not in dates)


def metrics_beside(metric: str, dimensions: list[str]):
    """Some more that may be asked for with the same dimensions."""
    special = [name for name in dimensions if name in SPECIAL]
    fitting = OF_COHORTS if metric in OF_COHORTS else OF_SPECIAL[special[0]] if special else PLAIN
    more = st.lists(st.sampled_from(fitting), max_size=5, unique=True)
    return more.map(lambda others: list(dict.fromkeys([metric, *others]))).flatmap(st.permutations)


@st.composite
def _said_window(draw, events: list[dict], zone: str, *, mixed: bool) -> dict:
    """From a date or an instant to a date or an instant, neither far apart nor the wrong way round."""
    start = draw(moments(near=events))
    end = start + draw(st.sampled_from([*_SPANS, timedelta(days=1), timedelta(days=7)]))
    kinds = ["dates", "dates", "instants", "mixed"] if mixed else ["dates", "dates", "instants"]
    kind = draw(st.sampled_from(kinds))
    days = {"from": local_day(start, zone).isoformat(), "to": local_day(end, zone).isoformat()}
    instants = {"from": written(start, None), "to": written(end, None)}
    if kind == "mixed":
        before = local_day(start, zone) - timedelta(days=1)  # begins before `end` in any other zone too
        return {"from": before.isoformat(), "to": instants["to"]}
    return days if kind == "dates" else instants


@st.composite
def periods(draw, events: list[dict], dimensions: list[str], zone: str, *, mixed: bool = True):
    """A period in which these events, or none of them, may lie, with rows that can still be counted."""
    dates, clocks = set(dimensions) & set(DATES), set(dimensions) & set(CLOCK)
    many = (dates and clocks) or "date_hour" in dates
    named = [*_SHORT_PERIODS, "yesterday", "last_week"] if many else _PERIODS
    choices = [st.sampled_from(named), _said_window(events, zone, mixed=mixed)]
    if not dates or span(events) < timedelta(days=7 if many else 100):
        choices += [st.just("all")] * 2
    return draw(st.one_of(choices))


@st.composite
def _comparisons(draw, request: dict, events: list[dict], zone: str):
    """What to compare with; None for cohorts, of which none is the counterpart of another."""
    if any(name in COHORTS for name in request["dimensions"]):
        return None
    choices = [_said_window(events, zone, mixed=True)]
    if request["period"] != "all":
        choices += [st.just("previous_period"), st.sampled_from(EARLIER)]
    return draw(st.one_of(choices))


@st.composite
def _orders(draw, request: dict):
    names = st.sampled_from([*request["metrics"], *request["dimensions"]])
    term = st.builds(lambda sign, name: sign + name, st.sampled_from(["", "-"]), names)
    return draw(term | st.lists(term, min_size=1, max_size=2, unique_by=lambda each: each.removeprefix("-")))


@st.composite
def requests(
    draw, events: list[dict], home: str, metric: str | None = None, dimensions: list[str] | None = None
):
    """A valid request, mostly about these events; with that metric and those dimensions, if they are said."""
    metric = metric or draw(st.sampled_from(EVERY_METRIC))
    dimensions = draw(dimensions_for(metric)) if dimensions is None else dimensions
    hours = draw(st.sampled_from([None, None, 1, 24, 24, 48, 8760]))
    request = {"metrics": draw(metrics_beside(metric, dimensions)), "dimensions": dimensions}
    optional = {
        "chatbots": draw(st.sampled_from([None, None, [CHATBOTS[0]], [CHATBOTS[1]], CHATBOTS])),
        "timezone": draw(st.none() | zones()),
        "resolution_hours": hours,
        "limit": draw(st.sampled_from([None, None, None, 1, 3])),
    }
    zone = optional["timezone"] or home
    seldom = st.sampled_from([False, False, True])
    filtered, compares = draw(seldom), draw(seldom)
    if filtered:
        optional["filters"] = draw(filters(events, zone))
    request["period"] = draw(periods(events, dimensions, zone, mixed=not compares))
    if compares:
        optional["compare"] = draw(_comparisons(request, events, zone))
        if isinstance(optional["compare"], str):
            optional["align"] = draw(st.sampled_from([None, None, "weekday"]))
    if draw(st.booleans()):
        optional["order_by"] = draw(_orders(request))
    if not set(request["metrics"]) & {*OF_EXCHANGES, *OF_COHORTS}:
        optional["totals"] = draw(st.sampled_from([None, True]))
    optional["n"] = draw(st.sampled_from([None, None, True, False, request["metrics"][:1]]))
    return request | {name: value for name, value in optional.items() if value is not None}
