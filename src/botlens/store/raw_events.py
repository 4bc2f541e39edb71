"""Raw events in and out of the store."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate

import pyarrow as pa

from botlens.events.record import Record
from botlens.metrics.conversation import ConversationState
from botlens.store.arrow import arrow_table, in_pieces, repeated
from botlens.store.connection import ClickHouse
from botlens.store.read_back import READ_BACK, check_read_back
from botlens.store.reading import SOME_CONVERSATIONS, CompanyReader, between, events, some_conversations
from botlens.store.schema import EVENTS, RAW_EVENTS

_MADE_ANEW = {"question": "''", "metadata": "''"}
"""What nothing reads back: the normal form of a question is that of the version that wrote it."""

_READ = {column.name: column.read() for column in RAW_EVENTS.columns} | _MADE_ANEW


def _records(**instead: str) -> str:
    """The start of a statement that reads the fields of `Record` in their order.

    Args:
        instead: SQL of fields that are not read as they are, by name.
    """
    return f"SELECT {', '.join((_READ | instead)[name] for name in Record.__struct_fields__)} "


# What facts are derived from: the texts of answers stay where they are.
_OF_USERS = "if(kind = 'message' AND role != 'user', '', content)"
_STATE = _records(content=_OF_USERS)
_WITH_TEXTS = _records()


EVENT_COLUMNS = pa.schema(
    (each.name, pa.int64() if pa.types.is_timestamp(each.arrow) else each.arrow)
    for each in RAW_EVENTS.columns
    if each.name not in ("company_id", "chatbot_id", *_MADE_ANEW)
)
"""The layout of `event_columns`."""

_AS_COLUMNS = ", ".join((_READ | {"content": _OF_USERS})[name] for name in EVENT_COLUMNS.names)

_ROWS_AT_ONCE = 2_048
_ROWS_OF_ALL = 8_192
"""Of whole parts, which nobody waits for: what is read is in memory besides the states that it makes."""


def insert_events(store: ClickHouse, batches: Iterable[tuple[str, bytes]]) -> None:
    """Insert the lines (see `events.lines`) of several companies at once; on disk when this returns.

    A server is asked whether it holds them. Nobody else may write of these conversations meanwhile.

    Raises:
        NotHeldError: it does not.
        StoreError: the store does not answer; it may have them or not.
    """
    by_company: dict[str, list[bytes]] = {}
    for company_id, lines in batches:
        by_company.setdefault(company_id, []).append(lines)
    inserted: list[pa.Table] = []

    def tables() -> Iterator[pa.Table]:
        for company_id, parts in by_company.items():
            for piece in in_pieces(parts):
                table = _table(company_id, piece)
                if store.is_shared:
                    inserted.append(table.select(READ_BACK))
                yield table

    store.insert(RAW_EVENTS, tables())
    check_read_back(store, inserted)


def _table(company_id: str, lines: bytes) -> pa.Table:
    table = arrow_table(lines, pa.schema(list(RAW_EVENTS.arrow())[1:]))
    return table.add_column(0, "company_id", repeated(company_id, len(table)))


def insert_rows(store: ClickHouse, rows: pa.Table) -> None:
    """Insert raw events that are in the layout of their table already; on disk when this returns."""
    store.insert(RAW_EVENTS, [rows])


_DELETIONS = (
    "SELECT toString(chatbot_id), conversation_id, toInt8(kind), event_id, max(rank) "
    f"FROM {EVENTS} WHERE company_id = {{company_id:String}} AND chatbot_id IN {{chatbots:Array(String)}} "
    "AND kind IN ('deletion', 'message_deletion', 'feedback_deletion', 'rating_deletion') "
    "GROUP BY chatbot_id, conversation_id, kind, event_id SETTINGS output_format_arrow_string_as_string = 1"
)


def stored_deletions(store: ClickHouse, company_id: str, chatbot_ids: Sequence[str]) -> pa.Table:
    """What was deleted of some chatbots: the fields of records that name it, and `rank`, the highest."""
    found = store.arrow(_DELETIONS, {"company_id": company_id, "chatbots": list(chatbot_ids)})
    return found.rename_columns(["chatbot_id", "conversation_id", "kind", "event_id", "rank"])


_SIZES = (
    "SELECT chatbot_id, conversation_id, uniqExact(kind, event_id) "
    f"FROM {events(SOME_CONVERSATIONS)} WHERE kind NOT IN ('conversation', 'rating', 'deletion') "
    "GROUP BY chatbot_id, conversation_id"
)


def stored_sizes(reader: CompanyReader, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """How many records some conversations (chatbot id, conversation id) have, but for header and rating."""
    return {(row[0], row[1]): row[2] for row in reader.rows(_SIZES, some_conversations(keys))}


_NAMES = f"SELECT DISTINCT event_id FROM {events(SOME_CONVERSATIONS)} WHERE toInt8(kind) = {{kind:Int8}}"


def stored_names(reader: CompanyReader, key: tuple[str, str], kind: int) -> set[str]:
    """The event ids that a conversation (chatbot id, conversation id) has of one kind."""
    rows = reader.rows(_NAMES, {**some_conversations([key]), "kind": kind})
    return {row[0] for row in rows}


_DAYS = (
    "SELECT DISTINCT chatbot_id, toInt32(floor(toUnixTimestamp64Micro(created_at) / 86400000000)) AS day, "
    f"conversation_id FROM {events(SOME_CONVERSATIONS)} "
    "WHERE created_at IS NOT NULL AND kind IN ('conversation', 'message')"
)


def days_of_events(
    store: ClickHouse, company_id: str, keys: Sequence[tuple[str, str]]
) -> list[tuple[str, int, str]]:
    """(chatbot id, day, conversation id) of all days on which messages or headers of conversations lie.

    Of those too that others have replaced since: on each of them the conversation may have begun once.
    """
    rows = CompanyReader(store, company_id).rows(_DAYS, some_conversations(keys))
    return [(row[0], row[1], row[2]) for row in rows]


def load_states(
    reader: CompanyReader,
    keys: Sequence[tuple[str, str]],
    *,
    texts: bool = False,
    names: Collection[str] | None = None,
) -> dict[tuple[str, str], ConversationState]:
    """The stored states of some conversations, by (chatbot id, conversation id); those that exist.

    Args:
        reader: of their company.
        keys: which.
        texts: else they are what facts are derived from: the texts of answers are left out.
        names: the event ids of what is wanted, besides what has none (header, rating, deletion); None: all.
    """
    # In small blocks: while a block is made into rows, no other thread has the interpreter.
    which, parameters = SOME_CONVERSATIONS, some_conversations(keys)
    if names is not None:
        which = f"{which} AND event_id IN {{names:Array(String)}}"
        parameters["names"] = ["", *names]
    statement = (
        f"{_WITH_TEXTS if texts else _STATE} FROM {events(which)} SETTINGS max_block_size = {_ROWS_AT_ONCE}"
    )
    states: dict[tuple[str, str], ConversationState] = {}
    for block in reader.blocks(statement, parameters):
        for row in block:
            states.setdefault((row[0], row[1]), ConversationState()).apply(Record(*row).interpret())
    return states


def conversations_since(
    reader: CompanyReader, arrival: int, most: int
) -> tuple[list[tuple[str, str]], list[str]]:
    """The (chatbot id, conversation id) of which something arrived after a number of arrival.

    Args:
        reader: of their company.
        arrival: that number.
        most: of all; the chatbots with most of them are named alone, so that no more are in memory.

    Returns:
        Those conversations, and the ids of the other chatbots that have any, sorted.
    """
    later = events("arrival > {arrival:UInt64}", ("chatbot_id", "conversation_id"))
    sizes = reader.rows(
        f"SELECT toString(chatbot_id), uniqExact(conversation_id) FROM {later} GROUP BY chatbot_id "
        "ORDER BY 2, 1",
        {"arrival": arrival},
    )
    together = accumulate(size for _, size in sizes)
    large = sorted(name for (name, _), so_far in zip(sizes, together, strict=True) if so_far > most)
    if len(large) == len(sizes):
        return [], large
    rows = reader.rows(
        f"SELECT DISTINCT chatbot_id, conversation_id FROM {later} "
        "WHERE chatbot_id NOT IN {large:Array(String)} ORDER BY 1, 2",
        {"arrival": arrival, "large": large},
    )
    return [(row[0], row[1]) for row in rows], large


def all_states(
    reader: CompanyReader, chatbot_id: str, after: str, until: str | None
) -> Iterator[tuple[str, ConversationState]]:
    """The conversations of a chatbot with `after < id <= until`, by id, with their states; None: no end."""
    own = between(until)
    statement = (
        f"{_STATE} FROM {events(own)} ORDER BY chatbot_id, conversation_id "
        f"SETTINGS max_block_size = {_ROWS_OF_ALL}"
    )
    parameters = {"chatbot_id": chatbot_id, "after": after, "until": until or ""}
    current, state = "", ConversationState()
    for block in reader.blocks(statement, parameters):
        for row in block:
            if row[1] != current:
                if current:
                    yield current, state
                current, state = row[1], ConversationState()
            state.apply(Record(*row).interpret())
    if current:
        yield current, state


def event_columns(reader: CompanyReader, chatbot_id: str, after: str, until: str | None) -> pa.Table:
    """What facts are derived from, of the conversations with `after < id <= until`; None is no end.

    The columns are fields of `Record`, by their names. Rows of one conversation lie beside each other, in it
    those of one kind and then of one name, and of these the one that counts (if nothing was deleted) is the
    last.
    """
    found = reader.columns(
        f"SELECT {_AS_COLUMNS} FROM {events(between(until))} "
        "ORDER BY conversation_id, kind, event_id, precedence, rank, arrival",
        {"chatbot_id": chatbot_id, "after": after, "until": until or ""},
    )
    return found.rename_columns(EVENT_COLUMNS.names).cast(EVENT_COLUMNS)


def conversation_sizes(reader: CompanyReader, chatbot_id: str, after: str, limit: int) -> pa.Table:
    """The first conversations of a chatbot, by id, that come after one; and how many rows each has.

    Two columns: there may be many, for whom objects would be too much.
    """
    own = "chatbot_id = {chatbot_id:String} AND conversation_id > {after:String}"
    return reader.columns(
        f"SELECT conversation_id, count() AS size FROM {events(own, ('conversation_id',))} "
        "GROUP BY conversation_id ORDER BY conversation_id LIMIT {limit:UInt32}",
        {"chatbot_id": chatbot_id, "after": after, "limit": limit},
    )
