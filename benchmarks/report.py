"""The results as tables for people and as JSON for comparing."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, Results
from benchmarks.targets import verdicts

_FOLDER = Path(__file__).parent / "results"
_WIDTH = 120
_VERDICTS = {"aim": "green", "must": "yellow", "missed": "red", "not measured": "dim"}


def show(results: Results, size: str) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)  # a file or a log has no width of its own
    facts = results.facts["machine"]
    console.print(
        f"botlens {facts['packages']['botlens']} ({facts['commit']}), Python {facts['python']}, "
        f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_mib']:,} MiB",
        highlight=False,
    )
    stages: defaultdict[str, list[Figure]] = defaultdict(list)
    for figure in results.figures:
        stages[figure.stage].append(figure)
    for stage, figures in stages.items():
        console.print(_figures(stage, figures))
    console.print(_targets(results, size))
    _checks(console, results)


def write(results: Results, size: str) -> Path:
    """Write the JSON; its path."""
    _FOLDER.mkdir(exist_ok=True)
    path = _FOLDER / f"{size}-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(results.plain(), indent=1) + "\n")
    return path


def _figures(stage: str, figures: list[Figure]) -> Table:
    table = Table(title=stage, title_justify="left", title_style="bold")
    table.add_column("what", overflow="fold")
    table.add_column("way")
    for name in ("median", "lowest", "highest", "of"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    for figure in figures:
        numbers = (number(value) for value in (figure.value, figure.low, figure.high))
        table.add_row(figure.what, figure.way, *numbers, str(figure.n), figure.unit)
    return table


def _targets(results: Results, size: str) -> Table:
    title = "what botlens must reach, and what it aims at" + (
        "" if size == "full" else f" (set for full; {size} proves nothing)"
    )
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("what", overflow="fold")
    for name in ("measured", "must", "aim"):
        table.add_column(name, justify="right")
    table.add_column("reached")
    for *cells, verdict in verdicts(results):
        table.add_row(*cells, f"[{_VERDICTS[verdict]}]{verdict}[/]")
    return table


def _checks(console: Console, results: Results) -> None:
    for what, passed, detail in results.checks:
        said = "[green]yes[/]" if passed else f"[red]NO[/] {detail}"
        console.print(f"{what}: {said}", highlight=False, soft_wrap=True)
    for what, why in results.skipped:
        console.print(f"[yellow]skipped[/] {what}: {why}", highlight=False, soft_wrap=True)


def number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
