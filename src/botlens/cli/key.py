"""`botlens key`: create, list and revoke API keys. A running server follows at once."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, accounts_in
from botlens.moments import iso_of

if TYPE_CHECKING:
    from datetime import datetime

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

    with accounts_in(data_dir, company) as (accounts, owner):
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
    from botlens.cli.console import print_json, print_table

    with accounts_in(data_dir, company) as (accounts, owner):
        keys = accounts.keys(owner.id)
    if json:
        print_json([_shape(key) for key in keys])
        return
    titles = ("key_id", "Starts with", "Scopes", "Name", "Created (UTC)", "Last used", "Revoked")
    rows = (
        (
            *(key.id, key.prefix, ", ".join(_scopes(key)), key.name),
            *(_minute(each) for each in (key.created_at, key.last_used_at, key.revoked_at)),
        )
        for key in keys
    )
    print_table(titles, rows, wraps=("Name",))


@app.command(cls=Command)
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, or its first 12 characters.")],
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """End an API key at once."""
    from botlens.cli.console import out, print_json

    with accounts_in(data_dir, company) as (accounts, owner):
        revoked = accounts.revoke_key(owner.id, key)
    if json:
        print_json(_shape(revoked))
        return
    out.print(f"Revoked {revoked.id} ({revoked.prefix}...).", markup=False)


def _minute(moment: "datetime | None") -> str:
    from botlens.cli.console import utc_text

    return "" if moment is None else utc_text(moment)


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
