"""`botlens`: every command.

The modules named here declare commands and load what these need when they run: `--version`, `--help` and
completion are to be there at once.
"""

from typing import Annotated

import typer

from botlens import __version__
from botlens.cli import (
    backup,
    chatbot,
    company,
    embed_link,
    gaps,
    jobs,
    key,
    link,
    marker,
    member,
    rejections,
    schema,
    serve,
    slot,
    source,
    view,
)
from botlens.cli.command import Command
from botlens.cli.demo import command as demo
from botlens.cli.doctor import command as doctor
from botlens.cli.import_ import command as importing
from botlens.cli.move import command as moving
from botlens.cli.report import command as report
from botlens.cli.sync import command as sync

app = typer.Typer(
    name="botlens",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="The analytics engine for chatbots: exact, instant, light and honest.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"botlens {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command("demo", cls=Command)(demo.demo)
app.command("serve", cls=Command)(serve.serve)
app.add_typer(company.app, name="company")
app.command("link", cls=Command)(link.make_login_link)
app.add_typer(chatbot.app, name="chatbot")
app.add_typer(member.app, name="member")
app.add_typer(key.app, name="key")
app.add_typer(gaps.app, name="gaps")
app.add_typer(marker.app, name="marker")
app.add_typer(view.app, name="view")
app.add_typer(embed_link.app, name="embed-link")
app.add_typer(source.app, name="source")
app.command("import", cls=Command)(importing.import_files)
app.command("sync", cls=Command)(sync.sync)
app.command("report", cls=Command)(report.report)
app.command("rejections", cls=Command)(rejections.rejections)
app.command("jobs", cls=Command)(jobs.jobs)
app.command("doctor", cls=Command)(doctor.doctor)
app.command("schema", cls=Command)(schema.print_schema)
app.command("backup", cls=Command)(backup.backup)
app.command("restore", cls=Command)(backup.restore)
app.command("move", cls=Command)(moving.move)
app.add_typer(slot.app, name="slot")

if __name__ == "__main__":
    from botlens.__main__ import main

    main()
