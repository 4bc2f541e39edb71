"""`botlens serve`: one process, one folder, one address."""

import typer

from botlens.cli.options import DATA_DIR, DataDir, Host, Port, settings_of


def serve(host: Host = "127.0.0.1", port: Port = 8000, data_dir: DataDir = DATA_DIR) -> None:
    """Serve the API on a data folder, until Ctrl+C or SIGTERM."""
    from botlens.cli.beginning import offer_company, serving
    from botlens.errors import InvalidError
    from botlens.folder.ownership import owned
    from botlens.opening import engine_of
    from botlens.serving.connections import raise_descriptors
    from botlens.serving.logs import log_to_stderr
    from botlens.serving.server import bound, is_everywhere, run, url_of
    from botlens.serving.stopping import stopping

    settings = settings_of(data_dir)
    settings.tokens()  # wrong settings show before anything is opened
    if settings.shards and settings.node_url is None and is_everywhere(host):
        message = (
            f"This node listens at {host}, which tells the others nothing. Say where they reach it in "
            "BOTLENS_NODE_URL, such as http://10.0.0.7:8000."
        )
        raise InvalidError(message, field="node_url")
    log_to_stderr(settings.log_level)
    raise_descriptors()

    with (
        stopping() as stop,
        owned(settings.data_dir, "serve", serves=True),
        bound(host, port) as listener,
        engine_of(
            settings, follow=True, link=True, give_up=stop.give_up, listening=url_of(listener)
        ) as engine,
    ):
        offer_company(engine.accounts, settings)
        run(engine, settings, listener, stop, lambda url: serving(url, settings, engine.accounts))
    if stop.code:
        raise typer.Exit(stop.code)
