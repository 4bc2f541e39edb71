"""`botlens import`: conversations out of files. Doing it twice changes nothing; stopped, it goes on."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of


class ImportFormat(StrEnum):
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
OnChatbot = Annotated[
    str | None,
    typer.Option("--chatbot", help="Put everything on this chatbot, whatever the files say."),
]


def import_files(
    files: Files,
    company: CompanyId = None,
    chatbot: OnChatbot = None,
    format: Annotated[  # noqa: A002 - the option's name
        ImportFormat | None, typer.Option(help="Skip the detection.", show_default=False)
    ] = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
) -> None:
    """Import conversations; chatbots that are missing are created."""
    from botlens.cli.import_.run import import_all

    rejected = import_all(settings_of(data_dir, url), files, company, chatbot, format, json=json)
    raise typer.Exit(1 if rejected else 0)
