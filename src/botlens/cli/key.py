"""`botlens key`: create, list and revoke API keys. A running server follows at once."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, local_company, settings_of
from botlens.moments import iso_of

if TYPE_CHECKING:
    from botlens.tenants import ApiKey

app = typer.Typer(no_args_is_help=True, help="API keys of a company.")


class KeyScope(StrEnum):
    """What `--scope` may say: `tenants.SCOPES`, which takes a while to load."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


@app.command(cls=Command)
def create(
    company: CompanyId = None,
    scope: Annotated[
        list[KeyScope] | None,
        typer.Option(help="What it may do; more than once for several; all by default.", show_default=False),
    ] = None,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Create an API key, which is shown this once."""
    from botlens.cli.console import out, print_json
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company)
    with accounts_of(settings) as accounts:
        key, secret = accounts.create_key(
            owner.id, scopes=[each.value for each in scope or KeyScope], name=name
        )
    if json:
        print_json({**_shape(key), "api_key": secret})
        return
    out.print(f"key_id   {key.id}   ({', '.join(_scopes(key))})", markup=False)
    out.print(f"api_key  {secret}   (shown this once)", markup=False, soft_wrap=True)


@app.command("list", cls=Command)
def list_all(company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """List the API keys of a company, revoked ones too."""
    from rich.markup import escape
    from rich.table import Table

    from botlens.cli.console import out, print_json, printable, utc_text
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company)
    with accounts_of(settings) as accounts:
        keys = accounts.keys(owner.id)
    if json:
        print_json([_shape(key) for key in keys])
        return
    table = Table(box=None, pad_edge=False)
    for title in ("key_id", "Starts with", "Scopes", "Name", "Created (UTC)", "Last used", "Revoked"):
        table.add_column(title, no_wrap=title != "Name")
    for key in keys:
        used, revoked = (utc_text(moment) if moment else "" for moment in (key.last_used_at, key.revoked_at))
        row = (key.id, key.prefix, ", ".join(_scopes(key)), escape(printable(key.name)))
        table.add_row(*row, utc_text(key.created_at), used, revoked)
    out.print(table)


@app.command(cls=Command)
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, or its first 12 characters.")],
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """End an API key at once."""
    from botlens.cli.console import out, print_json
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company)
    with accounts_of(settings) as accounts:
        revoked = accounts.revoke_key(owner.id, key)
    if json:
        print_json(_shape(revoked))
        return
    out.print(f"Revoked {revoked.id} ({revoked.prefix}...).", markup=False)


def _scopes(key: "ApiKey") -> list[str]:
    return [scope.value for scope in KeyScope if scope in key.scopes]


def _shape(key: "ApiKey") -> dict[str, Any]:
    return {
        "key_id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": _scopes(key),
        "created_at": iso_of(key.created_at),
        "revoked_at": iso_of(key.revoked_at),
        "last_used_at": iso_of(key.last_used_at),
    }
