"""One filter is made of the many that a chatbot has whose conversations have become twice as many."""

from botlens.commit.room.ledger import Ledger


def renew_filter(ledger: Ledger) -> None:
    """Read which conversations the store has, of a chatbot that should have one filter of them.

    The old filters serve meanwhile. They remember what comes, and what is in memory by now: whatever is not
    in the store when that is read is among these. Takes the lock of the ledger for moments.

    Raises:
        StoreError: the store does not answer. The old filters serve on.
    """
    with ledger.lock:
        worn = ledger.states.worn()
    if worn is None:
        return
    stored = ledger.states.known_anew(*worn)
    with ledger.lock:
        ledger.states.take_over(*worn, stored)
