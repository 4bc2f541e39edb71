"""The look of `botlens report`: a page of at most 100 columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from botlens.cli.console import shown

_BLOCKS = "▁▂▃▄▅▆▇█"
_QUESTIONS = 5
_ROOMY = 85


@dataclass(frozen=True, slots=True)
class Page:
    """What is on a page.

    Attributes:
        name: of the company, or of the server.
        window: what was asked for of time; empty is all of it.
        overview: as the API answers.
        details: of the chatbots to show in detail, each with its gaps.
        width: columns; from 85 on there is room for everything.
    """

    name: str
    window: dict[str, str]
    overview: dict[str, Any]
    details: Sequence[dict[str, Any]]
    width: int = 100


def page_of(page: Page) -> Iterator[RenderableType]:
    """The parts of a page, from top to bottom."""
    yield _head(page)
    yield _totals(page.overview)
    if not page.overview["chatbots"]:
        yield Text("\nNo chatbot yet: send events, or `botlens import FILE`.", style="dim")
        return
    yield _chatbots(page.overview["chatbots"], page.width)
    for detail in page.details:
        if detail["total_conversations"]:
            yield _questions(detail, page.width)
    left = sum(1 for bot in page.overview["chatbots"] if bot["total_conversations"])
    left -= sum(1 for bot in page.details if bot["total_conversations"])
    if left > 0:
        yield Text(f"\nQuestions of {left} more chatbots: --all.", style="dim")


def sparkline(counts: Sequence[int]) -> str:
    """One block a count, as high as the count is to the highest; a zero is a dot, never a low block."""
    top = max(counts, default=0)
    return "".join(_BLOCKS[-(-count * len(_BLOCKS) // top) - 1] if count else "·" for count in counts)


def _head(page: Page) -> Text:
    since, until, zone = (page.window.get(key) for key in ("from", "to", "tz"))
    when = "all time" if not (since or until) else f"{since or 'the beginning'} to {until or 'now'}"
    head = Text(shown(page.name), style="bold")
    return head.append(f"   {when}{f' · {shown(zone)}' if zone else ''}", style="not bold dim")


def _totals(overview: dict[str, Any]) -> RenderableType:
    limit = overview["conversations_limit"]
    used, over = overview["conversations_used"], 0 <= limit < overview["conversations_used"]
    plan = Text(
        f"{used:,} of {'unlimited' if limit < 0 else f'{limit:,}'}", style="bold red" if over else "bold"
    )
    numbers = [
        (_number(overview["total_conversations"]), "conversations"),
        (_number(overview["conversations_this_month"]), "this month"),
        (_number(overview["unique_sessions"]), "sessions"),
        (_number(overview["total_messages"]), "messages"),
        (Text(_rating(overview["average_rating"]), style="bold"), "rating"),
        (plan, f"used of plan {shown(overview['plan'])}"),
    ]
    grid = Table.grid(padding=(0, 3))
    for _ in numbers:
        grid.add_column()
    grid.add_row(*(number for number, _ in numbers))
    grid.add_row(*(Text(label, style="dim") for _, label in numbers))
    return Padding(grid, (1, 0, 0, 0))


def _chatbots(chatbots: Sequence[dict[str, Any]], width: int) -> RenderableType:
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        padding=(0, 1),
        header_style="dim",
        width=width,
    )
    table.add_column("Chatbot", ratio=1, no_wrap=True, overflow="ellipsis")
    cells = [_cells(bot) for bot in chatbots]
    shown_columns = [title for title in cells[0] if width >= _ROOMY or title not in _WHERE_THERE_IS_ROOM]
    for title in shown_columns:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Last 30 days", no_wrap=True)
    for bot, row in zip(chatbots, cells, strict=True):
        days = Text(sparkline([day["count"] for day in bot["daily_conversations"]]), style="cyan")
        table.add_row(Text(shown(bot["chatbot_name"])), *(row[title] for title in shown_columns), days)
    return table


_WHERE_THERE_IS_ROOM = ("Today", "Month")


def _cells(bot: dict[str, Any]) -> dict[str, Text]:
    unanswered = bot["unanswered_count"]
    return {
        "Convers.": Text(f"{bot['total_conversations']:,}"),
        "Today": Text(f"{bot['conversations_today']:,}"),
        "Month": Text(f"{bot['conversations_this_month']:,}"),
        "Rating": Text(_rating(bot["average_rating"])),
        "Unansw.": Text(f"{unanswered:,}", style="yellow" if unanswered else "dim"),
    }


def _questions(detail: dict[str, Any], width: int) -> RenderableType:
    name = Text.assemble(
        (shown(detail["chatbot_name"]), "bold"),
        (f"   {_habits(detail)}", "dim"),
        no_wrap=True,
        overflow="ellipsis",
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", width=width)
    for title in ("", "Most asked", "", "Unanswered"):
        table.add_column(title, ratio=1 if title else None, no_wrap=True, overflow="ellipsis")
    table.columns[0].justify = table.columns[2].justify = "right"
    asked, gaps = detail["top_queries"][:_QUESTIONS], detail["gaps"][:_QUESTIONS]
    for row in range(max(len(asked), len(gaps), 1)):
        table.add_row(*_question(asked, row, "Nothing yet."), *_question(gaps, row, "Nothing: well done."))
    return Padding(Group(name, table), (0, 0, 1, 0))


def _question(questions: Sequence[dict[str, Any]], row: int, none: str) -> tuple[Text, Text]:
    if row < len(questions):
        question = questions[row]
        return Text(f"{question['count']:,}", style="bold"), Text(shown(question["query"]))
    return Text(""), Text(none if row == 0 else "", style="dim")


def _habits(detail: dict[str, Any]) -> str:
    hour = detail["peak_hour"]
    languages = sorted(detail["languages_used"].items(), key=lambda each: (-each[1], each[0]))[:3]
    parts = [
        f"{detail['average_messages_per_conversation']} messages each",
        f"votes +{detail['feedback_positive']:,} −{detail['feedback_negative']:,}"
        if detail["total_ratings"]
        else "",
        f"busiest at {hour:02d}:00" if hour is not None else "",
        " ".join(f"{shown(code)} {count:,}" for code, count in languages),
    ]
    return " · ".join(part for part in parts if part)


def _number(value: int) -> Text:
    return Text(f"{value:,}", style="bold")


def _rating(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
