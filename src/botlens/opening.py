"""Opens what the settings name."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import structlog

from botlens.errors import NotFoundError
from botlens.folder.layout import check_folder, note_layout
from botlens.folder.ownership import make_folder
from botlens.folder.privacy import make_private
from botlens.settings import Settings
from botlens.tenants import Accounts

if TYPE_CHECKING:
    from botlens.engine import Engine

log = structlog.get_logger(__name__)


@contextmanager
def accounts_of(settings: Settings, *, create: bool = False) -> Iterator[Accounts]:
    """The accounts database, for one command.

    Args:
        settings: name it.
        create: make a data folder where there is none. Without, that is an error: most often a slip.
    """
    check_folder(settings.data_dir)
    if settings.accounts_url is None:
        if create:
            make_folder(settings.data_dir)
        elif not (settings.data_dir / "accounts.db").exists():
            message = (
                f"There are no accounts in {settings.data_dir}. Name another folder with --data-dir, or "
                "begin with `botlens company create NAME --owner USER`."
            )
            raise NotFoundError(message, code="no_data")
    if settings.data_dir.is_dir():
        for sentence in make_private(settings.data_dir):
            sys.stderr.write(f"Warning: {sentence}\n")
    with closing(Accounts.open(settings.accounts_location, plans=settings.all_plans())) as accounts:
        yield accounts


@contextmanager
def engine_of(settings: Settings, *, give_up: Callable[[], None] = lambda: None) -> Iterator["Engine"]:
    """The engine over a folder that the caller owns.

    Args:
        settings: name it.
        give_up: see `Engine`.

    Raises:
        NewerLayoutError: a newer botlens wrote the folder or the store.
    """
    # Loaded here: it takes a second, which the commands that need the accounts alone are spared.
    from botlens.engine import Engine

    check_folder(settings.data_dir)
    for sentence in make_private(settings.data_dir):
        log.warning("not_private", reason=sentence)
    accounts = Accounts.open(settings.accounts_location, plans=settings.all_plans())
    try:
        engine = Engine(
            accounts,
            clickhouse_url=settings.events_url,
            journal_folder=settings.journal_folder,
            memory_mib=settings.store_memory_mib,
            call_seconds=settings.store_call_seconds,
            give_up=give_up,
        )
    except BaseException:
        accounts.close()
        raise
    with engine:
        note_layout(settings.data_dir)
        yield engine
