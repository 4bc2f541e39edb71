"""`botlens key`: create, list and revoke API keys. A running server follows at once."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, settings_of
from botlens.moments import iso, microseconds

if TYPE_CHECKING:
    from botlens.settings import Settings
    from botlens.tenants import ApiKey, Company

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

    settings = _local(settings_of(data_dir))
    owner = _company(settings, company)
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

    from botlens.cli.console import out, print_json, printable
    from botlens.opening import accounts_of

    settings = _local(settings_of(data_dir))
    owner = _company(settings, company)
    with accounts_of(settings) as accounts:
        keys = accounts.keys(owner.id)
    if json:
        print_json([_shape(key) for key in keys])
        return
    table = Table(box=None, pad_edge=False)
    for title in ("key_id", "Starts with", "Scopes", "Name", "Created", "Revoked"):
        table.add_column(title, no_wrap=title != "Name")
    for key in keys:
        revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
        row = (key.id, key.prefix, ", ".join(_scopes(key)), escape(printable(key.name)))
        table.add_row(*row, f"{key.created_at:%Y-%m-%d %H:%M}", revoked)
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

    settings = _local(settings_of(data_dir))
    owner = _company(settings, company)
    with accounts_of(settings) as accounts:
        revoked = accounts.revoke_key(owner.id, key)
    if json:
        print_json(_shape(revoked))
        return
    out.print(f"Revoked {revoked.id} ({revoked.prefix}...).", markup=False)


def _local(settings: "Settings") -> "Settings":
    """Keys are kept in the accounts, so a server elsewhere that the environment names is none of theirs."""
    return settings.model_copy(update={"url": None})


def _company(settings: "Settings", company_id: str | None) -> "Company":
    from botlens.client.access import target_of

    company = target_of(settings, company_id).company
    if company is None:
        raise AssertionError("without a server elsewhere there is always a company")
    return company


def _scopes(key: "ApiKey") -> list[str]:
    return [scope.value for scope in KeyScope if scope in key.scopes]


def _shape(key: "ApiKey") -> dict[str, Any]:
    return {
        "key_id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": _scopes(key),
        "created_at": iso(microseconds(key.created_at)),
        "revoked_at": None if key.revoked_at is None else iso(microseconds(key.revoked_at)),
    }
