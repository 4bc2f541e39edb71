"""`botlens sync`: the tables of a PostgreSQL, brought in and followed. Doing it twice changes nothing."""

from enum import StrEnum
from typing import Annotated

import typer

from botlens.cli.options import DATA_DIR, DataDir, Json, settings_of


class Way(StrEnum):
    """What `--way` may say."""

    STREAM = "stream"
    SLOT = "slot"
    SWEEP = "sweep"


SourceUrl = Annotated[
    str | None,
    typer.Argument(
        metavar="URL",
        envvar="BOTLENS_SYNC_URL",
        show_envvar=True,
        help="postgresql://ROLE:PASSWORD@HOST:5432/DATABASE, or @FILE that holds it.",
        show_default=False,
    ),
]
MappingOption = Annotated[
    str,
    typer.Option(
        "--mapping",
        envvar="BOTLENS_SYNC_MAPPING",
        help="What its tables mean: supabase, chatwoot, dify, or a TOML file.",
    ),
]
WayName = Annotated[
    Way | None,
    typer.Option(
        "--way",
        envvar="BOTLENS_SYNC_WAY",
        help="How it is followed; by default the best way that the rights allow.",
        show_default=False,
    ),
]
OnceOnly = Annotated[bool, typer.Option("--once", help="Bring in what is there now, and end.")]
StatusOnly = Annotated[bool, typer.Option("--status", help="Say how far it is, and what was set aside.")]
VerifyToo = Annotated[
    bool,
    typer.Option(
        "--verify", help="Compare all keys and 10,000 rows with what counts here; mend what differs."
    ),
]
ConfirmHeld = Annotated[
    bool, typer.Option("--confirm", help="Let go what is held, since more than half was gone at once.")
]


def sync(
    source: SourceUrl = None,
    mapping: MappingOption = "supabase",
    way: WayName = None,
    once: OnceOnly = False,
    status: StatusOnly = False,
    verify: VerifyToo = False,
    confirm: ConfirmHeld = False,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Follow the tables of a PostgreSQL, until Ctrl+C. A server does it by itself, given BOTLENS_SYNC_URL."""
    from botlens.cli.sync import run
    from botlens.cli.sync.standing import confirm_held, tell_status

    settings = settings_of(data_dir)
    if status:
        tell_status(settings, json=json)
        return
    if confirm:
        confirm_held(settings)
        return
    settings = run.settings_with(settings, source, mapping, None if way is None else way.value)
    if verify:
        run.verify(settings, json=json)
    elif once:
        run.once(settings, json=json)
    else:
        run.follow(settings)
