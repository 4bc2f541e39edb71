"""`botlens link`: a link that logs somebody in to the page once."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, local_company, settings_of
from botlens.moments import iso_of

if TYPE_CHECKING:
    from botlens.settings import Settings


class LinkRole(StrEnum):
    """What `--role` may say: `tenants.LINK_ROLES`, which takes a while to load."""

    VIEWER = "viewer"
    ADMIN = "admin"


def make_login_link(
    user: Annotated[
        str | None, typer.Option(help="Who is to use it; the owner by default.", show_default=False)
    ] = None,
    role: Annotated[
        LinkRole | None,
        typer.Option(
            help="What it lets the user be; by default what the user is, and a viewer who is new.",
            show_default=False,
        ),
    ] = None,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Print a link that logs a user in to the page: once, within ten minutes. Who is new becomes a member."""
    from botlens.api.auth.public_address import PublicAddress
    from botlens.cli.console import err, out, print_json, printable, utc_text
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company)
    with accounts_of(settings) as accounts:
        made, secret = accounts.create_link(owner.id, user or owner.owner, role.value if role else None)
    url = PublicAddress(address_of(settings)).login_link(secret)
    if json:
        print_json({"url": url, "user": made.user, "role": made.role, "expires_at": iso_of(made.expires_at)})
        return
    out.print(url, markup=False, soft_wrap=True)
    err.print(
        f"It logs {printable(made.user)} in to {printable(owner.name)} as {made.role}: once, until "
        f"{utc_text(made.expires_at)} UTC.",
        markup=False,
        soft_wrap=True,
    )


def address_of(settings: "Settings") -> str:
    """Where browsers find the server: where the setting says, or else the server of this folder does."""
    from botlens.api.auth.public_address import DEFAULT_URL
    from botlens.folder.ownership import owner

    if settings.public_url is not None:
        return settings.public_url
    found = owner(settings.data_dir)
    return DEFAULT_URL if found is None or found[1] is None else found[1].url
