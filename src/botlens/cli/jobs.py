"""`botlens jobs`: what runs in the background, and how far it is."""

from typing import Any

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of


def jobs(
    company: CompanyId = None, url: Url = None, json: Json = False, data_dir: DataDir = DATA_DIR
) -> None:
    """List what runs in the background: how far it is, why it failed, which chatbots are recounted."""
    from botlens.cli.console import print_json, print_table
    from botlens.client.access import access, target_of

    settings = settings_of(data_dir, url)
    target = target_of(settings, company)
    with access(settings, target, "jobs") as api:
        found: list[dict[str, Any]] = api.get("/v1/jobs")["jobs"]
    if json:
        print_json(found)
    else:
        titles = ("Job", "State", "Last done (UTC)", "Error, or how it goes")
        print_table(titles, map(_row, found), wraps=("Job", "State", titles[-1]))


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    name = f"{each['name']} {each['chatbot_id']}" if "chatbot_id" in each else each["name"]
    done = (each["succeeded_at"] or "")[:19].replace("T", " ")
    return name, _state(each), done, each["error"] or each["said"] or ""


def _state(job: dict[str, Any]) -> str:
    if not job["running"]:
        return "waits"
    return "runs" if job["of"] is None else f"runs, {job['done']:,} of {job['of']:,}"
