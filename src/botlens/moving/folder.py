"""What lies in the folder that is moved: settled, then held still."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botlens.database.copying import NotCopiedError
from botlens.errors import InvalidError
from botlens.opening import engine_of
from botlens.settings import Settings
from botlens.store.held_rows import unfinished_rewrites

if TYPE_CHECKING:
    from botlens.engine import Engine

_PATIENCE_SECONDS = 3_600.0
_LOOK_SECONDS = 0.1


def check_is_a_folder(settings: Settings) -> None:
    """Pass if everything lies in the folder.

    Raises:
        InvalidError: it does not, or nothing does.
    """
    if settings.clickhouse_url is not None or settings.accounts_url is not None:
        message = (
            "What is moved is what lies in a folder. Events in a ClickHouse server (BOTLENS_CLICKHOUSE_URL) "
            "or accounts in PostgreSQL (BOTLENS_ACCOUNTS_URL) are not: unset these, or move them by the "
            "databases' own tools."
        )
        raise InvalidError(message, field="data_dir")
    if not (settings.data_dir / "accounts.db").exists():
        raise InvalidError(
            f"There are no accounts in {settings.data_dir}: nothing to move.", field="data_dir"
        )


@contextmanager
def held_still(settings: Settings) -> Iterator["Engine"]:
    """The folder's engine, whose store has all that was acknowledged, counted, and nothing deleted.

    Nothing changes as long as the block lasts: jobs have ended, and nobody sends.

    Raises:
        NotCopiedError: it takes too long, or the journal could not be written to the store.
    """
    with engine_of(settings, moves=True) as engine:
        engine.commits.wait_for_facts()
        _wait(lambda: engine.commits.stale_chatbots, "chatbots are still to be recounted")
        if engine.accounts.erasures() and not engine.jobs.finish("erasure", _PATIENCE_SECONDS):
            raise NotCopiedError("What was deleted is not erased yet. Move again in a while.")
        engine.jobs.stop()
        with engine.commits.unwritten():
            _wait(
                lambda: unfinished_rewrites(engine.store),
                "files are still to be rewritten without what was deleted",
            )
            yield engine


def _wait(remaining: Callable[[], int], what: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while (count := remaining()) > 0:
        if time.monotonic() > until:
            raise NotCopiedError(f"{count} {what}. Move again in a while.")
        time.sleep(_LOOK_SECONDS)
