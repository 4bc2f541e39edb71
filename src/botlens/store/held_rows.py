"""What chatbots have in the tables of a store: in figures, by which two are compared, and row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from botlens.store.schema import CONVERSATION_FACTS, MOVED_TABLES
from botlens.store.table import Column, Table

_BYTES = 16 << 20  # of a page, about
_FEWEST, _MOST = 64, 65_536  # rows of a page, but for those that share its last place
_OWNER = ("company_id", "chatbot_id")
_OWN = "company_id = {company_id:String} AND chatbot_id = {chatbot_id:String}"


class HolderKey(NamedTuple):
    """Whose rows in which table (by its declared name)."""

    table: str
    company_id: str
    chatbot_id: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows that count, as figures: if they are equal, so are the rows.

    Attributes:
        rows: how many.
        versions: the sum of their versions, which are the arrivals of raw events.
        contents: the sum of a hash of all that each says. Both sums have 64 bits.
    """

    rows: int
    versions: int
    contents: int


def holdings(store: ClickHouse, of: HolderKey | None = None) -> dict[HolderKey, Holding]:
    """What a store holds, by table that is moved, company and chatbot; or of one of them alone.

    It reads all of it: 1 s for some million rows.

    Raises:
        StoreError: the store does not answer.
    """
    found = {}
    for table in MOVED_TABLES:
        if of is not None and of.table != table.name:
            continue
        where, bound = ("1", {}) if of is None else (_OWN, _bound(of))
        rows = store.maintain(
            f"SELECT {', '.join(_OWNER)}, {_sums(table, contents=True)} "
            f"FROM {table_in(store, table)} FINAL WHERE {where} "
            f"GROUP BY {', '.join(_OWNER)}",
            bound,
        )
        for company_id, chatbot_id, count, versions, contents in rows:
            found[HolderKey(table.name, company_id, chatbot_id)] = Holding(count, versions, contents)
    return found


def table_in(store: ClickHouse, table: Table) -> str:
    """The name of a declared table in a store: of several tables of facts, the one that serves."""
    return store.facts.serving if table.name == CONVERSATION_FACTS.name else table.name


def figures_of(
    store: ClickHouse, company_id: str, newer_than: int = 0, *, contents: bool = True
) -> dict[HolderKey, Holding]:
    """What a store holds of one company, by table that is moved and chatbot.

    Args:
        store: has it.
        company_id: whose.
        newer_than: only rows with a higher version.
        contents: whether all that rows say is read as well; it takes many times as long.

    Raises:
        StoreError: the store does not answer.
    """
    of_tables = (
        f"SELECT '{table.name}' AS held, chatbot_id, {_sums(table, contents=contents)} "
        f"FROM {table_in(store, table)} FINAL WHERE company_id = {{company_id:String}} "
        f"AND {table.version} > {{newer_than:UInt64}} GROUP BY chatbot_id"
        for table in MOVED_TABLES
    )
    rows = store.maintain(  # one statement: each takes some ten milliseconds, whatever it finds
        " UNION ALL ".join(of_tables), {"company_id": company_id, "newer_than": newer_than}
    )
    return {HolderKey(table, company_id, chatbot_id): Holding(*sums) for table, chatbot_id, *sums in rows}


def _sums(table: Table, *, contents: bool) -> str:
    hashes = f"sum(sipHash64({_whole(table)}))" if contents else "0"
    return f"count(), sum({table.version}), {hashes}"


@dataclass(frozen=True, slots=True)
class HolderPage:
    """Some rows of one chatbot in a table, in the layout of `Table.arrow()`, by its key.

    Attributes:
        rows: all that count of their places; two places never share one key.
        where: SQL of what lies from the page before until the end of this one.
        bound: the parameters of that.
    """

    rows: pa.Table
    where: str
    bound: dict[str, Any]

    @property
    def is_nothing(self) -> bool:
        """Whether the chatbot has no rows at all in the table: this is the first page, and the last."""
        return not self.rows.num_rows and "after0" not in self.bound


