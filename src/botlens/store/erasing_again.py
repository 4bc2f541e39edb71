"""Erases again what was erased while an insert was under way that nobody waited for: see `unanswered`."""

import structlog

from botlens.store.connection import ClickHouse
from botlens.store.erasure import erase_conversations, erase_taken_back
from botlens.store.failures import StoreError
from botlens.store.unanswered import ErasedEarly
from botlens.store.unreachable import is_refusal

log = structlog.get_logger(__name__)

_AT_ONCE = 500
_SECONDS = 5.0
_UNDER_WAY = (
    "SELECT query_id FROM system.processes "
    "WHERE query_kind = 'Insert' AND current_database = currentDatabase()"
)


def erase_again(store: ClickHouse, *, waits: bool = True) -> bool:
    """Erase again what has to be, if no insert can come any more; whether that is so, and all is done.

    Where nothing was left unanswered it asks nobody.

    Args:
        store: has it.
        waits: whether to wait while another thread does the same.

    Raises:
        StoreError: the store does not answer.
    """
    inserts = store.unanswered
    if not inserts.erasing.acquire(blocking=waits):
        return False
    try:
        early, is_done = inserts.take(), False  # first: what is kept from now on is for the next time
        try:
            if inserts.have_ended(lambda: _under_way(store)):
                _erase(store, early)
                is_done = True
        finally:
            if not is_done:
                inserts.put_back(early)
    finally:
        inserts.erasing.release()
    return is_done


def _erase(store: ClickHouse, early: ErasedEarly) -> None:
    conversations, taken_back = list(early.conversations), list(early.taken_back.values())
    for at in range(0, len(conversations), _AT_ONCE):
        erase_conversations(store, conversations[at : at + _AT_ONCE])
    for at in range(0, len(taken_back), _AT_ONCE):
        erase_taken_back(store, taken_back[at : at + _AT_ONCE])


def _under_way(store: ClickHouse) -> list[str] | None:
    """The names of the inserts that the store is doing; None if it does not say."""
    if not store.is_shared:  # a call of the embedded engine ends with its thread
        return ["one that hangs"] if store.hanging else []
    try:
        return [row[0] for row in store.reserved.maintain(_UNDER_WAY, seconds=_SECONDS)]
    except StoreError as error:
        if not is_refusal(error):
            raise
        if not store.unanswered.unseen:
            store.unanswered.unseen = True
            mend = "GRANT SELECT ON system.processes to its user"
            log.warning("inserts_not_seen", cause=str(error.__cause__), mend=mend)
        return None
