"""A backup of a folder, by the server that has it, or by this process where nobody has."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime

from botlens.client.access import own_or_find
from botlens.client.api import Api
from botlens.opening import accounts_of, engine_of
from botlens.serving.logs import log_to_file
from botlens.settings import Settings


@contextmanager
def backup_of(settings: Settings, now: datetime) -> Iterator[Iterator[bytes]]:
    """The bytes of a backup, made while they are read.

    Args:
        settings: name the folder.
        now: what the backup says of its time.

    Raises:
        BotlensError: there is no data, or no backup can be taken of it.
    """
    with accounts_of(settings):
        pass  # where there are none, that is said before a folder is made
    with ExitStack() as stack:
        server = own_or_find(settings, "backup", stack)
        if server is not None:
            api = stack.enter_context(closing(Api(server.url, {"Authorization": f"Bearer {server.token}"})))
            yield stack.enter_context(api.download("/v1/backup"))
            return
        log_to_file(settings.data_dir)
        engine = stack.enter_context(engine_of(settings))
        yield stack.enter_context(closing(engine.backups.take(now)))
