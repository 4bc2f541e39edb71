"""`botlens company`: create, list, change and delete companies.

All but `delete` need the accounts alone, and so work beside a server.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, DataDir, Json, settings_of
from botlens.moments import iso_of

if TYPE_CHECKING:
    from botlens.tenants import Company

_SETTINGS = ("name", "plan", "timezone", "retention_days", "gap_limit", "question_floor")
_WAIT = 30  # seconds for the store to rewrite its files

app = typer.Typer(no_args_is_help=True, help="Companies: the tenants, each with its bots, plan and keys.")


@app.command(cls=Command)
def create(
    name: Annotated[str, typer.Argument(help="Its name, for people.")],
    owner: Annotated[str, typer.Option(help="The user that owns it, as its tokens say in `sub`.")],
    plan: Annotated[str, typer.Option(help="What it may use.")] = "pro",
    timezone: Annotated[str, typer.Option(help="IANA zone of its days, such as Europe/Berlin.")] = "UTC",
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Create a company, with a full-access API key that is shown this once."""
    from rich.markup import escape

    from botlens.cli.console import out, print_json, printable
    from botlens.opening import accounts_of
    from botlens.tenants.companies import check_company

    settings = settings_of(data_dir)
    # First: a company that cannot be leaves no folder behind.
    check_company(name, owner=owner, plan=plan, timezone=timezone, plans=settings.all_plans())
    with accounts_of(settings, create=True) as accounts:
        company = accounts.create_company(name, owner=owner, plan=plan, timezone=timezone)
        _, secret = accounts.create_key(company.id, name="first")
    if json:
        print_json({"company_id": company.id, "api_key": secret})
        return
    out.print(f"Created [bold]{escape(printable(company.name))}[/] on plan {company.plan}.")
    out.print(f"company_id  {company.id}", markup=False)
    out.print(f"api_key     {secret}   (shown this once)", markup=False, soft_wrap=True)


@app.command("list", cls=Command)
def list_all(json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """List all companies, the oldest first."""
    from botlens.cli.console import print_json, print_table, utc_day
    from botlens.opening import accounts_of

    with accounts_of(settings_of(data_dir)) as accounts:
        companies = accounts.companies()
    if json:
        print_json([_shape(each) for each in companies])
        return
    titles = ("company_id", "Name", "Owner", "Plan", "Time zone", "Created")
    rows = (
        (each.id, each.name, each.owner, each.plan, each.timezone, utc_day(each.created_at))
        for each in companies
    )
    print_table(titles, rows, wraps=("Name", "Owner"))


@app.command("set", cls=Command)
def change(
    company: Annotated[str, typer.Argument(help="Its id.")],
    name: Annotated[str | None, typer.Option(help="Its name, for people.", show_default=False)] = None,
    plan: Annotated[str | None, typer.Option(help="What it may use from now on.", show_default=False)] = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="IANA zone of its days; all numbers are of the new one.", show_default=False),
    ] = None,
    retention_days: Annotated[
        str | None,
        typer.Option(
            help="Delete conversations so many days after their last message; `off` keeps them.",
            show_default=False,
        ),
    ] = None,
    gap_limit: Annotated[
        float | None,
        typer.Option(
            help="A gap is fixed if it fails in less than this share of the sessions that ask.",
            show_default=False,
        ),
    ] = None,
    question_floor: Annotated[
        int | None,
        typer.Option(
            help="Readers below admin see questions that at least so many sessions asked.", show_default=False
        ),
    ] = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Change name, plan, zone, how long conversations are kept, or what holds for gaps; the rest stays."""
    from botlens.cli.console import out, print_json, printable
    from botlens.opening import accounts_of
    from botlens.tenants.companies import known_plan

    changes: dict[str, Any] = {
        "name": name,
        "timezone": timezone,
        "gap_limit": gap_limit,
        "question_floor": question_floor,
    }
    changes = {field: value for field, value in changes.items() if value is not None}
    if retention_days is not None:
        changes["retention_days"] = _days(retention_days)
    with accounts_of(settings_of(data_dir)) as accounts:
        if plan is not None:
            known_plan(plan, accounts.plans)  # before anything is changed
        changed = accounts.change_company(company, **changes)
        if plan is not None:
            changed = accounts.set_plan(company, plan)
    days = changed.retention_days
    if json:
        print_json({"company_id": company, **{field: getattr(changed, field) for field in _SETTINGS}})
        return
    kept = "for ever" if days is None else f"until {days} days after their last message"
    out.print(
        f"{printable(changed.name)} on plan {changed.plan}, in {changed.timezone}. "
        f"Conversations are kept {kept}.",
        markup=False,
        soft_wrap=True,
    )


@app.command(cls=Command)
def delete(
    company: Annotated[str, typer.Argument(help="Its id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Delete a company for good, with its bots, conversations, members and keys."""
    from urllib.parse import quote

    from botlens.cli.console import out, print_json, printable
    from botlens.client.access import access, target_of

    # The company is in this folder: a server elsewhere that the environment names is not meant.
    settings = settings_of(data_dir).model_copy(update={"url": None})
    target = target_of(settings, company)
    if not yes:
        name = printable(target.company.name) if target.company else ""
        typer.confirm(f"Delete {company} ({name}) with all that was ever said to it?", abort=True, err=True)
    with access(settings, target, "company delete") as api:
        done = api.delete(f"/v1/companies/{quote(company, safe='')}", {"wait": str(_WAIT)})["done"]
    if json:
        print_json({"company_id": company, "erased": done})
        return
    later = "" if done else " Its files are still being rewritten; the next process on this folder goes on."
    out.print(f"Deleted {company}.{later}", markup=False, soft_wrap=True)


def _days(said: str) -> int | None:
    if said == "off":
        return None
    if not said.isascii() or not said.isdigit():
        from botlens.errors import InvalidError

        raise InvalidError("a number of days, or `off`.", field="retention_days")
    return int(said)


def _shape(company: "Company") -> dict[str, Any]:
    return {
        "company_id": company.id,
        **{field: getattr(company, field) for field in ("owner", *_SETTINGS)},
        "created_at": iso_of(company.created_at),
    }
