"""`botlens chatbot`: list, set and delete the bots of a company, through a server or without one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from botlens.client.api import Api

app = typer.Typer(no_args_is_help=True, help="Chatbots of a company.")

ChatbotId = Annotated[str, typer.Argument(metavar="CHATBOT", help="Its id.")]


@app.command("list", cls=Command)
def list_all(
    company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR, url: Url = None
) -> None:
    """List the chatbots of a company, with their settings."""
    from botlens.cli.console import print_json, print_table

    with _api(data_dir, url, company, "chatbot list") as api:
        chatbots = api.get("/v1/chatbots")["chatbots"]
    if json:
        print_json(chatbots)
        return
    rows = (
        (
            each["chatbot_id"],
            each["name"] or "",
            "yes" if each["is_published"] else "no",
            f"{each['confidence_threshold']:g}",
            each["timezone"] or "",
        )
        for each in chatbots
    )
    print_table(("chatbot_id", "Name", "Published", "Threshold", "Time zone"), rows, wraps=("Name",))


@app.command("set", cls=Command)
def change(
    chatbot: ChatbotId,
    name: Annotated[str | None, typer.Option(help="Its name, for people.", show_default=False)] = None,
    confidence_threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            help="An answer scored below it is unanswered; counts all anew.",
            show_default=False,
        ),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="IANA zone of its days; `off` is the company's.", show_default=False)
    ] = None,
    published: Annotated[
        bool | None, typer.Option("--published/--unpublished", help="Whether it is.", show_default=False)
    ] = None,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
) -> None:
    """Create a chatbot, or change the settings that are said."""
    from botlens.cli.console import out, print_json, printable

    said = {
        "name": name,
        "confidence_threshold": confidence_threshold,
        "timezone": timezone,
        "is_published": published,
    }
    settings: dict[str, Any] = {field: value for field, value in said.items() if value is not None}
    if timezone == "off":
        settings["timezone"] = None
    with _api(data_dir, url, company, "chatbot set") as api:
        found = api.put(_address(chatbot), settings)
    if json:
        print_json(found)
        return
    called = printable(found["name"] or "Untitled")
    out.print(f"{called} has the threshold {found['confidence_threshold']:g}.", markup=False)


@app.command(cls=Command)
def delete(
    chatbot: ChatbotId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
) -> None:
    """Delete a chatbot for good, with all that was said to it."""
    from botlens.cli.console import out, print_json

    if not yes:
        typer.confirm(f"Delete {chatbot} with all that was ever said to it?", abort=True, err=True)
    with _api(data_dir, url, company, "chatbot delete") as api:
        done = api.delete(_address(chatbot))["done"]
    if json:
        print_json({"chatbot_id": chatbot, "erased": done})
        return
    out.print(f"Deleted {chatbot}; what was kept of it is being erased.", markup=False)


def _api(
    data_dir: "Path", url: str | None, company: str | None, command: str
) -> "AbstractContextManager[Api]":
    from botlens.client.access import access, target_of

    settings = settings_of(data_dir, url)
    return access(settings, target_of(settings, company), command)


def _address(chatbot: str) -> str:
    from urllib.parse import quote

    return f"/v1/chatbots/{quote(chatbot, safe='')}"
