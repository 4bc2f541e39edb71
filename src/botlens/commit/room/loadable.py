"""What of records that are loaded may be in the store: nothing that was deleted, no endless conversation.

Columns are looked at as columns; row by row only where something was deleted, or a conversation is very long.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from botlens.commit.record_columns import RecordColumns
from botlens.events.record import CONVERSATION, MOST_RECORDS, RATING, Record
from botlens.metrics.conversation import ConversationState
from botlens.store.arrow import are_true, booleans, values_of
from botlens.store.raw_events import stored_names, stored_sizes
from botlens.store.reading import CompanyReader

_MANY = 512  # of one conversation in one load; one that grows by fewer at a time may get a little too long

_KEY = ["chatbot_id", "conversation_id"]


def without_deleted(records: pa.Table, deletions: pa.Table) -> pa.Table:
    """The records without those of deleted conversations, and without what was taken back.

    Args:
        records: in the layout of raw events.
        deletions: see `stored_deletions`.
    """
    if not len(deletions):  # nearly always
        return records
    ours, theirs = records.column("conversation_id"), deletions.column("conversation_id")
    suspects = _are_in(ours, theirs)
    if not suspects.any():
        return records
    states = _deleted_states(deletions.filter(booleans(_are_in(theirs, ours))))
    some = records.filter(booleans(suspects))
    kept = np.ones(len(records), np.bool_)
    for place, record in zip(np.flatnonzero(suspects).tolist(), _records(some), strict=True):
        state = states.get((record.chatbot_id, record.conversation_id))
        kept[place] = state is None or not (state.deleted or state.drops(record))
    return records.filter(booleans(kept))


def _are_in(column: pa.ChunkedArray, values: pa.ChunkedArray) -> NDArray[np.bool_]:
    return are_true(_whole(pc.is_in(column, value_set=_whole(values))))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _deleted_states(deletions: pa.Table) -> dict[tuple[str, str], ConversationState]:
    """What was deleted, by (chatbot id, conversation id)."""
    states: dict[tuple[str, str], ConversationState] = {}
    for record in _records(deletions):
        states.setdefault((record.chatbot_id, record.conversation_id), ConversationState()).apply(record)
    return states


def _records(table: pa.Table) -> Iterator[Record]:
    """The records of a table, as far as they are looked at here.

    Null is what the store has where nothing was inserted.
    """
    names = [name for name in (*_KEY, "kind", "event_id", "rank", "precedence") if name in table.column_names]
    for row in table.select(names).to_pylist():
        yield Record(
            row["chatbot_id"],
            row["conversation_id"],
            row["kind"],
            row["event_id"] or "",
            row["rank"] or 0,
            0,
            None,
            precedence=row.get("precedence") or 0,
        )


def beyond_length(reader: CompanyReader, records: RecordColumns) -> NDArray[np.bool_]:
    """Which of the records would make their conversation longer than one may be."""
    beyond = np.zeros(len(records.table), np.bool_)
    if records.kind in (CONVERSATION, RATING):  # a conversation has one of them
        return beyond
    counted = records.table.select(_KEY).group_by(_KEY).aggregate([([], "count_all")])
    many = booleans(values_of(_whole(counted.column("count_all")), np.int64) > _MANY)
    coming = {
        (row["chatbot_id"], row["conversation_id"]): row["count_all"]
        for row in counted.filter(many).to_pylist()
    }
    if not coming:  # nearly always
        return beyond
    sizes = stored_sizes(reader, list(coming))
    for key, count in coming.items():
        if (size := sizes.get(key, 0)) + count > MOST_RECORDS:
            known = stored_names(reader, key, records.kind)
            _mark(beyond, records.table, key, known, MOST_RECORDS - size)
    return beyond


def _mark(
    beyond: NDArray[np.bool_], records: pa.Table, key: tuple[str, str], known: set[str], room: int
) -> None:
    """Mark what a conversation has no room for: those of its records whose names are new, in their order."""
    ids = zip(*(records.column(name).to_pylist() for name in (*_KEY, "event_id")), strict=True)
    for place, (chatbot_id, conversation_id, name) in enumerate(ids):
        if (chatbot_id, conversation_id) != key or name in known:
            continue
        if room > 0:
            known.add(name)
            room -= 1
        else:
            beyond[place] = True
