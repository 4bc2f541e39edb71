"""`botlens demo`: a year of made-up but believable conversations, served, in two commands from nothing."""

from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import track

from botlens.cli import demo_folder
from botlens.cli.access import Target, api_of
from botlens.cli.console import err, out
from botlens.cli.demo_folder import Demo
from botlens.cli.logs import log_to_file, log_to_stderr
from botlens.cli.opening import accounts_of, engine_of
from botlens.cli.options import Host, Port
from botlens.cli.ownership import owned
from botlens.cli.sending import Sender
from botlens.errors import BotlensError
from botlens.settings import Settings
from botlens.sources.demo import DEMO_CHATBOTS, DEMO_COMPANY, demo_events

if TYPE_CHECKING:
    from botlens.engine import Engine

_EVENTS_EACH = 6  # on average, for the progress bar
_BATCH = 5_000

Conversations = Annotated[int, typer.Option(min=1, max=1_000_000, help="How many to make up.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin again from an empty folder.")]
Serve = Annotated[bool, typer.Option("--serve/--no-serve", help="Only fill the folder with --no-serve.")]
DemoDir = Annotated[
    # Not from BOTLENS_DATA_DIR: made-up data has no business in a folder of real data.
    Path, typer.Option("--data-dir", help="The folder of the demo, and of nothing else.")
]


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    conversations: Conversations = 12_000,
    fresh: Fresh = False,
    serve: Serve = True,
    data_dir: DemoDir = Path("botlens-demo"),
) -> None:
    """Fill a folder with a year of made-up conversations, and serve it."""
    from botlens.cli.server import bound, run, stopping

    # Whatever the environment names, the demo stays within its own folder.
    settings = Settings.read(data_dir=data_dir, clickhouse_url=None, accounts_url=None)
    now = datetime.now(UTC)
    demo_folder.kept(settings.data_dir)
    with ExitStack() as stack:
        stop = stack.enter_context(stopping())
        stack.enter_context(owned(settings.data_dir, "demo", serves=serve))
        listener = stack.enter_context(bound(host, port)) if serve else None
        log_to_file(settings.data_dir)
        made = _prepared(settings, now, conversations, fresh=fresh)
        engine = stack.enter_context(engine_of(settings))
        if made.filled_on is None:
            _fill(engine, settings, made, now, conversations)
        if listener is not None:
            log_to_stderr("warning")
            run(engine, settings, listener, stop, lambda url: _welcome(url, made))


def _prepared(settings: Settings, now: datetime, conversations: int, *, fresh: bool) -> Demo:
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


def _fill(engine: "Engine", settings: Settings, made: Demo, now: datetime, conversations: int) -> None:
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


def _welcome(url: str, made: Demo) -> None:
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
