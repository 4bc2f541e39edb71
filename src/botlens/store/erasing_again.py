"""Erases again what was erased while an insert was under way that nobody waited for: see `unanswered`."""

from botlens.store.connection import ClickHouse
from botlens.store.erasure import erase_conversations, erase_taken_back

_AT_ONCE = 500
_UNDER_WAY = (
    "SELECT query_id FROM system.processes "
    "WHERE query_kind = 'Insert' AND current_database = currentDatabase()"
)


def erase_again(store: ClickHouse) -> bool:
    """Erase again what has to be, if no insert can come any more; whether that is so, and all is done.

    Where nothing was left unanswered it asks nobody.

    Raises:
        StoreError: the store does not answer.
    """
    with store.unanswered.erasing:
        early = store.unanswered.early
        if not store.unanswered.have_ended(lambda: _under_way(store)):
            return False
        for each in early:
            for at in range(0, len(each.conversations), _AT_ONCE):
                erase_conversations(store, each.conversations[at : at + _AT_ONCE])
            for at in range(0, len(each.taken_back), _AT_ONCE):
                erase_taken_back(store, each.taken_back[at : at + _AT_ONCE])
            store.unanswered.erased(each)
    return True


def _under_way(store: ClickHouse) -> list[str]:
    if not store.is_shared:  # a call of the embedded engine ends with its thread
        return ["one that hangs"] if store.hanging else []
    return [row[0] for row in store.maintain(_UNDER_WAY)]
