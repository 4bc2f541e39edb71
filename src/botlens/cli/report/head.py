"""The top of a report: whose numbers, of when, how fresh, and what they leave out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from botlens.cli.console import printable
from botlens.cli.report.queries import ReportData
from botlens.events.times import AHEAD
from botlens.metrics.calendar import zone_named
from botlens.metrics.catalogue import LEFT_OUT
from botlens.moments import MICROSECOND


def head_of(name: str, answers: ReportData) -> Text:
    """Name, window and zone, newest event, what was left out."""
    meta = answers.totals["meta"]
    zone = zone_named(meta["timezone"])
    head = Text(printable(name), style="bold")
    freshness = _freshness(meta["freshness"], meta["as_of"], zone)
    lines = [f"{window_text(meta['window'], zone)} · {zone.key} · {freshness}"]
    if compared := answers.totals.get("compare"):
        lines.append(f"before: {window_text(compared['window'], zone)}")
    if answers.not_compared:
        lines.append(f"no comparison: {answers.not_compared}")
    if left_out := _left_out(meta["excluded"]):
        lines.append(f"left out: {left_out}")
    for line in lines:
        head.append(f"\n{line}", style="not bold dim")
    return head


def window_text(window: Mapping[str, str | None], zone: ZoneInfo) -> str:
    """The first and the last local day; times where it begins or ends within a day."""
    start, end = window["from"], window["to"]
    if start is None and end is None:
        return "all time"
    since = "the beginning" if start is None else _moment_text(_local(start, zone))
    return f"{since} to {'now' if end is None else _end_text(_local(end, zone))}"


def _local(moment: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(moment).astimezone(zone)


def _begins_a_day(moment: datetime) -> bool:
    """No earlier moment has its date: midnight, or where clocks skip midnight, what follows it."""
    before = (moment.astimezone(UTC) - MICROSECOND).astimezone(moment.tzinfo)
    return before.date() < moment.date()


def _moment_text(moment: datetime) -> str:
    return moment.date().isoformat() if _begins_a_day(moment) else f"{moment:%Y-%m-%d %H:%M}"


def _end_text(end: datetime) -> str:
    """The last day that is in it, if it ends with one."""
    if not _begins_a_day(end):
        return f"{end:%Y-%m-%d %H:%M}"
    return (end.astimezone(UTC) - MICROSECOND).astimezone(end.tzinfo).date().isoformat()


def _freshness(newest: str | None, as_of: str, zone: ZoneInfo) -> str:
    if newest is None:
        return "no events"
    written = f"{_local(newest, zone):%Y-%m-%d %H:%M}"
    if datetime.fromisoformat(newest) > datetime.fromisoformat(as_of) + AHEAD:
        return f"an event is dated {written}, which is to come: look at the clock of what sends it"
    return f"newest event {written}"


def _left_out(excluded: Mapping[str, int]) -> str:
    parts = []
    for name, number in excluded.items():
        if number and (words := LEFT_OUT.get(name)):  # of a newer server, what has no words yet is not told
            parts.append(f"{number:,} {words.one if number == 1 else words.many}")
    return ", ".join(parts)
