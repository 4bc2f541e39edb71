"""Opens what the settings name."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from botlens.database.database import AccountsRefusedError
from botlens.errors import InvalidError, NotFoundError, OverloadedError
from botlens.folder.layout import check_folder, note_layout
from botlens.folder.moved import check_not_moved
from botlens.folder.ownership import make_folder, owned
from botlens.folder.privacy import make_private
from botlens.settings import Settings
from botlens.tenants import Accounts

if TYPE_CHECKING:
    from botlens.engine import Engine
    from botlens.gaps.process.link_options import LinkOptions
    from botlens.sources.postgres.followed_job import FollowRequest

log = structlog.get_logger(__name__)

_ACCOUNTS_PATIENCE_SECONDS = 30.0
_OF_NODES = (
    "BOTLENS_SHARDS names a cluster, whose companies its servers have. Ask one of them: set BOTLENS_URL and "
    "BOTLENS_API_KEY, or run the command on the machine and data folder of a server that runs."
)


class NoNodeError(InvalidError):
    """A command wants events of a cluster, and no node runs on its data folder."""

    def __init__(self) -> None:
        super().__init__(_OF_NODES, field="shards")


@contextmanager
def accounts_of(settings: Settings, *, create: bool = False) -> Iterator[Accounts]:
    """The accounts database, for one command.

    Args:
        settings: name it.
        create: make a data folder where there is none. Without, that is an error: most often a slip.
    """
    check_folder(settings.data_dir)
    if settings.accounts_url is None:
        check_not_moved(settings.data_dir)
        if create:
            make_folder(settings.data_dir)
        elif not (settings.data_dir / "accounts.db").exists():
            message = (
                f"There are no accounts in {settings.data_dir}. Name another folder with --data-dir, or "
                "begin with `botlens company create NAME --owner USER`, or with `botlens sync` where tables "
                "of a PostgreSQL are to be followed."
            )
            raise NotFoundError(message, code="no_data")
    if settings.data_dir.is_dir():
        for sentence in make_private(settings.data_dir):
            sys.stderr.write(f"Warning: {sentence}\n")
    with closing(Accounts.open(settings.accounts_location, plans=settings.all_plans())) as accounts:
        yield accounts


def open_engine(folder: Path | str | Settings, *, give_up: Callable[[], None] = lambda: None) -> "Engine":
    """The engine over a data folder, which belongs to this process until the engine is closed.

    Args:
        folder: the data folder, made if need be; all else is read from the environment (`BOTLENS_...`). Or
            settings, which name everything: `Settings.read(data_dir=...)`.
        give_up: see `Engine`.

    Returns:
        The open engine: close it, or have a `with` block do so.

    Raises:
        FolderTakenError: another process, or another engine of this one, has the folder.
        InvalidError: a setting cannot be right, or the folder cannot be made or written.
    """
    settings = folder if isinstance(folder, Settings) else Settings.read(data_dir=folder)
    with ExitStack() as lock:
        lock.enter_context(owned(settings.data_dir, "open_engine"))
        return engine_of(settings, follow=True, link=True, give_up=give_up, outermost=lock.pop_all())


def follow_request(settings: Settings) -> "FollowRequest | None":
    """The source that the settings name; None if they name none.

    Raises:
        InvalidError: its driver is missing.
    """
    if settings.sync_url is None:
        return None
    if find_spec("psycopg") is None:
        install = "pip install 'botlens[postgres]', or, in a clone, make postgres."
        message = f"Following a PostgreSQL takes psycopg: {install}"
        raise InvalidError(message, field="sync_url")
    from botlens.sources.postgres.followed_job import FollowRequest

    return FollowRequest(settings.sync_url.get_secret_value(), settings.sync_mapping, settings.sync_way)


def _link_options(settings: Settings, *, by_itself: bool) -> "LinkOptions":
    from botlens.gaps.process.link_options import LinkOptions

    key = settings.embedding_key
    return LinkOptions(
        settings.embedding_model,
        settings.embedding_url,
        None if key is None else key.get_secret_value(),
        settings.gaps_memory_mib,
        by_itself,
    )


def _opened(settings: Settings) -> Accounts:
    return Accounts.open(settings.accounts_location, plans=settings.all_plans())


def _patiently_opened(settings: Settings) -> Accounts:
    """The accounts of a node, whose PostgreSQL may be starting again just now.

    Raises:
        AccountsRefusedError: it lets nobody in.
        OverloadedError: it does not answer for long.
    """
    until = time.monotonic() + _ACCOUNTS_PATIENCE_SECONDS
    waits = False
    while True:
        try:
            return _opened(settings)
        except AccountsRefusedError:  # who waits for that waits in vain
            raise
        except OverloadedError as error:
            if time.monotonic() > until:
                message = f"{error.message} (waited {_ACCOUNTS_PATIENCE_SECONDS:g} s for it)"
                raise OverloadedError(message, code=error.code) from error
            if not waits:
                log.warning("accounts_waited_for", reason=error.message, at_most=_ACCOUNTS_PATIENCE_SECONDS)
            waits = True
        time.sleep(0.5)


def engine_of(
    settings: Settings,
    *,
    follow: bool = False,
    link: bool = False,
    give_up: Callable[[], None] = lambda: None,
    outermost: ExitStack | None = None,
    moves: bool = False,
    listening: str | None = None,
) -> "Engine":
    """The engine over a folder that the caller owns.

    Args:
        settings: name it.
        follow: whether the source that they name is followed: by who stays open.
        link: whether gaps are linked without being asked for: by who stays open, too.
        give_up: see `Engine`.
        outermost: see `Engine`.
        moves: whether the caller is who moves what is in the folder elsewhere.
        listening: where the process answers requests; None is nowhere, and then it is no node of a cluster.

    Raises:
        FolderMovedError: what is in the folder was moved elsewhere.
        InvalidError: the settings name a cluster, in which servers alone have companies; or what that needs
            is not set.
        NewerLayoutError: a newer botlens wrote the folder or the store.
    """
    # Loaded here: it takes a second, which the commands that need the accounts alone are spared.
    from botlens.engine import Engine

    with ExitStack() as outer:
        outer.enter_context(outermost or ExitStack())
        if settings.shards and listening is None:
            raise NoNodeError
        check_folder(settings.data_dir)
        if not (moves or settings.shards) and None in (settings.accounts_url, settings.clickhouse_url):
            check_not_moved(settings.data_dir)
        for sentence in make_private(settings.data_dir):
            log.warning("not_private", reason=sentence)
        accounts = _patiently_opened(settings) if settings.shards else _opened(settings)
        engine = Engine(
            accounts,
            clickhouse_url=settings.events_url,
            clickhouse_cluster=settings.clickhouse_cluster,
            cluster=None if listening is None else settings.cluster(listening),
            journal_folder=settings.journal_folder,
            memory_mib=settings.store_memory_mib,
            call_seconds=settings.store_call_seconds,
            sync_keep_days=settings.sync_keep_days,
            linking=_link_options(settings, by_itself=link),
            follow=follow_request(settings) if follow else None,
            give_up=give_up,
            outermost=outer.pop_all(),
        )
        outer.callback(engine.close)
        note_layout(settings.data_dir)
        outer.pop_all()
        return engine