def figures_within(store: ClickHouse, table: Table, page: HolderPage) -> Holding:
    """What a store holds of a table where a page was read, there or elsewhere."""
    ((*sums,),) = store.maintain(
        f"SELECT {_sums(table, contents=True)} FROM {table_in(store, table)} FINAL WHERE {page.where}",
        page.bound,
    )
    return Holding(*sums)


def holder_pages(store: ClickHouse, table: Table, of: HolderKey, newer_than: int = 0) -> Iterator[HolderPage]:
    """The rows that count of one chatbot in a table, page by page; with a higher version than one, if given.

    Nothing of the store is held between two pages. The last one goes to the end, and may be empty.
    """
    places, schema, most = _places(table), table.arrow(), _MOST // 8
    bound: dict[str, Any] = {**_bound(of), "newer_than": newer_than}
    while True:
        within = f"{_OWN} AND {table.version} > {{newer_than:UInt64}}"
        if len(bound) > len(_OWNER) + 1:
            within += f" AND {_beyond(places)}"
        rows = store.arrow(_statement(store, table, places, within), {**bound, "most": most})
        is_last = rows.num_rows < most
        if is_last:
            yield HolderPage(rows.rename_columns(schema.names).cast(schema), within, dict(bound))
            return
        ends = {at: rows.column(each.name)[-1].as_py() for at, each in enumerate(places)}
        upto = {f"upto{at}": end for at, end in ends.items()}
        yield HolderPage(
            rows.rename_columns(schema.names).cast(schema),
            f"{within} AND NOT {_beyond(places, bound='upto')}",
            {**bound, **upto},
        )
        bound |= {f"after{at}": end for at, end in ends.items()}
        most = min(max(most * _BYTES // max(rows.nbytes, 1), _FEWEST), _MOST)


def unfinished_rewrites(store: ClickHouse) -> int:
    """How many tables' files are still to be rewritten without rows that were deleted.

    Raises:
        StoreError: one cannot be; the cause says why.
    """
    rows = store.maintain(
        "SELECT latest_fail_reason FROM system.mutations WHERE database = currentDatabase() AND NOT is_done"
    )
    for (reason,) in rows:
        if reason:
            raise StoreError from RuntimeError(reason)
    return len(rows)


def _bound(of: HolderKey) -> dict[str, Any]:
    return {"company_id": of.company_id, "chatbot_id": of.chatbot_id}


def _whole(table: Table) -> str:
    """SQL of one text of all that a row says."""
    return f"toString(tuple({', '.join(each.name for each in table.columns)}))"


def _places(table: Table) -> list[Column]:
    """What a page begins after: the first columns of the key of a chatbot's rows.

    Two are enough for rows with the same to fit into memory.
    """
    columns = {each.name: each for each in table.columns}
    rest = [columns[name] for name in table.key if name not in _OWNER]
    return [each for each in rest[:2] if not each.sql.startswith("Enum")]


def _statement(store: ClickHouse, table: Table, places: list[Column], within: str) -> str:
    columns = ", ".join(
        f"toInt8({each.name}) AS {each.name}" if each.sql.startswith("Enum") else each.name
        for each in table.columns
    )
    order = ", ".join(each.name for each in places)
    return (
        f"SELECT {columns} FROM {table_in(store, table)} FINAL WHERE {within} "
        f"ORDER BY {order} LIMIT {{most:UInt32}} WITH TIES "
        "SETTINGS max_threads = 1, output_format_arrow_string_as_string = 1"
    )


def _beyond(places: list[Column], at: int = 0, bound: str = "after") -> str:
    """The condition of what comes after a place, so said that the index of the key finds it."""
    name, value = places[at].name, f"{{{bound}{at}:{_bound_type(places[at])}}}"
    if at + 1 == len(places):
        return f"{name} > {value}" if at else f"({name} > {value})"
    return f"({name} >= {value} AND ({name} > {value} OR {_beyond(places, at + 1, bound)}))"


def _bound_type(column: Column) -> str:
    return column.type.removeprefix("LowCardinality(").removesuffix(")")
