"""Sessions by the week in which they first came, and in which weeks they came again."""

from datetime import date, datetime, timedelta

from tests.oracle.metrics import rate
from tests.oracle.seed import local_day, monday_of
from tests.oracle.sessions import Visit

WEEK = timedelta(days=7)
METRICS = ("retained_sessions", "retention_rate")
Session = tuple[str, str]  # chatbot, session id
Cohorts = dict[date, set[Session]]


def session_of(visit: Visit) -> Session:
    return (visit.conversation.chatbot_id, visit.conversation.session_id)


def week_of(moment: datetime, zone: str) -> date:
    return monday_of(local_day(moment, zone))


def cohorts(chosen: list[Visit], zone: str) -> Cohorts:
    """Local week -> the sessions whose first conversation, one of those chosen, is in it."""
    found: Cohorts = {}
    for visit in chosen:
        if visit.first:
            found.setdefault(week_of(visit.started_at, zone), set()).add(session_of(visit))
    return found


def cohort_keys(chosen: list[Visit], dimensions: list[str], *, now: datetime, zone: str) -> list[tuple]:
    """Every cohort week that has sessions, with every number of weeks up to the week of now."""
    this_week = week_of(now, zone)
    keys = []
    for week in sorted(cohorts(chosen, zone)):
        for weeks_later in range((this_week - week).days // 7 + 1):  # none where the cohort is to come
            values = {"cohort_week": week.isoformat(), "weeks_later": weeks_later}
            keys.append(tuple(values[each] for each in dimensions))
    return keys


def cohort_measured(
    metric: str, key: dict, chosen: list[Visit], counted: list[Visit], zone: str
) -> tuple[float | None, dict | None]:
    """`counted` are all conversations that count, whatever is asked: any of them brings a session back."""
    cohort_week = date.fromisoformat(key["cohort_week"])
    cohort = cohorts(chosen, zone).get(cohort_week, set())
    week = cohort_week + key["weeks_later"] * WEEK
    there = {session_of(visit) for visit in counted if week_of(visit.started_at, zone) == week}
    retained, rated = METRICS
    if metric == retained:
        return len(cohort & there), None
    assert metric == rated, metric
    return rate(len(cohort & there), len(cohort))
