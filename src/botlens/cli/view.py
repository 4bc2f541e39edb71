"""`botlens view`: the saved views that a company shares. Personal ones are for whoever saved them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, accounts_in

if TYPE_CHECKING:
    from botlens.tenants import Caller, Company
    from botlens.tenants.views import View

app = typer.Typer(no_args_is_help=True, help="Saved views of the page that a company shares.")

ViewId = Annotated[str, typer.Argument(metavar="VIEW", help="Its id, from `botlens view list`.")]


@app.command(cls=Command)
def add(
    name: Annotated[str, typer.Argument(help="For people.")],
    query: Annotated[str, typer.Argument(help="The query of the page's URL, such as 'p=30d&c=prev'.")],
    chatbot: Annotated[
        str | None, typer.Option(help="The page of which bot; that of all if absent.", show_default=False)
    ] = None,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Save a page for all of the company."""
    with accounts_in(data_dir, company) as (accounts, owner):
        made = accounts.add_view(owner.id, name, query, by=_local(owner), chatbot_id=chatbot, shared=True)
    _say(made, json=json)


@app.command("list", cls=Command)
def list_all(company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """List the saved views that a company shares, by name."""
    from botlens.cli.console import print_json, print_table

    with accounts_in(data_dir, company) as (accounts, owner):
        views = accounts.views(owner.id, _local(owner))
    if json:
        print_json([_shape(each) for each in views])
        return
    rows = ((each.id, each.name, each.chatbot_id or "all", each.query, each.who) for each in views)
    print_table(("Id", "Name", "Bot", "Query", "Who"), rows, wraps=("Name", "Bot", "Query", "Who"))


@app.command(cls=Command)
def change(
    view: ViewId,
    name: Annotated[str | None, typer.Option(help="For people.", show_default=False)] = None,
    query: Annotated[
        str | None, typer.Option(help="The query of the page's URL.", show_default=False)
    ] = None,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Change what is given of a saved view."""
    given: dict[str, Any] = {
        field: value for field, value in (("name", name), ("query", query)) if value is not None
    }
    with accounts_in(data_dir, company) as (accounts, owner):
        changed = accounts.change_view(owner.id, view, by=_local(owner), **given)
    _say(changed, json=json)


@app.command(cls=Command)
def remove(view: ViewId, company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """Delete a saved view."""
    from botlens.cli.console import out, print_json

    with accounts_in(data_dir, company) as (accounts, owner):
        accounts.remove_view(owner.id, view, by=_local(owner))
    if json:
        print_json({"id": view, "removed": True})
        return
    out.print("It is deleted.")


def _local(company: "Company") -> "Caller":
    """Whoever has the data folder."""
    from botlens.tenants import Caller
    from botlens.tenants.rights import EVERYTHING

    return Caller("local", company, EVERYTHING)


def _say(view: "View", *, json: bool) -> None:
    from botlens.cli.console import out, print_json, printable

    if json:
        print_json(_shape(view))
        return
    out.print(f"{view.id}: {printable(view.name)}", markup=False)


def _shape(view: "View") -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "query": view.query,
        "chatbot_id": view.chatbot_id,
        "shared": view.shared,
        "who": view.who,
    }
