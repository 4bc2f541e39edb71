"""Bringing a PostgreSQL in, in this process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import gettempdir
from threading import Event
from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

from botlens.cli.console import counted, err, out, print_json
from botlens.errors import MISSING_OPTION, InvalidError
from botlens.folder.ownership import FolderTakenError, owned
from botlens.folder.space import full_disks, is_full
from botlens.opening import engine_of, follow_request
from botlens.serving.logs import log_to_file
from botlens.settings import Settings

if TYPE_CHECKING:
    from botlens.engine import Engine
    from botlens.sources.postgres.differences import Differences
    from botlens.sources.postgres.followed_job import FollowRequest
    from botlens.sources.postgres.following import FollowedSource
    from botlens.sources.postgres.status import SyncStatus

_LOOK_SECONDS = 0.5
_NODES_DO_IT = (
    "BOTLENS_SHARDS names a cluster, and its nodes follow the database themselves: set BOTLENS_SYNC_URL for "
    "each of them, and one does at a time. It compares everything whenever it begins; "
    "`botlens sync --status` says how far it is."
)


def settings_with(settings: Settings, source: str | None, mapping: str, way: str | None) -> Settings:
    """The settings with what the options say.

    Raises:
        InvalidError: no source is named.
    """
    if source is None and settings.sync_url is None:
        message = "Name the database: `botlens sync postgresql://...`, or BOTLENS_SYNC_URL."
        raise InvalidError(message, code=MISSING_OPTION, field="source")
    given = {"data_dir": settings.data_dir, "sync_mapping": mapping, "sync_way": way}
    found = Settings.read(**given) if source is None else Settings.read_following(source, **given)
    _check(found)
    return found


def _check(settings: Settings) -> None:
    """Whether there could be such a source, before there is a folder for it.

    Raises:
        InvalidError: the URL or the mapping is none, or the driver is missing; or nodes of a cluster follow.
    """
    if settings.shards:
        raise InvalidError(_NODES_DO_IT, field="shards")
    request = _request(
        settings
    )  # says so where the driver is missing, without which nothing more can be loaded
    from botlens.sources.postgres.address import parse_address
    from botlens.sources.postgres.mapping_text import read_mapping

    read_mapping(request.mapping)
    try:
        parse_address(request.url)
    except InvalidError as error:
        raise InvalidError(error.message, code=error.code, field="source") from None


@contextmanager
def _opened(settings: Settings, *, follow: bool) -> Iterator["Engine"]:
    try:
        with owned(settings.data_dir, "sync"):
            log_to_file(settings.data_dir)
            with engine_of(settings, follow=follow) as engine:
                yield engine
    except FolderTakenError as error:
        if error.server is None:
            raise
        message = (
            "A server runs on this folder, and one process alone writes there. Started with BOTLENS_SYNC_URL "
            "it follows the database by itself, and compares everything at each start; for --once and "
            "--verify stop it first."
        )
        raise InvalidError(message, field="data_dir") from None


def _source(settings: Settings, engine: "Engine") -> "FollowedSource":
    from botlens.sources.postgres.followed_job import followed_source

    return followed_source(_request(settings), engine.accounts, engine.open_commits)


def _request(settings: Settings) -> "FollowRequest":
    request = follow_request(settings)
    if request is None:
        raise AssertionError("the settings name a source")
    return request


def once(settings: Settings, *, json: bool) -> None:
    """Bring in what is there now."""
    from botlens.jobs.job import Progress

    began = time.monotonic()
    with _opened(settings, follow=False) as engine:
        source = _source(settings, engine)
        with _bar(source.status):
            found = source.once(Progress(Event()))
        _tell(source, found, time.monotonic() - began, json=json)


def verify(settings: Settings, *, json: bool) -> None:
    """Compare with the source, and mend what differs."""
    from botlens.jobs.job import Progress

    with _opened(settings, follow=False) as engine:
        source = _source(settings, engine)
        with _bar(source.status):
            report = source.verify(Progress(Event()))
        brought = source.status.seen()["events"]
    if brought:  # of a new folder, everything
        err.print(f"{counted(brought, 'event')} brought in, what was mended among them.", markup=False)
    if json:
        print_json(asdict(report))
        return
    out.print(report.sentence(), markup=False, soft_wrap=True)


def follow(settings: Settings) -> None:
    """Follow until Ctrl+C."""
    with _opened(settings, follow=True) as engine:
        status = engine.source.status
        out.print("Follows; Ctrl+C ends it.", markup=False)
        with _bar(status):
            said, gone = None, ""
            while True:
                said = _new_warning(engine, settings.data_dir, said)
                gone = _new_way(status, gone)
                time.sleep(_LOOK_SECONDS)


def _new_warning(engine: "Engine", data_dir: Path, said: str | None) -> str | None:
    """Say what went wrong, once; and which disks are full, where that may be why."""
    failures = [each.error for each in engine.jobs.states() if each.job.name == "sync" and each.error]
    found = failures[0] if failures else None
    if found is not None:
        full = full_disks([data_dir, Path(gettempdir())])
        found += "".join(f" {is_full(place)}" for place in full if str(place) not in found)
    if found is not None and found != said:
        err.print(f"Warning: {found}", markup=False, soft_wrap=True)
    return found


def _new_way(status: "SyncStatus", gone: str) -> str:
    """Say which way it is followed by now, and why no better one; gives the name of it."""
    from botlens.sources.postgres.ways import WAYS

    way, why = status.way, status.why
    if way and way != gone:
        out.print(f"Followed {WAYS[way]}.", markup=False, soft_wrap=True)
        for sentence in why:
            out.print(f"No better way: {sentence}", markup=False, soft_wrap=True)
    return way or gone


@contextmanager
def _bar(status: "SyncStatus") -> Iterator[None]:
    """A line on stderr, where a person watches."""
    if not err.is_terminal:
        yield
        return
    with Live(get_renderable=lambda: Text(status.sentence()), console=err, transient=True):
        yield


def _tell(source: "FollowedSource", found: "Differences", seconds: float, *, json: bool) -> None:
    counts = source.store.counts()
    aside = sum(each.rows for each in counts)
    if json:
        print_json(
            {
                "events": source.status.seen()["events"],
                "gone": sum(found.gone_by_kind().values()),
                "set_aside": aside,
                "seconds": round(seconds, 3),
            }
        )
    else:
        out.print(
            f"events {source.status.seen()['events']:,} · gone {sum(found.gone_by_kind().values()):,} · "
            f"set aside {aside:,} · {seconds:.1f} s",
            markup=False,
        )
    warning = source.status.warning()
    if warning is not None:
        err.print(f"Warning: {warning}.", markup=False, soft_wrap=True)
    if aside and not json:
        err.print(f"{counted(aside, 'row')} set aside: `botlens sync --status` says why.", markup=False)
