"""`botlens`: every command, and the one place where an error becomes a line on stderr and an exit code."""

import errno
from typing import Annotated, Any

import httpx2
import typer
from typer.core import TyperGroup

from botlens import __version__
from botlens.cli import company, demo, doctor, importing, key, report, serve
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
            fail(error.message)
        except httpx2.InvalidURL as error:
            fail(f"This is not a web address: {error}.")
        except OSError as error:
            if error.errno == errno.EPIPE:  # who read our output has seen enough
                raise
            place = f"{error.filename}: " if error.filename else ""
            fail(f"{place}{error.strerror or error}.")
        raise typer.Exit(1)


app = typer.Typer(
    name="botlens",
    cls=_Botlens,
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
    log_to_nowhere()


app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.add_typer(company.app, name="company")
app.add_typer(key.app, name="key")
app.command("import")(importing.import_files)
app.command("report")(report.report)
app.command("doctor")(doctor.doctor)

if __name__ == "__main__":
    app()
