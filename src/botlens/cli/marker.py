"""`botlens marker`: what happened when, and what a metric did around it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, accounts_in, settings_of
from botlens.moments import iso_of

if TYPE_CHECKING:
    from botlens.tenants.markers import Marker

app = typer.Typer(no_args_is_help=True, help="Markers: what happened when, for charts to say why.")

MarkerId = Annotated[str, typer.Argument(metavar="MARKER", help="Its id, from `botlens marker list`.")]
AboutChatbot = Annotated[
    str | None, typer.Option(help="About which bot; all of the company if absent.", show_default=False)
]
_LIKE = "2026-03-01T09:30:00+01:00"
Link = Annotated[str | None, typer.Option(help="Where to read more.", show_default=False)]


@app.command(cls=Command)
def add(
    text: Annotated[str, typer.Argument(help="What happened, in at most 80 characters.")],
    at: Annotated[
        str | None, typer.Option(help=f"When, as {_LIKE}; now if absent.", show_default=False)
    ] = None,
    chatbot: AboutChatbot = None,
    link: Link = None,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Mark a moment."""
    from botlens.cli.console import out, print_json, printable, utc_text
    from botlens.clock import utc_now

    when = utc_now() if at is None else _moment(at)
    with accounts_in(data_dir, company) as (accounts, owner):
        made = accounts.add_marker(owner.id, text, when, who="local", chatbot_id=chatbot, link=link)
    if json:
        print_json(_shape(made))
        return
    out.print(f"{made.id}: {printable(made.text)}, {utc_text(made.at)} UTC", markup=False)


@app.command("list", cls=Command)
def list_all(
    chatbot: AboutChatbot = None, company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR
) -> None:
    """List the markers of a company by their time; of a bot with those of the whole company."""
    from botlens.cli.console import print_json, print_table, printable, utc_text
    from botlens.errors import NotFoundError

    with accounts_in(data_dir, company) as (accounts, owner):
        if chatbot is not None and accounts.chatbot(owner.id, chatbot) is None:
            raise NotFoundError(f"There is no chatbot `{printable(chatbot)}`.", code="unknown_chatbot")
        markers = accounts.markers(owner.id, chatbot)
    if json:
        print_json([_shape(each) for each in markers])
        return
    rows = ((each.id, utc_text(each.at), each.chatbot_id or "all", each.text, each.who) for each in markers)
    print_table(("Id", "When (UTC)", "Bot", "Text", "Who"), rows, wraps=("Bot", "Text", "Who"))


@app.command(cls=Command)
def change(
    marker: MarkerId,
    text: Annotated[str | None, typer.Option(help="What happened.", show_default=False)] = None,
    at: Annotated[str | None, typer.Option(help=f"When, as {_LIKE}.", show_default=False)] = None,
    chatbot: Annotated[
        str | None, typer.Option(help="About which bot; '' is all of the company.", show_default=False)
    ] = None,
    link: Annotated[
        str | None, typer.Option(help="Where to read more; '' is nowhere.", show_default=False)
    ] = None,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Change what is given of a marker."""
    from botlens.cli.console import out, print_json, printable, utc_text

    said = {"text": text, "at": None if at is None else _moment(at)}
    given: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    given |= {
        name: value or None for name, value in (("chatbot_id", chatbot), ("link", link)) if value is not None
    }
    with accounts_in(data_dir, company) as (accounts, owner):
        changed = accounts.change_marker(owner.id, marker, **given)
    if json:
        print_json(_shape(changed))
        return
    out.print(f"{changed.id}: {printable(changed.text)}, {utc_text(changed.at)} UTC", markup=False)


@app.command(cls=Command)
def remove(
    marker: MarkerId, company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR
) -> None:
    """Delete a marker."""
    from botlens.cli.console import out, print_json

    with accounts_in(data_dir, company) as (accounts, owner):
        accounts.remove_marker(owner.id, marker)
    if json:
        print_json({"id": marker, "removed": True})
        return
    out.print("It is deleted.")


@app.command(cls=Command)
def effect(
    marker: MarkerId,
    metric: Annotated[str, typer.Option(help="A metric, from `GET /v1/metrics`.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="Days on each side, at most.")] = 28,
    company: CompanyId = None,
    url: Url = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Say what a metric was before and after a marker, and whether chance alone would do that."""
    from urllib.parse import quote

    from botlens.cli.console import out, print_json
    from botlens.client.access import access, target_of

    settings = settings_of(data_dir, url)
    target = target_of(settings, company)
    with access(settings, target, "marker effect") as api:
        path = f"/v1/markers/{quote(marker, safe='')}/effect"
        found = api.get(path, {"metric": metric, "days": str(days)})
    if json:
        print_json(found)
        return
    for line in _sentences(found):
        out.print(line, markup=False, soft_wrap=True)


def _sentences(found: dict[str, Any]) -> list[str]:
    if found["after"] is None:
        return ["No whole day has passed since the marker: ask again later."]
    lines = [
        f"{name}: {_number(side['value'])} (n = {_number(side['n'])}), "
        f"{side['days']['from']} to {side['days']['to']}"
        for name, side in (("Before", found["before"]), ("After", found["after"]))
    ]
    verdict = {
        True: "Chance alone seldom makes such a difference.",
        False: "Not distinguishable from chance.",
        None: f"Too little to judge: each side needs n = {found['least_n']}, over enough days.",
    }
    return [*lines, f"{verdict[found['distinguishable']]} {found['left_out']}, its own day, is left out."]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"


def _moment(text: str) -> datetime:
    from botlens.errors import InvalidError

    try:
        return datetime.fromisoformat(text)
    except ValueError:
        message = f"it is written like {_LIKE}."
        raise InvalidError(message, field="at") from None


def _shape(marker: "Marker") -> dict[str, Any]:
    return {
        "id": marker.id,
        "chatbot_id": marker.chatbot_id,
        "at": iso_of(marker.at),
        "text": marker.text,
        "link": marker.link,
        "who": marker.who,
    }
