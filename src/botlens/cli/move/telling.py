"""What a person who watches a move sees: each stage, and how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from botlens.cli.console import err


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


@contextmanager
def stages_on_stderr() -> Iterator[_Stages]:
    """Stages of long work on stderr, where a person watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        yield _Stages(bar)
