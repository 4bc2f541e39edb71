"""Whether a server holds the raw events that it has taken: asked before anybody lets go of them.

A server, or a cluster of them, may answer an insert well and lose rows of it all the same: of a write that
was cancelled, of a quorum that was not one. What is asked is what was inserted: how many rows, and the sum of
their arrivals. Only where these differ is each row looked for: another of the same name may have replaced it.
"""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError, TooSlowError
from botlens.store.reading import SOME_CONVERSATIONS, CompanyReader, events, some_conversations

READ_BACK = (
    "company_id",
    "chatbot_id",
    "conversation_id",
    "kind",
    "event_id",
    "rank",
    "precedence",
    "arrival",
)
"""The columns that are needed of what was inserted."""

_NAME = ("chatbot_id", "conversation_id", "kind", "event_id", "rank", "precedence")
_AT_ONCE = 900  # a server takes 128 KiB in one parameter
_SECONDS = 30.0
"""So long a part may take: flushes, and readers who need what is flushed, wait behind it."""

_WINNERS = (
    f"SELECT {', '.join(_NAME)}, max(arrival) AS last FROM "
    f"{events(f'{SOME_CONVERSATIONS} AND arrival >= {{first:UInt64}}', (*_NAME, 'arrival'))} "
    f"GROUP BY {', '.join(_NAME)}"
)
_SUMS = f"SELECT count(), sum(last - {{first:UInt64}}) FROM ({_WINNERS}) WHERE last <= {{final:UInt64}}"
_EACH = (
    "SELECT toString(chatbot_id), conversation_id, toInt8(kind), event_id, rank, precedence, last "
    f"FROM ({_WINNERS})"
)


class NotHeldError(StoreError):
    """A server has taken events, and does not hold them."""

    def __init__(self, missing: int) -> None:
        super().__init__()
        self.missing = missing
        self.add_note(f"{missing} rows that it has taken are not there")


def check_read_back(store: ClickHouse, inserted: Sequence[pa.Table]) -> None:
    """Pass if a store holds raw events that were inserted just now.

    Args:
        store: nobody removes rows of these conversations from it meanwhile, nor inserts any.
        inserted: the columns `READ_BACK` of them; each table is of one company.

    Raises:
        NotHeldError: some are missing.
        StoreError: the store does not answer.
    """
    by_company: dict[str, list[pa.Table]] = {}
    for each in inserted:
        if len(each):
            by_company.setdefault(each.column("company_id")[0].as_py(), []).append(each)
    for company_id, tables in by_company.items():
        reader = CompanyReader(store.reserved, company_id)
        for part in _parts(pa.concat_tables(tables)):
            try:
                _check_part(reader, part)
            except TooSlowError as error:  # of a question of ours, not of one that somebody asked
                raise StoreError from error


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    """The rows by conversations, so many of these at once as one statement may name."""
    conversations = table.group_by(["chatbot_id", "conversation_id"]).aggregate([])
    if len(conversations) <= _AT_ONCE:
        yield table
        return
    for at in range(0, len(conversations), _AT_ONCE):
        some = conversations.slice(at, _AT_ONCE)
        yield table.join(some, keys=["chatbot_id", "conversation_id"], join_type="left semi")


def _check_part(reader: CompanyReader, part: pa.Table) -> None:
    conversations = part.group_by(["chatbot_id", "conversation_id"]).aggregate([])
    ends = pc.min_max(part.column("arrival")).as_py()
    asked = {
        **some_conversations(
            list(
                zip(
                    conversations.column("chatbot_id").to_pylist(),
                    conversations.column("conversation_id").to_pylist(),
                    strict=True,
                )
            )
        ),
        "first": ends["min"],
    }
    ((rows, over_first),) = reader.rows(_SUMS, {**asked, "final": ends["max"]}, seconds=_SECONDS)
    if (rows, over_first) == (len(part), pc.sum(pc.subtract(part.column("arrival"), ends["min"])).as_py()):
        return
    last = {tuple(row[:-1]): row[-1] for row in reader.rows(_EACH, asked, seconds=_SECONDS)}
    columns = (_with_defaults(part.column(name)).to_pylist() for name in (*_NAME, "arrival"))
    missing = sum(last.get(tuple(name), 0) < arrival for *name, arrival in zip(*columns, strict=True))
    if missing:
        raise NotHeldError(missing)


def _with_defaults(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As the store has it: what was not sent is the default of its column."""
    return pc.fill_null(column, 0 if pa.types.is_integer(column.type) else "")
