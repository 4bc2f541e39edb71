"""What `botlens demo` says: how far it is with making up a year, and how to look at it."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from botlens.api.auth.public_address import PublicAddress
from botlens.cli.console import err, out
from botlens.client.access import Target, api_of
from botlens.client.sending import Sender
from botlens.demo.filling import batches_of, fill
from botlens.demo.folder import Demo
from botlens.demo.year import DEMO_CHATBOTS
from botlens.settings import Settings
from botlens.tenants import Accounts

if TYPE_CHECKING:
    from botlens.engine import Engine


def made_anew(day: date) -> None:
    """Say that data of another day goes."""
    err.print(f"The demo's data is of {day}: made anew.", style="dim")


def filled(engine: "Engine", settings: Settings, made: Demo, now: datetime, conversations: int) -> None:
    """Fill the folder, with a progress bar where a person watches, and say with how much."""
    target = Target(engine.accounts.company(made.company_id))
    with api_of(engine, target) as api, _bar(batches_of(conversations)) as bar:
        task = next(iter(bar.task_ids))
        accepted = fill(
            engine,
            settings,
            made,
            now,
            conversations,
            send=Sender(api).send,
            sent=lambda batches: bar.update(task, completed=batches),
        )
    out.print(
        f"Filled {settings.data_dir} with {conversations:,} conversations ({accepted:,} events).",
        soft_wrap=True,
    )


@contextmanager
def _bar(total: int) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        bar.add_task("Making up a year", total=total)
        yield bar


def _command() -> str:
    """The command as this terminal finds it: `make demo` runs it out of an environment that is not active."""
    return "botlens" if shutil.which("botlens") else str(Path(sys.executable).parent / "botlens")


def welcome(url: str, settings: Settings, accounts: Accounts, made: Demo) -> None:
    """Say how to log in to the demo, where it is, and what to try."""
    url, bot = settings.public_url or url, DEMO_CHATBOTS[0].id
    company = accounts.company(made.company_id)
    _, secret = accounts.create_link(made.company_id, company.owner if company else "demo")
    lines = [
        f"\nOpen the demo, once and within ten minutes: {PublicAddress(url).login_link(secret)}",
        f"Another such link: {_command()} link --data-dir " + str(settings.data_dir),
        f"The demo is at {url}   (interactive API docs: {url}/docs)",
        f"API key: {made.api_key}",
        "\nTry:",
        *(
            f"  curl -sH 'Authorization: Bearer {made.api_key}' {url}/analytics/{path}"
            for path in ("overview", f"chatbot/{bot}", f"chatbot/{bot}/gaps")
        ),
        "\nCtrl+C stops it.",
    ]
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
