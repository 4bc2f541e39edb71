"""`botlens company`: create and list companies. Needs the accounts alone, so it works beside a server."""

from typing import Annotated

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, DataDir, Json, settings_of

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

    from botlens.cli.console import out, print_json, shown
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
    out.print(f"Created [bold]{escape(shown(company.name))}[/] on plan {company.plan}.")
    out.print(f"company_id  {company.id}", markup=False)
    out.print(f"api_key     {secret}   (shown this once)", markup=False, soft_wrap=True)


@app.command("list", cls=Command)
def list_all(json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """List all companies, the oldest first."""
    from rich.markup import escape
    from rich.table import Table

    from botlens.cli.console import out, print_json, shown
    from botlens.opening import accounts_of

    with accounts_of(settings_of(data_dir)) as accounts:
        companies = accounts.companies()
    if json:
        fields = ("name", "owner", "plan", "timezone", "created_at")
        print_json(
            [
                {"company_id": each.id, **{field: getattr(each, field) for field in fields}}
                for each in companies
            ]
        )
        return
    table = Table(box=None, pad_edge=False)
    for title in ("company_id", "Name", "Owner", "Plan", "Time zone", "Created"):
        table.add_column(title, no_wrap=title not in ("Name", "Owner"))
    for each in companies:
        created = f"{each.created_at:%Y-%m-%d}"
        row = (each.id, each.name, each.owner, each.plan, each.timezone, created)
        table.add_row(*(escape(shown(cell)) for cell in row))
    out.print(table)
