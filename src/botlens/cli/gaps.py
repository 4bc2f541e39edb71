"""`botlens gaps`: questions without an answer, grouped by what they mean."""

from typing import Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of

app = typer.Typer(no_args_is_help=True, help="Knowledge gaps: what bots could not answer, by what it means.")

_STATES = "open, fixed, verified, reopened, dismissed, with commas between them; all but dismissed if absent."
_PAGE = 20


@app.command("list", cls=Command)
def list_all(
    chatbot: Annotated[str | None, typer.Option(help="Of this bot alone.", show_default=False)] = None,
    state: Annotated[str | None, typer.Option(help=_STATES, show_default=False)] = None,
    order: Annotated[str, typer.Option(help="impact, sessions, questions, rising or newest.")] = "impact",
    period: Annotated[str, typer.Option(help="As in a query.")] = "30d",
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = _PAGE,
    company: CompanyId = None,
    url: Url = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """List knowledge gaps, those first whose answer would save most conversations."""
    from botlens.cli.console import print_json
    from botlens.client.access import access, target_of

    settings = settings_of(data_dir, url)
    target = target_of(settings, company)
    asked = {"chatbot_id": chatbot, "state": state, "order": order, "period": period, "limit": str(limit)}
    with access(settings, target, "gaps list") as api:
        found = api.get("/v1/gaps", {name: value for name, value in asked.items() if value})
    if json:
        print_json(found)
        return
    _print_gaps(found)


@app.command(cls=Command)
def relink(
    wait: Annotated[float, typer.Option(min=0, max=600, help="Seconds to wait for the end.")] = 600.0,
    company: CompanyId = None,
    url: Url = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Group all questions anew, now; a server does that by itself."""
    from botlens.cli.console import out, print_json
    from botlens.client.access import access, target_of

    settings = settings_of(data_dir, url)
    target = target_of(settings, company)
    with access(settings, target, "gaps relink") as api:
        found = api.post(f"/v1/gaps/relink?wait={wait}", b"")
    if json:
        print_json(found)
        return
    if found["state"] == "done":
        line = f"{found['questions']:,} questions, {found['gaps']:,} gaps, in {found['seconds']:.1f} s."
    else:
        line = f"It goes on in the background: {found['done']:,} questions are embedded so far."
    out.print(line, markup=False)


def _print_gaps(found: dict[str, Any]) -> None:
    from botlens.cli.console import err, print_table

    rows = (
        (
            each["id"],
            each["title"],
            each["state"],
            f"{each['sessions']:,}",
            f"{each['impact']['conversations_per_month']:,.1f}",
        )
        for each in found["gaps"]
    )
    if found["gaps"]:
        print_table(("Id", "Title", "State", "Sessions", "Saves a month"), rows, wraps=("Title",))
    else:
        err.print("There are no gaps in this period.")
    for line in _notes(found["meta"]):
        err.print(line, markup=False)


def _notes(meta: dict[str, Any]) -> list[str]:
    """What a reader should know besides."""
    waiting = meta["waiting_questions"]
    return [
        *([meta["model_missing"]] if meta["model_missing"] else []),
        *([f"{waiting:,} questions wait: `botlens gaps relink` has them grouped now."] if waiting else []),
        *(["Answers have no scores here: weaker signs are counted."] if not meta["has_scores"] else []),
    ]
