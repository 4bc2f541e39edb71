"""The lists of a report: questions, languages, hours, outcomes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from botlens.cli.console import counted, printable
from botlens.cli.report.figures import NONE, shades, value_text, why_null
from botlens.cli.report.queries import QUESTIONS, AnswerBody, ReportData
from botlens.metrics.pleasantries import only_greets_or_thanks

_SIDE_BY_SIDE = 70
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS = 24
_LABEL = 4
_SILENT = "no question yet: nobody has written anything"


def questions_of(answers: ReportData, width: int) -> RenderableType:
    """The most asked beside the most often unanswered ones; one below the other on a narrow page."""
    asked = _questions(
        f"Most asked ({_different(answers.questions)})", answers.questions, "questions", _SILENT
    )
    unanswered = _questions(
        "Most often unanswered", answers.unanswered, "unanswered_answers", _why_none_unanswered(answers)
    )
    if width < _SIDE_BY_SIDE:
        return Padding(Group(asked, Text(""), unanswered), (1, 0, 0, 0))
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        grid.add_column(ratio=1)
    grid.width = width
    grid.add_row(asked, unanswered)
    return Padding(grid, (1, 0, 0, 0))


def _different(answer: AnswerBody) -> str:
    return f"{answer['meta']['rows_total']:,} different"


def _why_none_unanswered(answers: ReportData) -> str:
    """Why the list is empty: what is not known is not none."""
    basis = answers.totals["meta"]["n"]["unanswered_rate"][0]
    return "every answer with a score was sure" if basis["denominator"] else why_null("unanswered_rate")


def _questions(title: str, answer: AnswerBody, metric: str, why_none: str) -> Table:
    """A list; `why_none` stands in it if it is empty."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column(title, ratio=1, no_wrap=True, overflow="ellipsis")
    rows, politeness = _without_pleasantries([row for row in answer["rows"] if row[metric]], metric)
    for row in rows:
        table.add_row(Text(f"{row[metric]:,}", style="bold"), _question(row["question"], answer))
    if politeness:
        table.add_row("", Text(f"besides {politeness:,} that only greet or thank", style="dim"))
    elif not rows:
        table.add_row("", Text(why_none, style="dim"))
    return table


def _without_pleasantries(
    rows: Sequence[Mapping[str, Any]], metric: str
) -> tuple[list[Mapping[str, Any]], int]:
    """The first rows that do more than greet or thank, and the count of those that would stand among them."""
    kept: list[Mapping[str, Any]] = []
    left_out = 0
    for row in rows:
        if len(kept) == QUESTIONS:
            break
        if row["question"] and only_greets_or_thanks(row["question"]):
            left_out += row[metric]
        else:
            kept.append(row)
    return kept, left_out


def _question(form: str | None, answer: AnswerBody) -> Text:
    """As people wrote it."""
    if form is None:
        return Text("(no text)", style="dim")
    return Text(printable(answer["meta"]["labels"]["question"].get(form, form)))


def languages_of(answer: AnswerBody) -> Text:
    """One line: each language with its conversations."""
    parts = [f"{_language(row['language'])} {row['conversations']:,}" for row in answer["rows"]]
    if (more := answer["meta"]["rows_total"] - len(parts)) > 0:
        parts.append(f"{more:,} more")
    return Text("Languages  ", style="dim").append(" · ".join(parts), style="not dim")


def _language(code: str) -> str:
    return "unknown" if code == "und" else printable(code)


def hours_of(answer: AnswerBody, width: int) -> Iterator[RenderableType]:
    """The busiest hour of the week, and all of them as shades, if they fit."""
    rows = answer["rows"]
    busiest = max(rows, key=lambda row: row["conversations"])
    top = busiest["conversations"]
    when = f"{_WEEKDAYS[busiest['weekday'] - 1]} {busiest['hour']:02d}:00"
    yield Text("Busiest    ", style="dim").append(f"{when}, {counted(top, 'conversation')}", style="not dim")
    wide = min((width - _LABEL) // _HOURS, 3)
    if wide < 1:
        return
    axis = "".join(f"{hour:<{6 * wide}}" for hour in (0, 6, 12, 18))
    yield Text(f"\n{'':{_LABEL}}{axis}".rstrip(), style="dim")
    for weekday, name in enumerate(_WEEKDAYS, 1):
        line = Text(f"{name[:3]:{_LABEL}}", style="dim", no_wrap=True)
        yield line.append(shades(_hours(rows, weekday), top, wide), style="not dim cyan")


def _hours(rows: Sequence[Mapping[str, Any]], weekday: int) -> list[int]:
    found = {row["hour"]: row["conversations"] for row in rows if row["weekday"] == weekday}
    return [found.get(hour, 0) for hour in range(_HOURS)]


def empty_table(width: int) -> Table:
    """A table as the report has them, without columns yet."""
    return Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
        padding=(0, 1),
        header_style="dim",
        width=width,
    )


def outcomes_of(answer: AnswerBody, width: int) -> RenderableType:
    """Each outcome with the share of conversations that led to it."""
    table = empty_table(width)
    table.add_column("Outcome", ratio=1, no_wrap=True, overflow="ellipsis")
    for title in ("Conversions", "Rate", "Value"):
        table.add_column(title, justify="right", no_wrap=True)
    bases = answer["meta"]["n"]["conversion_rate"]
    for row, basis in zip(answer["rows"], bases, strict=True):
        rate = Text(value_text("conversion_rate", row["conversion_rate"]))
        rate.append(f" of {basis['denominator']:,}", style="dim")
        value = Text(f"{row['outcome_value']:,.2f}".removesuffix(".00") if row["outcome_value"] else NONE)
        table.add_row(Text(printable(row["outcome"])), Text(f"{row['conversions']:,}"), rate, value)
    return Padding(table, (1, 0, 0, 0))
