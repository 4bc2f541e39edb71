"""`botlens backup` and `botlens restore`: a folder as one file, and a folder out of it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from botlens.cli.options import DATA_DIR, DataDir, Json, settings_of

To = Annotated[
    str,
    typer.Argument(
        help="The file to make, or a folder to make one in, named by the time; with a / at its end it is a "
        "folder that is made if it is missing.",
        show_default=False,
    ),
]
From = Annotated[
    Path,
    typer.Argument(
        help="What `botlens backup` made.", exists=True, dir_okay=False, readable=True, show_default=False
    ),
]


def backup(to: To, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """Take a backup of one state of everything, also while a server runs on the folder."""
    from botlens.backup.archive import Archive
    from botlens.cli.console import counted, out, print_json
    from botlens.client.backup import backup_of
    from botlens.clock import utc_now
    from botlens.folder.written import write_whole

    now = utc_now()
    path = _file(to, f"botlens-{now:%Y%m%dT%H%M%SZ}.tar")
    checked: list[Archive] = []
    with backup_of(settings_of(data_dir), now) as pieces:
        size = write_whole(path, pieces, lambda written: checked.append(Archive(written)))
    events = checked[0].checksums.events
    if json:
        print_json({"file": str(path), "bytes": size, "events": events})
        return
    out.print(
        f"{path} holds {counted(events, 'event')} in {size / 2**20:,.1f} MiB.", markup=False, soft_wrap=True
    )


def _file(to: str, named_by_time: str) -> Path:
    """Where the backup goes: what cannot be is told before anything is read."""
    from botlens.errors import InvalidError

    if not to:
        raise InvalidError("it is empty: name a file, or a folder.", field="to")
    place = Path(to)
    if place.is_dir() or to.endswith(os.sep):
        place.mkdir(parents=True, exist_ok=True)
        return place / named_by_time
    if place.exists():
        raise InvalidError(f"{place} is there already; name another file, or a folder.", field="to")
    if not place.parent.is_dir():
        message = (
            f"there is no folder {place.parent}: make it first, or end the name of a folder with {os.sep}."
        )
        raise InvalidError(message, field="to")
    return place


def restore(file: From, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """Make a folder out of a backup. The folder must be new or empty."""
    from botlens.backup.archive import Archive
    from botlens.backup.restoring import (
        check_empty,
        check_fields,
        derive_all,
        folder_in_the_making,
        load_events,
        load_members,
        write_accounts,
    )
    from botlens.cli.console import counted, err, out, print_json
    from botlens.opening import engine_of
    from botlens.settings import OF_A_FOLDER, Settings

    target = settings_of(data_dir).data_dir
    check_empty(target)
    archive = Archive(file)
    check_fields(archive)
    events = archive.checksums.events
    with folder_in_the_making(target) as folder, err.status("Loading events") as status:
        settings = Settings.read(data_dir=folder, **OF_A_FOLDER)
        write_accounts(archive, folder / "accounts.db")
        with engine_of(settings) as engine:
            load_events(archive, engine.store, lambda done: status.update(f"{done:,} of {events:,} events"))
            load_members(archive, engine.store)
            derive_all(engine.store, engine.commits, lambda done: status.update(f"{done:,} conversations"))
    if json:
        print_json({"data_dir": str(target), "events": events, "made_at": archive.about.made_at})
        return
    out.print(
        f"{target} has {counted(events, 'event')} of {archive.about.made_at}.", markup=False, soft_wrap=True
    )
