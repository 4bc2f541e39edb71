"""`botlens member`: add, list and remove the people of a company. A running server follows at once."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, local_company, settings_of
from botlens.moments import iso_of

if TYPE_CHECKING:
    from botlens.tenants import Member

app = typer.Typer(no_args_is_help=True, help="The people of a company: one owner, admins, viewers.")

User = Annotated[
    str, typer.Argument(help="The user, as its tokens say in `sub`, or as `botlens link` names it.")
]


class Role(StrEnum):
    """What `--role` may say: `tenants.ROLES`, which takes a while to load."""

    VIEWER = "viewer"
    ADMIN = "admin"
    OWNER = "owner"


@app.command(cls=Command)
def add(
    user: User,
    role: Annotated[
        Role, typer.Option(help="viewer reads, admin does all but change the owner; one owner at a time.")
    ] = Role.VIEWER,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Let a user into a company, or give a member another role. Who is made owner replaces the one before."""
    from botlens.cli.console import out, print_json, printable
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company)
    with accounts_of(settings) as accounts:
        member = accounts.add_member(owner.id, user, role.value)
    if json:
        print_json(_shape(member))
        return
    out.print(f"{printable(member.user)} is {member.role} of {printable(owner.name)}.", markup=False)


@app.command("list", cls=Command)
def list_all(company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """List the people of a company, its owner first."""
    from rich.markup import escape
    from rich.table import Table

    from botlens.cli.console import out, print_json, printable, utc_day
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company)
    with accounts_of(settings) as accounts:
        members = accounts.members(owner.id)
    if json:
        print_json([_shape(each) for each in members])
        return
    table = Table(box=None, pad_edge=False)
    for title in ("User", "Role", "Since"):
        table.add_column(title, no_wrap=title != "User")
    for each in members:
        table.add_row(escape(printable(each.user)), each.role, utc_day(each.since))
    out.print(table)


@app.command(cls=Command)
def remove(user: User, company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """Have a user belong to a company no longer; it is logged out at once."""
    from botlens.cli.console import out, print_json, printable
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company)
    with accounts_of(settings) as accounts:
        accounts.remove_member(owner.id, user)
    if json:
        print_json({"user": user, "removed": True})
        return
    out.print(f"{printable(user)} does not belong to {printable(owner.name)} any more.", markup=False)


def _shape(member: "Member") -> dict[str, Any]:
    return {"user": member.user, "role": member.role, "since": iso_of(member.since)}
