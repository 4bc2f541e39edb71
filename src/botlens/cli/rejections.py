"""`botlens rejections`: which events were not taken lately, and why."""

from collections.abc import Sequence
from typing import Any

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of


def rejections(
    company: CompanyId = None, url: Url = None, json: Json = False, data_dir: DataDir = DATA_DIR
) -> None:
    """List the last hundred events and requests that a running server did not take, the latest first."""
    from botlens.cli.console import err, out, print_json
    from botlens.client.access import access, target_of

    settings = settings_of(data_dir, url)
    target = target_of(settings, company)
    with access(settings, target, "rejections") as api:
        found: list[dict[str, Any]] = api.get("/v1/rejections")["rejections"]
    if json:
        print_json(found)
    elif not found:
        err.print("Nothing was refused since the server was started; without one, nothing is known.")
    else:
        out.print(_table(found))


def _table(found: Sequence[dict[str, Any]]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    from botlens.cli.console import printable

    table = Table(box=None, pad_edge=False)
    for title in ("When (UTC)", "By", "Code", "Field", "Why"):
        table.add_column(title, no_wrap=title in ("When (UTC)", "Code"), overflow="fold")
    for each in found:
        texts = (each["by"], each["code"], each["field"] or "", each["message"] or "")
        table.add_row(each["at"][:19].replace("T", " "), *(escape(printable(text)) for text in texts))
    return table
