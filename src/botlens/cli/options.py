"""The options that several commands share, and the settings they make."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from botlens.settings import Settings
    from botlens.tenants import Accounts, Company

DATA_DIR = Path("botlens-data")

DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir", envvar="BOTLENS_DATA_DIR", file_okay=False, help="The folder that holds everything."
    ),
]
CompanyId = Annotated[
    str | None,
    typer.Option("--company", help="Its id; may be left out where there is only one.", show_default=False),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="BOTLENS_URL",
        help="A botlens server elsewhere; its API key is taken from BOTLENS_API_KEY.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]
Host = Annotated[str, typer.Option("--host", help="The address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65_535, help="The port; 0 takes a free one.")]


def settings_of(data_dir: Path, url: str | None = None) -> "Settings":
    """The settings of the environment with the options laid over them."""
    from botlens.settings import Settings

    given: dict[str, Any] = {"data_dir": data_dir}
    if url is not None:
        given["url"] = url
    return Settings.read(**given)


def local_company(settings: "Settings", company_id: str | None) -> "Company":
    """The company in this folder that is meant: accounts are here, whatever server the environment names.

    Raises:
        BotlensError: there is none, or several and none is named.
    """
    from botlens.client.access import target_of

    company = target_of(settings.model_copy(update={"url": None}), company_id).company
    if company is None:
        raise AssertionError("without a server elsewhere there is always a company")
    return company


@contextmanager
def accounts_in(data_dir: Path, company_id: str | None) -> Iterator[tuple["Accounts", "Company"]]:
    """The accounts of a folder, and the company in them that is meant: see `local_company`."""
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company_id)
    with accounts_of(settings) as accounts:
        yield accounts, owner
