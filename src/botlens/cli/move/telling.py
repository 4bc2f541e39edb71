"""What a person who watches a move sees: each stage, and how far it is; in a log a line now and then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from botlens.cli.console import err

_LINE_SECONDS = 10.0
"""So often a stage says how far it is, where nobody watches."""


class _Stages:
    """Shows one stage after the other."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def begins(self, what: str, total: int | None = None) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=total)

    def done(self, amount: int) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=amount)


class _StageLines:
    """Says in a line that a stage begins, and every few seconds how far it is."""

    def __init__(self) -> None:
        self._what, self._total = "", 0
        self._begun = self._said = time.monotonic()

    def begins(self, what: str, total: int | None = None) -> None:
        self._what, self._total = what, total or 0
        self._begun = self._said = time.monotonic()
        _say(f"{what}: {total:,}" if total else what)

    def done(self, amount: int) -> None:
        now = time.monotonic()
        if now - self._said < _LINE_SECONDS or not self._total:
            return
        self._said = now
        share = f"{amount:,} of {self._total:,} ({amount / self._total:.0%})"
        _say(f"{self._what}: {share} after {now - self._begun:.0f} s")


def _say(line: str) -> None:
    err.print(line, markup=False, soft_wrap=True)


@contextmanager
def stages_on_stderr() -> Iterator[_Stages | _StageLines]:
    """Stages of long work on stderr: a bar where a person watches, else lines."""
    if not err.is_terminal:
        yield _StageLines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=err, transient=True) as bar:
        yield _Stages(bar)
