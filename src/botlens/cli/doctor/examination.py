"""What `botlens doctor` looks at, one thing after the other."""

from collections.abc import Generator, Iterator
from pathlib import Path

from botlens.cli.console import counted
from botlens.cli.doctor import machine as doctor_machine
from botlens.cli.doctor import settings as doctor_settings
from botlens.cli.doctor.cluster import cluster
from botlens.cli.doctor.findings import Finding, Symbol, fine, note, wrong
from botlens.cli.doctor.followed import followed
from botlens.cli.options import settings_of
from botlens.client.access import Target, access, target_of
from botlens.client.api import Api
from botlens.errors import BotlensError
from botlens.folder.ownership import FolderTakenError
from botlens.opening import NoNodeError, accounts_of
from botlens.settings import Settings

_OPTIONS = ("url", "data_dir", "company")


def examine(data_dir: Path, url: str | None, company: str | None, *, verify: bool) -> Iterator[Finding]:
    """What is fine, worth knowing and wrong.

    Args:
        data_dir: the folder.
        url: a server elsewhere, to be looked at instead.
        company: whose numbers are verified; everybody's if None.
        verify: derive all numbers anew and compare them.

    Raises:
        BotlensError: what an option says is wrong: `doctor` examines everything else.
    """
    yield doctor_machine.python()
    yield doctor_machine.time_zones()
    yield from doctor_settings.unknown_names()
    try:
        settings = settings_of(data_dir, url)
    except BotlensError as error:
        if error.field in _OPTIONS:
            raise
        yield wrong(error.message)
        return
    if settings.url is None and not (yield from _here(settings)):
        return
    try:
        if company is not None:
            target_of(settings, company)
        yield from _events(settings, company, verify=verify)
    except NoNodeError as error:
        yield note("No node runs on this data folder, so none was asked for events.", error.message)
    except FolderTakenError as error:
        yield note(f"The events cannot be looked at now: {error.message}")
    except BotlensError as error:
        if error.field in _OPTIONS or error.code == "unknown_company":
            raise
        yield wrong(error.message)


def _here(settings: Settings) -> Generator[Finding, None, bool]:
    """The folder, the settings and the accounts; whether the accounts can be used."""
    if settings.data_dir.exists() or not settings.shards:  # a machine beside the nodes has none
        yield from doctor_machine.folder(settings.data_dir)
    yield from doctor_machine.journal(settings.data_dir)
    yield from doctor_machine.damaged(settings.data_dir)
    yield doctor_settings.plans(settings)
    yield from doctor_settings.tokens(settings)
    accounts = list(doctor_settings.accounts(settings))
    yield from accounts
    yield from doctor_machine.privacy(settings.data_dir)
    if any(finding.mark is Symbol.WRONG for finding in accounts):
        return False  # without accounts the events would only fail for the same reason
    if (settings.data_dir / "accounts.db").exists() or settings.accounts_url:
        yield from followed(settings)
        yield from cluster(settings)
    return True


def _events(settings: Settings, company: str | None, *, verify: bool) -> Iterator[Finding]:
    """Whether the events can be read, and, if asked for, whether the numbers are theirs."""
    if (
        settings.url is None
        and not (settings.data_dir / "accounts.db").exists()
        and not settings.accounts_url
    ):
        return
    with access(settings, Target(None), "doctor") as api:
        ready = api.get("/readyz")
        yield fine(f"Event store answers ({_place(settings, api)})")
        if not api.in_process:  # of what is in this process, the other findings tell
            yield from (note(f"The server says: {reason}.") for reason in ready.get("warnings", {}).values())
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
