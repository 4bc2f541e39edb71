"""What is printed: results on stdout, everything about them on stderr."""

import os
import sys
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import typer
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

_WIDTH = 100

# A pipe has no width; what is printed into it should not be cut to the 80 columns of old terminals.
out = Console(highlight=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH)
err = Console(stderr=True, highlight=False)

_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def fail(message: str) -> None:
    """One line on stderr, unbroken, so that it can be searched and mailed."""
    typer.secho("Error: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(" ".join(message.split()), err=True)


def print_json(value: Any) -> None:
    """The value as JSON on stdout."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, wraps: Collection[str] = ()) -> None:
    """A list on stdout.

    Args:
        titles: of the columns.
        rows: their texts, whoever wrote them.
        wraps: the titles of the columns whose texts may go over several lines.
    """
    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(title, no_wrap=title not in wraps, overflow="fold")
    for row in rows:
        table.add_row(*(escape(printable(text)) for text in row))
    out.print(table)


def print_page(parts: Iterable[RenderableType]) -> None:
    """Parts of a page, one below the other; into a pipe without blanks at the ends of lines."""
    if out.is_terminal:
        for part in parts:
            out.print(part)
        return
    with out.capture() as captured:
        for part in parts:
            out.print(part)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def printable(text: str) -> str:
    """Somebody else's text, made safe for a terminal: no control characters, no turned direction."""
    return "".join("·" if unicodedata.category(c) == "Cc" or c in _TURNS_TEXT else c for c in text)


def utc_text(moment: datetime) -> str:
    """`2026-03-18 09:30`, in UTC whatever zone the time came in."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def utc_day(moment: datetime) -> str:
    """`2026-03-18`, the day in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def counted(number: int, noun: str) -> str:
    """`1 event`, `1,200 events`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
