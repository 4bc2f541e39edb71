"""What was kept of a source, as far as it holds still: for this server, this mapping and these tables."""

from typing import Final

import structlog

from botlens.sources.postgres.keys import identity_of
from botlens.sources.postgres.positions import read_moment
from botlens.sources.postgres.prepared import PreparedSource, mapping_digest
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.refusals import reported
from botlens.sources.postgres.state import FollowedState

log = structlog.get_logger(__name__)

_OTHER_SERVER: Final = 1 << 40
"""So far above all revisions of before another server's begin: the highest that is kept is seconds old."""

_NO_WAY_BACK: Final = 4_096
"""Bytes. What is read again is said a byte or two above what it was read for; a restore goes back further."""

_OLDEST_MARK: Final = 1 << 30
"""Transactions; numbers of 32 bits tell older from newer over twice as many."""


def resumed(state: FollowedState, reader: SourceReader, source: PreparedSource) -> FollowedState:
    """What was kept, as far as it holds; the rest is to be read whole. It is to be kept before it is used.

    Args:
        state: as it was kept; it is changed.
        reader: of the source.
        source: what of it can be read now.

    Raises:
        SourceError, BridgeNeededError: the source does not answer.
    """
    identity, digest = identity_of(reader), mapping_digest(source.mapping)
    with reported(reader.address):
        moment = read_moment(reader.connection)
    behind = state.highest - (moment.flushed + state.base)
    if state.identity != identity or behind > _NO_WAY_BACK:
        if state.identity:
            state.base = max(0, state.highest + _OTHER_SERVER)
            log.warning("sync_other_server", before=state.identity, now=identity)
        state.identity = identity
        state.mark = state.bulk_mark = None
    elif behind > 0:
        state.base += behind  # a crash there may have lost the end of the log, which nobody waited for
    if state.mark is not None and moment.xmin - state.mark > _OLDEST_MARK:
        state.mark = state.bulk_mark = None
    if state.mapping != digest:
        state.mapping = digest
        state.mark = state.bulk_mark = None
    if state.mark is not None and state.ranges.keys() - stopped_names(source):
        state.mark = None  # a table of which the mark says nothing can be read by now
    if state.mark is None and state.bulk_mark is None:
        state.ranges = {}
    return state


def stopped_names(source: PreparedSource) -> set[str]:
    """The tables that cannot be read, as ranges name them."""
    return {str(table) for table in source.stopped}
