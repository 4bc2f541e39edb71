"""`botlens source`: the sources that decide companies, chatbots and plans here, and what is held of them."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, DataDir, Json, settings_of

if TYPE_CHECKING:
    from botlens.tenants.synced.values import KnownSource

app = typer.Typer(
    no_args_is_help=True, help="Sources whose companies, chatbots and plans are taken over by `botlens sync`."
)

SourceName = Annotated[
    str, typer.Argument(metavar="SOURCE", help="Its name, as `botlens source list` has it.")
]


@app.command("list", cls=Command)
def list_all(json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """List the sources, what is held back of their deletions, and what is worth knowing of their accounts."""
    from botlens.cli.console import out, print_json, printable
    from botlens.opening import accounts_of

    with accounts_of(settings_of(data_dir)) as accounts:
        sources = accounts.sources()
    if json:
        print_json([_shape(each) for each in sources])
        return
    if not sources:
        out.print("No source decides anything here: all accounts are your own.")
    for each in sources:
        out.print(
            f"{printable(each.name)}: companies {each.companies:,}, chatbots {each.chatbots:,}", markup=False
        )
        held = [
            f"{hold.sentence} {'Confirmed.' if hold.is_confirmed else _asked(each.name)}"
            for hold in each.holds
        ]
        for sentence in (*held, *each.remarks):
            out.print(f"  ! {printable(sentence)}", markup=False, soft_wrap=True)


@app.command(cls=Command)
def confirm(source: SourceName, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """Let go what is held back because more than half of a table was gone from the source at once."""
    from botlens.cli.console import out, print_json
    from botlens.opening import accounts_of

    with accounts_of(settings_of(data_dir)) as accounts:
        held = accounts.confirm(source)
    if json:
        print_json({"source": source, "confirmed": {each.table: each.gone for each in held}})
        return
    if not held:
        out.print("Nothing is held back.")
    for each in held:
        out.print(
            f"{each.gone:,} of {each.of:,} {each.table} go with the next look at the source.", markup=False
        )


@app.command(cls=Command)
def release(
    source: SourceName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make all that a source decided your own, for good: to be named and deleted here."""
    from botlens.cli.console import out, print_json
    from botlens.opening import accounts_of

    with accounts_of(settings_of(data_dir)) as accounts:
        # A name that is none is refused below, before anybody has to decide about it.
        if not yes and source in {each.name for each in accounts.sources()}:
            question = (
                f"Make the accounts of {source} your own? What has its ids there is not taken over again."
            )
            typer.confirm(question, abort=True, err=True)
        known = accounts.release(source)
    if json:
        print_json({"source": source, "companies": known.companies, "chatbots": known.chatbots})
        return
    out.print(
        f"Companies: {known.companies:,}, chatbots: {known.chatbots:,}. All are your own now.", markup=False
    )


def _asked(name: str) -> str:
    return f"If that is so: botlens source confirm {name}"


def _shape(source: "KnownSource") -> dict[str, Any]:
    return asdict(source)
