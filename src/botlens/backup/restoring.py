"""Puts what is in a backup into a folder."""

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from botlens.backup.archive import ACCOUNTS, EVENTS, MEMBERS, Archive, BrokenBackupError
from botlens.commit.port import Commits
from botlens.errors import BotlensError, InvalidError, OverloadedError
from botlens.folder.privacy import NOBODYS
from botlens.folder.space import full_disks, is_full
from botlens.store.connection import ClickHouse
from botlens.store.facts import chatbots_with_events
from botlens.store.gap_tables import GAP_MEMBERS
from botlens.store.schema import RAW_EVENTS

Done = Callable[[int], None]
"""Told how much is done."""


@contextmanager
def folder_in_the_making(data_dir: Path) -> Iterator[Path]:
    """A folder that becomes `data_dir` at the end, or goes with whatever goes wrong.

    It is beside `data_dir` and takes its place, or is within it where that must stay: it is a disk of its own
    (a volume of a container), or nothing can be made beside it.

    Raises:
        InvalidError: there is something in `data_dir`, or no folder can be made.
    """
    check_empty(data_dir)
    within = data_dir.exists() and _must_stay(data_dir)
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        made = Path(
            tempfile.mkdtemp(prefix=f".{data_dir.name}.", dir=data_dir if within else data_dir.parent)
        )
    except OSError as error:
        message = f"Cannot make the folder {data_dir}: {error.strerror}."
        raise InvalidError(message, field="data_dir") from None
    try:
        yield made
        check_empty(data_dir, but=made)
        if within:
            _move_out(made, data_dir)
        else:
            made.replace(data_dir)  # an empty folder gives way
    except (OSError, OverloadedError) as error:
        if full_disks([made]):  # asked before what was made goes and leaves room
            raise BotlensError(is_full(data_dir if within else data_dir.parent), code="disk_full") from error
        raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _must_stay(data_dir: Path) -> bool:
    return data_dir.is_mount() or any(data_dir.iterdir()) or not os.access(data_dir.parent, os.W_OK)


def _move_out(made: Path, data_dir: Path) -> None:
    """Move what is in a folder to the one that it is in; accounts last, without which there is no data."""
    for each in sorted(made.iterdir(), key=lambda path: path.name == ACCOUNTS):
        each.replace(data_dir / each.name)


def check_empty(data_dir: Path, *, but: Path | None = None) -> None:
    """Pass if nothing would be lost.

    Raises:
        InvalidError: there is something in the folder, or it is none.
    """
    known = (*NOBODYS, but.name if but else "")
    if data_dir.exists() and (
        not data_dir.is_dir() or any(each.name not in known for each in data_dir.iterdir())
    ):
        message = f"{data_dir} is not empty. Restore into a new folder, and put that in its place yourself."
        raise InvalidError(message, field="data_dir")


def check_fields(archive: Archive) -> None:
    """Pass if this botlens has a place for everything in the archive.

    Raises:
        BrokenBackupError: it was made by a newer one, which keeps more of an event.
    """
    known = {column.name for column in RAW_EVENTS.columns}
    if unknown := [name for name in archive.about.columns if name not in known]:
        raise BrokenBackupError(
            f"The backup was made by botlens {archive.about.botlens}, which keeps {', '.join(unknown)} of an "
            "event; this botlens does not. Restore it with that version or a later one."
        )


def write_accounts(archive: Archive, path: Path) -> None:
    """Write the accounts' file."""
    for _, content in archive.members(ACCOUNTS):
        path.write_bytes(content)


def load_events(archive: Archive, store: ClickHouse, done: Done) -> None:
    """Put the events into a store that has none."""
    events = 0
    for _, content in archive.members(EVENTS):
        table = pq.read_table(io.BytesIO(content))
        store.insert(RAW_EVENTS, [_laid_out(table, RAW_EVENTS.arrow())])
        events += table.num_rows
        done(events)


def load_members(archive: Archive, store: ClickHouse) -> None:
    """Put which gap each question is in into a store that has none: the first link keeps the gaps' ids by it.

    A backup of an older botlens says nothing of it: then gaps are found anew.
    """
    for _, content in archive.members(MEMBERS):
        table = pq.read_table(io.BytesIO(content))
        store.insert(GAP_MEMBERS, [_laid_out(table, GAP_MEMBERS.arrow())])


def derive_all(store: ClickHouse, commits: Commits, done: Done) -> None:
    """Derive the facts of all chatbots from their events; `done` is told of conversations."""
    conversations = 0
    for company_id, chatbot_id in chatbots_with_events(store):
        conversations += commits.rebuild(company_id, chatbot_id)
        done(conversations)


def _laid_out(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table in the layout of today: a column that an older botlens did not have is empty."""
    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)
