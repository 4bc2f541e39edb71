"""Which units of a calendar an answer does not know whole: cut by its window, or not over yet."""

from botlens.metrics.dimension import Dimension
from botlens.query.plan import QueryPlan
from botlens.query.rows import Calendar
from botlens.query.shapes import Incomplete


def incomplete_of(plan: QueryPlan, calendar: Calendar, now: int) -> dict[str, Incomplete]:
    """By dimension of dates, the first and the last unit of a window that an answer does not know whole.

    The first is one that began before the window. The last is one that goes on after it, or after now; what
    comes after that one has not begun.

    Args:
        plan: of the request.
        calendar: of the window.
        now: microseconds.
    """
    asked = [plan.dimensions[place].dimension for place in plan.axes.dates]
    return {
        each.name: {"first": _first(each, calendar), "last": _last(each, calendar, now)} for each in asked
    }


def _first(dimension: Dimension, calendar: Calendar) -> str | None:
    start = calendar.window.start
    if start is None or calendar.ends() is None:
        return None
    unit = calendar.unit(dimension, start)
    return unit if unit == calendar.unit(dimension, start - 1) else None


def _last(dimension: Dimension, calendar: Calendar, now: int) -> str | None:
    ends = calendar.ends()
    if ends is None:
        return None
    first, last = ends
    if now <= last:
        return calendar.unit(dimension, max(now, first))
    unit, end = calendar.unit(dimension, last), calendar.window.end
    return unit if unit == calendar.unit(dimension, now if end is None else end) else None
