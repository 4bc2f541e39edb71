"""What `botlens serve` says at its start: where it is, how to log in, and how to begin."""

import select
import sys
from getpass import getuser
from typing import TYPE_CHECKING

import typer

from botlens.cli.console import err, out, printable
from botlens.errors import BotlensError

if TYPE_CHECKING:
    from botlens.settings import Settings
    from botlens.tenants import Accounts

_PATIENCE = 60.0
"""So many seconds a server waits for an answer: there may be a terminal that nobody looks at."""


def offer_company(accounts: "Accounts", settings: "Settings") -> None:
    """Make the first company, if a person is there to say so, with a key that is shown this once; not where
    companies come from tables that are followed.
    """
    if settings.sync_url is not None or not (sys.stdin.isatty() and out.is_terminal) or accounts.companies():
        return
    name = _answer("There is no company yet. The name of the first one (nothing: none for now)", "")
    if not name:
        return
    user = getuser()
    owner = _answer("Who owns it, as your logins name that user", user) or user
    zone = _answer("The time zone of its days, such as Europe/Berlin", "UTC") or "UTC"
    try:
        company = accounts.create_company(name, owner=owner, plan="pro", timezone=zone)
    except BotlensError as error:
        err.print(f"That did not work: {error.message}", markup=False, soft_wrap=True)
        return
    _, secret = accounts.create_key(company.id, name="first")
    out.print(f"Created {printable(company.name)}, on the plan {company.plan}.", markup=False)
    out.print(f"api_key  {secret}   (shown this once)", markup=False, soft_wrap=True)


def serving(url: str, settings: "Settings", accounts: "Accounts") -> None:
    """Say where the server is. A login link is for a terminal alone: what goes into a log is no secret."""
    address = settings.public_url or url
    out.print(f"botlens serves {address} from {settings.data_dir}", markup=False, soft_wrap=True)
    if settings.sync_url is not None:
        hint = "Follows the database of BOTLENS_SYNC_URL: `botlens sync --status` says how far it is."
        out.print(hint, markup=False, soft_wrap=True)
    try:
        hint = _how_to_log_in(address, settings, accounts)
    except BotlensError as error:  # it serves all the same, and they may answer in a moment
        hint = f"`botlens link --company ID` makes a link that logs its owner in. {error.message}"
    out.print(hint, markup=False, soft_wrap=True)


def _how_to_log_in(address: str, settings: "Settings", accounts: "Accounts") -> str:
    from botlens.api.auth.public_address import PublicAddress

    companies = accounts.companies()
    if not companies and settings.sync_url is not None:
        return "Its companies come within a minute: then `botlens link --company ID` logs in to the page."
    if not companies:
        return "There is no company yet: `botlens company create NAME --owner USER` makes one, and its key."
    if len(companies) == 1 and out.is_terminal:
        _, secret = accounts.create_link(companies[0].id, companies[0].owner)
        return f"Log in, once and within ten minutes: {PublicAddress(address).login_link(secret)}"
    which = "" if len(companies) == 1 else " --company ID"
    return f"`botlens link{which}` makes a link that logs its owner in to the page; `--user NAME` another."


def _answer(question: str, default: str) -> str:
    """What a person says to a question; nothing if nobody does."""
    typer.echo(f"{question}{f' [{default}]' if default else ''}: ", nl=False)
    ready, _, _ = select.select([sys.stdin], [], [], _PATIENCE)
    if not ready:
        typer.echo()
        return ""
    return sys.stdin.readline().strip()
