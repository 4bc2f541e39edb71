"""`botlens member`: add, list and remove the people of a company. A running server follows at once."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, accounts_in
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

    with accounts_in(data_dir, company) as (accounts, owner):
        member = accounts.add_member(owner.id, user, role.value)
    if json:
        print_json(_shape(member))
        return
    out.print(f"{printable(member.user)} is {member.role} of {printable(owner.name)}.", markup=False)


@app.command("list", cls=Command)
def list_all(company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """List the people of a company, its owner first."""
    from botlens.cli.console import print_json, print_table, utc_day

    with accounts_in(data_dir, company) as (accounts, owner):
        members = accounts.members(owner.id)
    if json:
        print_json([_shape(each) for each in members])
        return
    rows = ((each.user, each.role, utc_day(each.since)) for each in members)
    print_table(("User", "Role", "Since"), rows, wraps=("User",))


@app.command(cls=Command)
def remove(user: User, company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """Have a user belong to a company no longer; it is logged out at once."""
    from botlens.cli.console import out, print_json, printable

    with accounts_in(data_dir, company) as (accounts, owner):
        accounts.remove_member(owner.id, user)
    if json:
        print_json({"user": user, "removed": True})
        return
    out.print(f"{printable(user)} does not belong to {printable(owner.name)} any more.", markup=False)


def _shape(member: "Member") -> dict[str, Any]:
    return {"user": member.user, "role": member.role, "since": iso_of(member.since)}
