"""Raw events, and which gap each question is in, as they were at one moment: read while the store goes on.

A copy is a table of its own over the same files (hard links), made in milliseconds whatever its size.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from botlens.events.record import FEEDBACK, MESSAGE, RATING, TAKEN_BACK_BY, Record
from botlens.metrics.conversation import ConversationState
from botlens.store.connection import ClickHouse
from botlens.store.gap_tables import GAP_MEMBERS
from botlens.store.schema import EVENTS, RAW_EVENTS

COPY = "raw_events_of_a_backup"
_MEMBERS_COPY = "gap_members_of_a_backup"
_COPIES = {EVENTS: COPY, GAP_MEMBERS.name: _MEMBERS_COPY}
_BYTES = 8 << 20  # of a piece, about
_FEWEST, _MOST = 64, 65_536  # rows of a piece, but for the conversation that it ends with
_OWN = "company_id = {company_id:String} AND chatbot_id = {chatbot_id:String}"
# What was deleted may still lie in the files, until the store has rewritten them.
_DELETED = f"SELECT conversation_id FROM {COPY} WHERE {_OWN} AND kind = 'deletion'"
_PIECE = (
    f"SELECT {{columns}} FROM {COPY} FINAL WHERE {_OWN} AND conversation_id > {{after:String}} "
    f"AND (kind = 'deletion' OR conversation_id NOT IN ({_DELETED})) "
    "ORDER BY conversation_id LIMIT {most:UInt32} WITH TIES "
    "SETTINGS max_threads = 1, output_format_arrow_string_as_string = 1"
)


def take(store: ClickHouse) -> None:
    """Make the copies. Whoever calls sees to it that nothing is written to the store meanwhile."""
    drop(store)
    for table, name in _COPIES.items():
        store.maintain(store.topology.clone(name, table))


def drop(store: ClickHouse) -> None:
    """Remove the copies, also those that an earlier process left: they keep files that nobody needs."""
    for name in _COPIES.values():
        for statement in store.topology.discard(name):
            store.maintain(statement)


def event_pieces(store: ClickHouse, company_id: str, chatbot_ids: Sequence[str]) -> Iterator[pa.Table]:
    """The events of some chatbots in the layout of `RAW_EVENTS.arrow()`, each once, whole conversations each.

    What a deletion took back is not among them. Nothing of the store is held between two pieces.
    """
    schema = RAW_EVENTS.arrow()
    for chatbot_id in chatbot_ids:
        after, most = "", _MOST // 8
        while True:
            own = {"company_id": company_id, "chatbot_id": chatbot_id, "after": after, "most": most}
            piece = store.arrow(_statement(), own)
            if piece.num_rows:
                yield _without_taken_back(piece.rename_columns(schema.names).cast(schema))
            if piece.num_rows < most:
                break
            after = piece.column("conversation_id")[-1].as_py()
            most = min(max(most * _BYTES // max(piece.nbytes, 1), _FEWEST), _MOST)


_MEMBERS = (
    f"SELECT {', '.join(each.name for each in GAP_MEMBERS.columns)} FROM {_MEMBERS_COPY} FINAL WHERE {_OWN} "
    "AND link = {link:UInt64} AND question IN "
    f"(SELECT arrayJoin(questions) FROM {{facts}} FINAL WHERE {_OWN} AND NOT gone) "
    "ORDER BY question SETTINGS max_threads = 1, output_format_arrow_string_as_string = 1"
)


def member_pieces(store: ClickHouse, company_id: str, links: Mapping[str, int]) -> Iterator[pa.Table]:
    """Which gap each question is in, in the layout of `GAP_MEMBERS.arrow()`: a piece a chatbot.

    What nobody has asked any more is not among them.

    Args:
        store: has the copy.
        company_id: whose.
        links: by chatbot, the link that counted when the copy was made.
    """
    statement = _MEMBERS.replace("{facts}", store.facts.serving)
    for chatbot_id, link in links.items():
        own = {"company_id": company_id, "chatbot_id": chatbot_id, "link": link}
        piece = store.arrow(statement, own)
        if piece.num_rows:
            yield piece.cast(GAP_MEMBERS.arrow())


_NAMING = ("conversation_id", "kind", "event_id", "rank", "precedence")


def _without_taken_back(piece: pa.Table) -> pa.Table:
    """Some conversations of a chatbot without what was deleted of them by itself."""
    if TAKEN_BACK_BY.keys().isdisjoint(piece.column("kind").to_pylist()):  # nearly always
        return piece
    rows = list(zip(*(piece.column(name).to_pylist() for name in _NAMING), strict=True))
    states: dict[str, ConversationState] = {}
    for conversation_id, kind, name, rank, _ in rows:
        if kind in TAKEN_BACK_BY:
            state = states.setdefault(conversation_id, ConversationState())
            state.apply(Record("", conversation_id, kind, name, rank, 0, None))
    kept = [
        not (kind in (MESSAGE, FEEDBACK, RATING) and conversation_id in states)
        or not states[conversation_id].drops(
            Record("", conversation_id, kind, name, rank, 0, None, precedence=precedence)
        )
        for conversation_id, kind, name, rank, precedence in rows
    ]
    bits = np.packbits(np.array(kept), bitorder="little")  # `pa.array` would import pandas
    return piece.filter(pa.BooleanArray.from_buffers(pa.bool_(), len(kept), [None, pa.py_buffer(bits)]))


def _statement() -> str:
    columns = (
        f"toInt8({each.name})" if each.sql.startswith("Enum") else each.name for each in RAW_EVENTS.columns
    )
    return _PIECE.replace("{columns}", ", ".join(columns))
