"""`botlens import`: conversations out of files. Doing it twice changes nothing; stopped, it goes on."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of


class Format(StrEnum):
    """What `--format` may say."""

    CONVAI2 = "convai2"
    BOTLENS = "botlens"


Files = Annotated[
    list[Path],
    typer.Argument(
        help="ConvAI2 JSON, botlens JSON or NDJSON; plain, gzip or zstd.",
        show_default=False,
        exists=True,
        dir_okay=False,
        readable=True,
    ),
]
ChatbotId = Annotated[
    str | None,
    typer.Option("--chatbot", help="Put everything on this chatbot, whatever the files say."),
]


def import_files(
    files: Files,
    company: CompanyId = None,
    chatbot: ChatbotId = None,
    format: Annotated[  # noqa: A002 - the option's name
        Format | None, typer.Option(help="Skip the detection.", show_default=False)
    ] = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
) -> None:
    """Import conversations; chatbots that are missing are created."""
    from botlens.cli.import_run import run

    rejected = run(settings_of(data_dir, url), files, company, chatbot, format, json=json)
    raise typer.Exit(1 if rejected else 0)

def _source(file: Path, chatbot: str | None, wanted: Format | None) -> Source:
    from botlens.sources.convai2 import Convai2File

    source = open_source(file, chatbot_id=chatbot, format=None if wanted is None else wanted.value)
    if wanted is Format.BOTLENS and isinstance(source, Convai2File):
        raise BadRequestError(
            f"{file} holds ConvAI2 dialogs: leave --format botlens out.", code="unknown_format"
        )
    return source


def _target_names(
    settings: Settings, target: Target, chatbot: str | None, wanted: Format | None
) -> tuple[str, ...]:
    key = settings.api_key.get_secret_value()[:12] if settings.url and settings.api_key else ""
    company = target.company.id if target.company else ""
    return (settings.url or "", key, company, chatbot or "", wanted or "")


def _import(
    file: Path, source: Source, mark: ImportMark, sender: Sender, tally: Tally, bar: Progress
) -> None:
    done = mark.load()
    tally.resume(done)
    if done.position:
        err.print(f"{file}: goes on after record {done.position:,}.", markup=False, soft_wrap=True)
    task: TaskID = bar.add_task(file.name.replace("[", r"\["), total=source.total, completed=done.position)
    for batch in source.batches(start=done.position, size=_BATCH):
        tally.created += sender.create_missing(batch.chatbots)
        sent = sender.send(batch.events)
        tally.add(file, batch, sent, done)
        mark.save(done)
        bar.update(task, completed=done.position)
    mark.remove()


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar on stderr, where a person watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
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
