"""The look of `botlens report`: a page of at most 100 columns, from the answers to its queries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from botlens.cli.console import printable
from botlens.cli.report.figures import (
    MARKS,
    NONE,
    basis_text,
    change_text,
    mark_of,
    sparkline,
    value_text,
    why_null,
)
from botlens.cli.report.head import head_of
from botlens.cli.report.lists import empty_table, hours_of, languages_of, outcomes_of, questions_of
from botlens.cli.report.queries import BESIDE_A_LINE, CARDS, ReportData, ReportRequest
from botlens.metrics.catalogue import METRICS
from botlens.metrics.catalogue.declaration import ALL, Better

_ROOMY = 85
_NARROW = 60
_LABEL = 14
_DIRECTION = {Better.UP: 1, Better.DOWN: -1}


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What is on a page.

    Attributes:
        name: of the company, or of the server.
        asked: what the queries were about.
        answers: to them.
        names: of the company's chatbots, by id.
        width: columns.
    """

    name: str
    asked: ReportRequest
    answers: ReportData
    names: Mapping[str, str | None]
    width: int = 100


def report_lines(page: ReportPage) -> Iterator[RenderableType]:
    """The parts of a page, from top to bottom."""
    answers = page.answers
    yield head_of(page.name, answers)
    if not page.names:
        yield Text("\nNo chatbot yet: send events, or `botlens import FILE`.", style="dim")
        return
    yield _cards(page)
    if not answers.totals["rows"][0]["conversations"]:
        yield Text(
            "\nNo conversation started in this period; `--period all` shows all there are.", style="dim"
        )
        return
    yield _timeline(answers, page.width)
    yield _chatbots(page)
    yield questions_of(answers, page.width)
    if answers.outcomes["rows"]:
        yield outcomes_of(answers.outcomes, page.width)
    yield Padding(Group(languages_of(answers.languages), *hours_of(answers.hours, page.width)), (1, 0, 0, 0))


def _cards(page: ReportPage) -> RenderableType:
    totals = page.answers.totals
    compared = totals.get("compare")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")  # what there is no room for is wrapped here, never in a number
    table.add_column("Now" if compared else "", justify="right", no_wrap=True)
    if compared:
        if page.width >= _ROOMY:
            table.add_column("Before", justify="right", no_wrap=True)
        table.add_column("Change", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, style="dim")
    for name in CARDS:
        table.add_row(*_card(name, totals, roomy=page.width >= _ROOMY))
    marks = {mark_of(_change(totals, name)) for name in CARDS} if compared else set()
    legend = [Text(f"{mark.strip()} {words}", style="dim") for mark, words in MARKS.items() if mark in marks]
    return Padding(Group(table, *legend), (1, 0, 0, 0))


def _card(name: str, totals: dict[str, Any], *, roomy: bool) -> Iterator[Text]:
    value, basis = totals["rows"][0][name], _basis(totals["meta"], name)
    yield Text(METRICS[name].label)
    yield Text(value_text(name, value), style="bold")
    if compared := totals.get("compare"):
        before = compared["rows"][0][name]
        if roomy:
            yield Text(value_text(name, before))
        change = _change(totals, name)
        text = change_text(name, value, before)
        mark = "" if text == NONE else mark_of(change)
        yield Text(text + mark, style=_style(name, value, before, change))
    yield Text(why_null(name) if value is None else basis_text(basis, short=not roomy))


def _change(totals: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What the comparison says of the change of a metric; nothing if it is of a server that says nothing."""
    found = totals["compare"].get("change", {}).get(name) or [None]
    return found[0] or {}


def _style(name: str, value: float | None, before: float | None, change: Mapping[str, Any]) -> str:
    """Green and red only where it is better or worse, and more than chance."""
    direction = _DIRECTION.get(METRICS[name].better)
    if value is None or before is None or direction is None:
        return ""
    if not change.get("distinguishable"):
        return "dim"
    return "green" if (value - before) * direction > 0 else "red"


def _basis(part: Mapping[str, Any], name: str, row: int = 0) -> dict[str, Any] | None:
    """What the value in a row stands on; `part` is the meta of an answer, or its comparison."""
    found: list[dict[str, Any]] = part["n"].get(name, [])
    return found[row] if row < len(found) else None


def _timeline(answers: ReportData, width: int) -> RenderableType:
    rows, room = answers.timeline["rows"], width - BESIDE_A_LINE
    kept = rows[-room:]
    title = f"By {answers.unit}, {kept[0][answers.unit]} to {kept[-1][answers.unit]}"
    lines = [Text(title, style="dim")]
    for name, label in (("conversations", "Conversations"), ("unanswered_rate", "Unanswered")):
        values = [row[name] for row in kept]
        top = max((value for value in values if value is not None), default=None)
        line = Text(label.ljust(_LABEL), no_wrap=True, overflow="ellipsis")
        line.append(sparkline(values), style="cyan")
        lines.append(
            line.append(f"  at most {value_text(name, top)}" if top else f"  {value_text(name, top)}")
        )
    return Padding(Group(*lines), (1, 0, 0, 0))


def _chatbots(page: ReportPage) -> RenderableType:
    answer, meta = page.answers.chatbots, page.answers.chatbots["meta"]
    table = empty_table(page.width)
    table.add_column("Chatbot", ratio=1, no_wrap=True, overflow="ellipsis")
    columns = _columns(page.width)
    for title in columns.values():
        table.add_column(title, justify="right", no_wrap=True)
    for place, row in enumerate(answer["rows"]):
        name = page.names.get(row["chatbot"]) or row["chatbot"]
        cells = (_cell(each, row[each], _basis(meta, each, place)) for each in columns)
        table.add_row(Text(printable(name)), *cells)
    parts: list[RenderableType] = [table]
    if (more := meta["rows_total"] - len(answer["rows"])) > 0:
        parts.append(Text(f"{more:,} more: --all.", style="dim"))
    asked_for = len(page.asked.chatbots or page.names)
    if silent := asked_for - meta["rows_total"]:
        parts.append(Text(f"{silent:,} without a conversation in this period.", style="dim"))
    return Padding(Group(*parts), (1, 0, 0, 0))


def _columns(width: int) -> dict[str, str]:
    """Metric to title, as many as there is room for."""
    columns = {
        "conversations": 0,
        "unique_sessions": _ROOMY,
        "unanswered_rate": 0,
        "handoff_rate": _ROOMY,
        "csat": _NARROW,
    }
    return {name: METRICS[name].short for name, least in columns.items() if width >= least}


def _cell(name: str, value: float | None, basis: Mapping[str, Any] | None) -> Text:
    text = Text(value_text(name, value), style="dim" if value is None else "")
    measure = METRICS[name].measure
    if value is None or basis is None or (measure and measure.of == ALL):  # that is another column
        return text
    return text.append(f" of {basis['denominator']:,}", style="dim")
