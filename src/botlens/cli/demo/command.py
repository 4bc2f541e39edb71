"""`botlens demo`: a year of made-up but believable conversations, served, in two commands from nothing."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from botlens.cli.options import Host, Port
from botlens.clock import utc_now

ConversationsOption = Annotated[int, typer.Option(min=1, max=1_000_000, help="How many to make up.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin again from an empty folder.")]
Serve = Annotated[bool, typer.Option("--serve/--no-serve", help="Only fill the folder with --no-serve.")]
DemoDir = Annotated[
    # Not from BOTLENS_DATA_DIR: made-up data has no business in a folder of real data.
    Path,
    typer.Option("--data-dir", file_okay=False, help="The folder of the demo, and of nothing else."),
]


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    conversations: ConversationsOption = 12_000,
    fresh: Fresh = False,
    serve: Serve = True,
    data_dir: DemoDir = Path("botlens-demo"),
) -> None:
    """Fill a folder with a year of made-up conversations, and serve it."""
    from botlens.cli.demo.telling import filled, made_anew, welcome
    from botlens.demo import folder as demo_folder
    from botlens.demo.filling import prepared
    from botlens.folder.ownership import owned
    from botlens.opening import engine_of
    from botlens.serving.connections import raise_descriptors
    from botlens.serving.logs import log_to_file, log_to_stderr
    from botlens.serving.server import bound, run
    from botlens.serving.stopping import stopping
    from botlens.settings import OF_A_FOLDER, Settings

    # Whatever the environment names, the demo stays within its own folder.
    settings = Settings.read(data_dir=data_dir, **OF_A_FOLDER)
    now = utc_now()
    demo_folder.kept(settings.data_dir)
    raise_descriptors()
    with ExitStack() as stack:
        stop = stack.enter_context(stopping())
        stack.enter_context(owned(settings.data_dir, "demo", serves=serve))
        listener = stack.enter_context(bound(host, port)) if serve else None
        log_to_file(settings.data_dir)
        made = prepared(settings, now, conversations, fresh=fresh, made_anew=made_anew)
        engine = stack.enter_context(engine_of(settings, link=True, give_up=stop.give_up))
        if made.filled_on is None:
            filled(engine, settings, made, now, conversations)
        if listener is not None:
            log_to_stderr("warning")
            run(engine, settings, listener, stop, lambda url: welcome(url, settings, engine.accounts, made))
    if stop.code:
        raise typer.Exit(stop.code)
