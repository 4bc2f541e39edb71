"""What is in the demo's folder: a company, its key, a year of made-up conversations."""

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from rich.progress import track

from botlens.cli.console import err, out
from botlens.client.access import Target, api_of
from botlens.client.sending import Sender
from botlens.demo import folder as demo_folder
from botlens.demo.folder import Demo
from botlens.demo.year import DEMO_CHATBOTS, DEMO_COMPANY, demo_events
from botlens.errors import BotlensError
from botlens.opening import accounts_of
from botlens.settings import Settings

if TYPE_CHECKING:
    from botlens.engine import Engine

_EVENTS_EACH = 6  # on average, for the progress bar
_BATCH = 5_000


def prepared(settings: Settings, now: datetime, conversations: int, *, fresh: bool) -> Demo:
    """The demo in the folder, with its company and key; not filled where its data is not what is wanted."""
    if fresh:
        demo_folder.remove_everything(settings.data_dir)
    made = demo_folder.kept(settings.data_dir)
    if made is None or not made.company_id:
        return _new(settings)
    if made.filled_on != now.date() or made.conversations != conversations:
        if made.filled_on is not None:
            err.print(f"The demo's data is of {made.filled_on}: made anew.", style="dim")
        made.filled_on = None
        demo_folder.keep(settings.data_dir, made)
        demo_folder.remove_events(settings.data_dir)
    return made


def _new(settings: Settings) -> Demo:
    made = Demo("", "")
    demo_folder.keep(settings.data_dir, made)  # before all else: from now on the folder is a demo's
    with accounts_of(settings, create=True) as accounts:
        company = accounts.create_company(DEMO_COMPANY, owner="demo", plan="pro", timezone="Europe/Berlin")
        _, made.api_key = accounts.create_key(company.id, name="demo")
    made.company_id = company.id
    demo_folder.keep(settings.data_dir, made)
    return made


def fill(engine: "Engine", settings: Settings, made: Demo, now: datetime, conversations: int) -> None:
    for bot in DEMO_CHATBOTS:
        engine.put_chatbot(
            made.company_id,
            bot.id,
            name=bot.name,
            is_published=bot.is_published,
            confidence_threshold=bot.confidence_threshold,
            timezone=bot.timezone,
        )
    events = demo_events(now, conversations=conversations)
    batches = iter(lambda: list(islice(events, _BATCH)), [])
    total = max(1, conversations * _EVENTS_EACH // _BATCH)
    target = Target(engine.accounts.company(made.company_id))
    with api_of(engine, target) as api:
        sender = Sender(api)
        accepted = 0
        for batch in track(
            batches, "Making up a year", total, console=err, disable=not err.is_terminal, transient=True
        ):
            sent = sender.send(batch)
            if sent.rejected:
                raise BotlensError(f"The demo's own data was rejected: {sent.rejected[0].message}")
            accepted += sent.accepted
    made.filled_on, made.conversations = now.date(), conversations
    demo_folder.keep(settings.data_dir, made)
    out.print(
        f"Filled {settings.data_dir} with {conversations:,} conversations ({accepted:,} events).",
        soft_wrap=True,
    )


def welcome(url: str, made: Demo) -> None:
    bot = DEMO_CHATBOTS[0].id
    lines = [
        f"\nThe demo is at {url}   (interactive API docs: {url}/docs)",
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
