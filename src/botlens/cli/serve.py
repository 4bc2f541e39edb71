"""`botlens serve`: one process, one folder, one address."""

import typer

from botlens.cli.options import DATA_DIR, DataDir, Host, Port, settings_of


def serve(host: Host = "127.0.0.1", port: Port = 8000, data_dir: DataDir = DATA_DIR) -> None:
    """Serve the API on a data folder, until Ctrl+C or SIGTERM."""
    from botlens.cli.console import out
    from botlens.folder.ownership import owned
    from botlens.opening import engine_of
    from botlens.serving.connections import raise_descriptors
    from botlens.serving.logs import log_to_stderr
    from botlens.serving.server import bound, run
    from botlens.serving.stopping import stopping

    settings = settings_of(data_dir)
    settings.tokens()  # wrong settings show before anything is opened
    log_to_stderr(settings.log_level)
    raise_descriptors()

    def ready(url: str) -> None:
        out.print(f"botlens serves {url} from {settings.data_dir}", markup=False, soft_wrap=True)
        if deserted:
            out.print(
                "There is no company yet: `botlens company create NAME --owner USER` makes one, and its key.",
                markup=False,
                soft_wrap=True,
            )

    with (
        stopping() as stop,
        owned(settings.data_dir, "serve", serves=True),
        bound(host, port) as listener,
        engine_of(settings, give_up=stop.give_up) as engine,
    ):
        deserted = not engine.accounts.companies()
        run(engine, settings, listener, stop, ready)
    if stop.code:
        raise typer.Exit(stop.code)
