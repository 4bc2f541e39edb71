"""`botlens rejections`: which events were not taken lately, and why."""

from typing import Any

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of


def rejections(
    company: CompanyId = None, url: Url = None, json: Json = False, data_dir: DataDir = DATA_DIR
) -> None:
    """List the last hundred events and requests that a running server did not take, the latest first."""
    from botlens.cli.console import err, print_json
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
        print_rejections(found)


def print_rejections(found: list[dict[str, Any]]) -> None:
    """A list of them, as the API tells them."""
    from botlens.cli.console import print_table

    print_table(("When (UTC)", "By", "Code", "Field", "Why"), map(_row, found), wraps=("By", "Field", "Why"))


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    when = each["at"][:19].replace("T", " ")
    return when, each["by"], each["code"], each["field"] or "", each["message"] or ""
