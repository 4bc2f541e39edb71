"""`botlens doctor`: what is missing or wrong, and how to mend it."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from botlens.cli import doctor_machine, doctor_settings
from botlens.cli.access import Target, access, target_of
from botlens.cli.client import Api
from botlens.cli.console import counted, out, print_json
from botlens.cli.findings import Finding, Mark, fine, note, wrong
from botlens.cli.opening import accounts_of
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of
from botlens.cli.ownership import FolderTakenError
from botlens.errors import BotlensError
from botlens.settings import Settings

Verify = Annotated[
    bool, typer.Option("--verify", help="Count everything anew from the raw events, and compare.")
]


def doctor(
    verify: Verify = False,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
) -> None:
    """Check the machine, the settings and the stores; exit code 1 if something is wrong."""
    found = []
    for finding in _examine(data_dir, url, company, verify=verify):
        found.append(finding)
        if not json:
            out.print(finding.line(), soft_wrap=True)
    if json:
        print_json([{"mark": each.mark.name.lower(), "what": each.what, "mend": each.mend} for each in found])
    raise typer.Exit(1 if any(each.mark is Mark.WRONG for each in found) else 0)


def _examine(data_dir: Any, url: str | None, company: str | None, *, verify: bool) -> Iterator[Finding]:
    yield doctor_machine.python()
    yield doctor_machine.time_zones()
    yield from doctor_settings.unknown_names()
    try:
        settings = settings_of(data_dir, url)
    except BotlensError as error:
        yield wrong(error.message)
        return
    if settings.url is None:
        yield from doctor_machine.folder(settings.data_dir)
        yield from doctor_machine.journal(settings.data_dir)
        yield doctor_settings.plans(settings)
        yield from doctor_settings.tokens(settings)
        accounts = list(doctor_settings.accounts(settings))
        yield from accounts
        if any(finding.mark is Mark.WRONG for finding in accounts):
            return  # without accounts the events would only fail for the same reason
    try:
        yield from _events(settings, company, verify=verify)
    except FolderTakenError as error:
        yield note(f"The events cannot be looked at now: {error.message}")
    except BotlensError as error:
        yield wrong(error.message)


def _events(settings: Settings, company: str | None, *, verify: bool) -> Iterator[Finding]:
    """Whether the events can be read, and, if asked for, whether the numbers are theirs."""
    if (
        settings.url is None
        and not (settings.data_dir / "accounts.db").exists()
        and not settings.accounts_url
    ):
        return
    with access(settings, Target(None), "doctor") as api:
        api.get("/readyz")
        yield fine(f"Event store answers ({_place(settings, api)})")
        if settings.url:
            api.get("/v1/chatbots")
            yield fine("The API key is accepted")
        if verify:
            for target in _targets(settings, company):
                yield _verified(api, target)


def _place(settings: Settings, api: Api) -> str:
    if settings.url or not api.in_process:
        return f"through {api.url}"
    return "ClickHouse server" if settings.clickhouse_url else "embedded"


def _targets(settings: Settings, company: str | None) -> list[Target]:
    if settings.url or company is not None:
        return [target_of(settings, company)]
    with accounts_of(settings) as accounts:
        return [Target(each) for each in accounts.companies()]


def _verified(api: Api, target: Target) -> Finding:
    name = f"{target.company.id} ({target.company.name})" if target.company else "the API key's company"
    answer = api.post("/v1/verify", b"{}", headers=target.headers)
    conversations = counted(answer["conversations"], "conversation")
    if answer["equal"]:
        return fine(f"Numbers of {name} are equal to its raw events ({conversations})")
    differences = "; ".join(answer["differences"][:5])
    mend = "This is a fault of botlens: please report it with these lines."
    return wrong(f"Numbers of {name} differ from its raw events ({conversations}): {differences}", mend)
