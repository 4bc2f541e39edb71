"""`botlens report`: a company's numbers in the terminal, from the three seed routes."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from botlens.cli.access import access, target_of
from botlens.cli.client import Api
from botlens.cli.console import out, print_json
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of
from botlens.cli.report_page import Page, page_of

_IN_DETAIL = 10
_WIDEST = 100

Zone = Annotated[str | None, typer.Option("--tz", help="IANA zone of the days; else the company's own.")]
Start = Annotated[
    str | None, typer.Option("--from", help="First day (2026-03-01), or a time with an offset.")
]
End = Annotated[
    str | None, typer.Option("--to", help="Last day, included, or the time before which it ends.")
]
Everything = Annotated[
    bool, typer.Option("--all", help=f"Questions of every chatbot, not of the {_IN_DETAIL} busiest alone.")
]


def report(
    company: CompanyId = None,
    tz: Zone = None,
    start: Start = None,
    end: End = None,
    everything: Everything = False,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
) -> None:
    """Print a company's numbers: totals, each chatbot, and its questions."""
    settings = settings_of(data_dir, url)
    target = target_of(settings, company)
    window = {key: value for key, value in (("tz", tz), ("from", start), ("to", end)) if value}
    with access(settings, target, "report") as api:
        overview = api.get("/analytics/overview", window)
        busiest = sorted(overview["chatbots"], key=lambda bot: -bot["total_conversations"])
        chosen = busiest if everything or json else busiest[:_IN_DETAIL]
        details = [_detail(api, bot["chatbot_id"], window) for bot in chosen]
    if json:
        print_json({"overview": overview, "chatbots": details})
        return
    name = target.company.name if target.company else str(settings.url)
    for part in page_of(Page(name, window, overview, details, min(out.width, _WIDEST))):
        out.print(part)


def _detail(api: Api, chatbot_id: str, window: dict[str, str]) -> dict[str, Any]:
    path = f"/analytics/chatbot/{quote(chatbot_id, safe='')}"
    return {**api.get(path, window), "gaps": api.get(f"{path}/gaps", window)}
