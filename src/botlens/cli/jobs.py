"""`botlens jobs`: what runs in the background, and how far it is."""

from collections.abc import Sequence
from typing import Any

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of


def jobs(
    company: CompanyId = None, url: Url = None, json: Json = False, data_dir: DataDir = DATA_DIR
) -> None:
    """List what runs in the background: how far it is, why it failed, which chatbots are recounted."""
    from botlens.cli.console import out, print_json
    from botlens.client.access import access, target_of

    settings = settings_of(data_dir, url)
    target = target_of(settings, company)
    with access(settings, target, "jobs") as api:
        found: list[dict[str, Any]] = api.get("/v1/jobs")["jobs"]
    if json:
        print_json(found)
    else:
        out.print(_table(found))


def _table(found: Sequence[dict[str, Any]]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    from botlens.cli.console import printable

    table = Table(box=None, pad_edge=False)
    for title in ("Job", "State", "Last done (UTC)", "Error, or how it goes"):
        table.add_column(title, no_wrap=title == "Last done (UTC)")
    for each in found:
        name = f"{each['name']} {each['chatbot_id']}" if "chatbot_id" in each else each["name"]
        done = (each["succeeded_at"] or "")[:19].replace("T", " ")
        texts = (name, _state(each), done, each["error"] or each["said"] or "")
        table.add_row(*(escape(printable(text)) for text in texts))
    return table


def _state(job: dict[str, Any]) -> str:
    if not job["running"]:
        return "waits"
    return "runs" if job["of"] is None else f"runs, {job['done']:,} of {job['of']:,}"
