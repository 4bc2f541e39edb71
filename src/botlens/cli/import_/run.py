"""An import: files, one after the other, told to a person who watches."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from botlens.cli.console import counted, err, out, print_json
from botlens.cli.import_.report import Tally
from botlens.client.access import Target, access, target_of
from botlens.client.sending import Sender
from botlens.errors import InvalidError
from botlens.events.types import Id
from botlens.settings import Settings
from botlens.sources.files.formats import open_source
from botlens.sources.files.marks import FileMark
from botlens.sources.importing import ImportProgress, Mark, bring_in
from botlens.sources.receiver import Taken
from botlens.sources.source import Batch, Source


def import_all(
    settings: Settings,
    files: Sequence[Path],
    company: str | None,
    chatbot: str | None,
    format: str | None,  # noqa: A002 - the option's name
    *,
    json: bool,
) -> int:
    """Import files and tell what became of them; returns how many events were rejected.

    Args:
        settings: name the folder or the server.
        files: what is imported.
        company: whose; the only one if None.
        chatbot: on which chatbot, whatever the files say.
        format: `convai2` or `botlens`; None has it detected.
        json: tell it as JSON.
    """
    started = time.monotonic()
    if chatbot is not None:
        _check(chatbot)
    sources = [(file, open_source(file, chatbot_id=chatbot, format=format)) for file in files]
    target = target_of(settings, company)
    tally = Tally()
    with access(settings, target, "import") as api, _bar() as bar:
        sender = Sender(api)
        for file, source in sources:
            mark = FileMark(settings.data_dir, file, _target_names(settings, target, chatbot, format))
            _import(file, source, mark, sender, tally, bar)
    _tell(tally, time.monotonic() - started, json=json)
    return tally.rejected


def _check(chatbot: str) -> None:
    try:
        msgspec.convert(chatbot, Id)
    except msgspec.ValidationError as error:
        raise InvalidError(f"This is no id of a chatbot: {error}.", field="chatbot") from None


def _target_names(
    settings: Settings, target: Target, chatbot: str | None, wanted: str | None
) -> tuple[str, ...]:
    key = settings.api_key.get_secret_value()[:12] if settings.url and settings.api_key else ""
    company = target.company.id if target.company else ""
    return (settings.url or "", key, company, chatbot or "", wanted or "")


def _import(file: Path, source: Source, mark: Mark, sender: Sender, tally: Tally, bar: Bar) -> None:
    task = bar.add_task(file.name.replace("[", r"\["), total=source.total)

    def begun(done: ImportProgress) -> None:
        if done.records:
            err.print(f"{file}: goes on after record {done.records:,}.", markup=False, soft_wrap=True)
        bar.update(task, completed=done.records)

    def brought(batch: Batch, taken: Taken, done: ImportProgress) -> None:
        tally.note(file, batch, taken)
        bar.update(task, completed=done.records)

    tally.add(bring_in(source, sender, mark, begun=begun, brought=brought))


@contextmanager
def _bar() -> Iterator[Bar]:
    """A progress bar on stderr, where a person watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        yield bar


def _tell(tally: Tally, seconds: float, *, json: bool) -> None:
    tally.print_rejections()
    if json:
        print_json({**tally.totals(), "seconds": round(seconds, 3)})
        return
    if tally.created:
        out.print(f"Created {counted(len(tally.created), 'chatbot')}.")
    rejected = f"rejected {tally.rejected:,}"
    out.print(f"accepted {tally.accepted:,} · {rejected} · {seconds:.1f} s", markup=False)
