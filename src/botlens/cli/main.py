"""`botlens`: every command.

The modules named here declare commands and load what these need when they run: `--version`, `--help` and
completion are to be there at once.
"""

from typing import Annotated

import typer

from botlens import __version__
from botlens.cli import company, demo, doctor, importing, key, report, serve
from botlens.cli.command import Command
from botlens.cli.console import fail
from botlens.cli.logs import log_to_nowhere
from botlens.errors import BotlensError


class _Botlens(TyperGroup):
    """The commands; what they raise ends in one clear line and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """See `click.Group.invoke`."""
        try:
            return super().invoke(ctx)
        except BotlensError as error:
            fail(_with_cause(error))
        except httpx2.InvalidURL as error:
            fail(f"This is not a web address: {error}.")
        except OSError as error:
            if error.errno == errno.EPIPE:  # who read our output has seen enough
                raise
            place = f"{error.filename}: " if error.filename else ""
            fail(f"{place}{error.strerror or error}.")
        raise typer.Exit(1)


def _with_cause(error: BotlensError) -> str:
    """What is wrong; of the event store also the first line of what it says itself, which no tenant sees."""
    said = str(error.__cause__ or "").strip().splitlines()
    return f"{error.message} ({said[0][:300]})" if said and error.code == _OF_THE_STORE else error.message


_OF_THE_STORE = "store_unavailable"

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
app.add_typer(key.app, name="key")
app.command("import", cls=Command)(importing.import_files)
app.command("report", cls=Command)(report.report)
app.command("doctor", cls=Command)(doctor.doctor)

if __name__ == "__main__":
    from botlens.__main__ import main

    main()
