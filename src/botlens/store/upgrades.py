"""Brings the tables of a store to what this version declares, at each start; doing it twice changes nothing.

New columns are added to the tables that are there. Facts of another definition are not: beside their table
comes one of this definition, which `commit.room.upgrade` fills while the old one answers, and which then
takes its place. No table of another version is dropped. See decision 0026.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import structlog

from botlens.folder.layout import LAYOUT, NewerLayoutError
from botlens.metrics.facts import DEFINITION_VERSION
from botlens.store.cluster_mark import MarkedStoreError
from botlens.store.connection import ClickHouse
from botlens.store.facts_tables import Status, comment_of, read_comment
from botlens.store.failures import StoreError
from botlens.store.gap_tables import GAP_TABLES
from botlens.store.saved_tables import SAVED_TABLES
from botlens.store.schema import (
    CONVERSATION_FACTS,
    FACTS,
    RAW_EVENTS,
    is_of_facts,
)
from botlens.store.table import Table

log = structlog.get_logger(__name__)

_LAYOUT = re.compile(r"layout ([0-9]+)$")


def check_layout(store: ClickHouse) -> None:
    """Refuse a store that this version does not know, before anything is written to it.

    Raises:
        NewerLayoutError: a newer version wrote it.
        StoreError: the store does not answer.
    """
    _check(_comments(store))


def _check(comments: Mapping[str, str]) -> None:
    found = _LAYOUT.search(comments.get(RAW_EVENTS.name, ""))
    if found is not None and int(found[1]) > LAYOUT:
        raise NewerLayoutError("The event store", found[1])


def open_tables(store: ClickHouse) -> None:
    """Make the tables that are not there, widen those that are, and decide which table of facts serves.

    After this `store.facts` holds the result. `commit.room.upgrade` derives what must be derived.

    Raises:
        NewerLayoutError: see `check_layout`.
        MarkedStoreError: nodes of a cluster have several tables of facts here, which slots know.
        StoreError: the store does not answer.
    """
    comments = _comments(store)
    if any(found and found[1] is Status.BY_SLOTS for found in map(read_comment, comments.values())):
        raise MarkedStoreError(
            "This ClickHouse database is a shard of a cluster of botlens, with facts of several definitions. "
            "Only nodes of that cluster can work with it: name all its shards in BOTLENS_SHARDS."
        )
    _open_others(store, comments)
    _open_facts(store)


def open_tables_of_slots(
    store: ClickHouse, definition: int, before_it_is_made: Callable[[], None] = lambda: None
) -> bool:
    """The same where slots say which facts are whole: the table of one definition serves this process.

    Those of other definitions serve others at the same time, and are left as they are.

    Args:
        store: a shard of a cluster.
        definition: by which this process derives.
        before_it_is_made: called before a table of that definition is made where there are events: whatever
            is known of its facts is known of a table that is not there any more.

    Returns:
        Whether it was done: not where a process that had the store for itself left that table half derived.

    Raises:
        NewerLayoutError: see `check_layout`.
        StoreError: the store does not answer.
    """
    _open_others(store, _comments(store))
    found = _found(store)
    order = (Status.BY_SLOTS, Status.COMPLETE)
    own = [each for each in found.values() if each.definition == definition]
    # Of two of this definition one that is complete is of a version that did not know the other one.
    own.sort(key=lambda each: (each.status not in order, each.status is not Status.COMPLETE, each.name))
    if not own:
        name = FACTS if not found else f"{FACTS}_{definition}"
        if not _made_for_slots(store, name, definition, before_it_is_made):
            return False
    elif own[0].status in order and _widened(store, CONVERSATION_FACTS, own[0].name):
        name = own[0].name
    else:
        return False
    for each in own[1:]:
        if each.status is Status.BY_SLOTS:  # else nobody could tell them from each other at the next start
            _set_comment(store, each.name, comment_of(definition, Status.BEHIND))
    for each in found.values():
        # A version that knows nothing of slots' facts takes what is complete for all there is.
        if each.status is Status.COMPLETE and len({*found, name}) > 1:
            _set_comment(store, each.name, comment_of(each.definition, Status.BY_SLOTS))
    tables = store.facts
    tables.serving, tables.building, tables.definition, tables.continued = name, None, definition, True
    tables.others = tables.beside = tuple(each for each in found if each != name)
    tables.come_and_go = True
    return True


def _made_for_slots(store: ClickHouse, name: str, definition: int, before: Callable[[], None]) -> bool:
    """Make a table of facts; whether it is there, and not another definition's that came first."""
    # Where there is nothing else all facts are there: versions that know nothing of slots' facts begin, too.
    status = Status.COMPLETE if name == FACTS else Status.BY_SLOTS
    if _has_events(store):
        if name in _found(store):  # another node was first, and what is known since is known of its table
            return False
        before()
        status = Status.BY_SLOTS
    store.make(CONVERSATION_FACTS, name, comment_of(definition, status))
    return _found(store)[name].definition == definition


def look_for_others(store: ClickHouse) -> None:
    """See which tables of facts other versions have made, or somebody dropped, since this process began.

    In a cluster; a store that one process has for itself has no others than this makes.

    Raises:
        StoreError: the store does not answer.
    """
    tables = store.facts
    if not tables.come_and_go:
        return
    tables.unsure = False  # first: what is made while this looks is for the next time
    try:
        tables.others = tables.beside = tuple(name for name in _found(store) if name not in tables.written)
    except BaseException:
        tables.unsure = True  # whoever tries again must ask again
        raise


def _open_others(store: ClickHouse, comments: Mapping[str, str]) -> None:
    """Make and widen all tables but those of facts."""
    _check(comments)
    if RAW_EVENTS.name not in comments and any(map(read_comment, comments.values())):
        # It is made first. One that is made anew would be empty, and facts be derived from nothing.
        undrop = f", or by UNDROP TABLE {RAW_EVENTS.name}" if store.is_shared else ""
        raise StoreError(
            f"The table {RAW_EVENTS.name} of the event store is gone, while facts that were made from it are "
            f"there. Bring it back from a backup{undrop}."
        )
    for table in (RAW_EVENTS, *GAP_TABLES, *SAVED_TABLES):
        if table.name not in comments:
            store.make(table)
        _widen(store, table, table.name)
        if table is RAW_EVENTS and comments.get(table.name, table.comment) != table.comment:
            _set_comment(store, table.name, table.comment)


def complete(store: ClickHouse) -> None:
    """The table that is being built is built: from now on it serves.

    Nothing may be written meanwhile. Killed in the middle, the next start derives anew.
    """
    tables = store.facts
    if tables.building is None:
        return
    others = tuple(name for name in tables.all if name != tables.building)
    _set_comment(store, tables.building, comment_of(DEFINITION_VERSION, Status.COMPLETE))
    _retire(store, others)
    tables.serving, tables.building, tables.others = tables.building, None, others
    tables.definition, tables.continued = DEFINITION_VERSION, True


def note_continued(store: ClickHouse) -> None:
    """Say that the table that serves is written by another version than the one that derived it."""
    if not store.facts.continued:
        _set_comment(store, store.facts.serving, comment_of(store.facts.definition, Status.CONTINUED))
        store.facts.continued = True


@dataclass(frozen=True, slots=True)
class _Found:
    """A table of facts that is there."""

    name: str
    definition: int
    status: Status


def _open_facts(store: ClickHouse) -> None:
    found = _found(store)
    serving = _that_can_serve(store, found)
    current = (DEFINITION_VERSION, Status.COMPLETE)
    tables = store.facts
    if serving is not None and (serving.definition, serving.status) == current:
        tables.serving, tables.building = serving.name, None
    else:
        own = serving.name if serving and serving.definition == DEFINITION_VERSION else _begun(store, found)
        tables.serving, tables.building = serving.name if serving else own, own
    tables.definition = serving.definition if serving else DEFINITION_VERSION
    tables.continued = tables.serving == tables.building or tables.building is None
    tables.others = tuple(name for name in found if name not in tables.written)
    if tables.building is None:
        _retire(store, tables.others)
        _empty_others(store)
    elif serving is None and not _has_events(store):
        complete(store)
    else:
        log.info("facts_are_derived_anew", definition=DEFINITION_VERSION, serving=tables.serving)


def _found(store: ClickHouse) -> dict[str, _Found]:
    """The tables of facts, by name."""
    unknown = (0, Status.BEHIND)  # an older version was killed while it derived
    return {
        name: _Found(name, *(read_comment(comment) or unknown))
        for name, comment in _comments(store).items()
        if is_of_facts(name)
    }


def _that_can_serve(store: ClickHouse, found: Mapping[str, _Found]) -> _Found | None:
    """The table that knows all conversations, and has, widened, all columns that questions may name."""
    order = (Status.COMPLETE, Status.CONTINUED)
    able = [each for each in found.values() if each.status in order]
    # A version of before there were several writes the first, and cannot know that another seems complete.
    able.sort(key=lambda each: (order.index(each.status), each.name != FACTS, -each.definition))
    return next((each for each in able if _widened(store, CONVERSATION_FACTS, each.name)), None)


def _begun(store: ClickHouse, found: Mapping[str, _Found]) -> str:
    """The name of an empty table of this definition, to be filled."""
    comment = comment_of(DEFINITION_VERSION, Status.BEING_DERIVED)
    for name, each in found.items():
        if each.definition == DEFINITION_VERSION:
            _set_comment(store, name, comment)
            store.maintain(store.topology.empty(name))
            if _widened(store, CONVERSATION_FACTS, name):
                return name
    name = FACTS if not found else f"{FACTS}_{DEFINITION_VERSION}"
    store.make(CONVERSATION_FACTS, name, comment)
    return name


def _retire(store: ClickHouse, others: Collection[str]) -> None:
    """Say that tables of other versions are behind from now on."""
    comments = _comments(store) if others else {}
    for name in others:
        comment = read_comment(comments.get(name, ""))
        if comment is not None and comment[1] is not Status.BEHIND:
            _set_comment(store, name, comment_of(comment[0], Status.BEHIND))


def _empty_others(store: ClickHouse) -> None:
    """A folder of our own need not keep what is in tables that are behind; nobody is reading them yet."""
    for name in store.facts.others:
        if not store.is_shared and store.maintain(f"SELECT 1 FROM {name} LIMIT 1"):
            store.maintain(store.topology.empty(name))


def _widen(store: ClickHouse, table: Table, name: str) -> dict[str, str]:
    """Let a table take what is new; returns the columns that it has then."""
    columns = _columns(store, name)
    statements = table.widen(store.topology, columns, name)
    for statement in statements:
        store.maintain(statement)
    return _columns(store, name) if statements else columns


def _widened(store: ClickHouse, table: Table, name: str) -> bool:
    """Let a table take what is new; returns whether it has all that is declared then."""
    columns = _widen(store, table, name)
    ((key,),) = store.maintain(
        "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = {name:String}",
        {"name": name},
    )
    return table.holds(columns) and key == ", ".join(table.key)


def _columns(store: ClickHouse, name: str) -> dict[str, str]:
    rows = store.maintain(
        "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}",
        {"table": name},
    )
    return {row[0]: row[1] for row in rows}


def _comments(store: ClickHouse) -> dict[str, str]:
    rows = store.maintain("SELECT name, comment FROM system.tables WHERE database = currentDatabase()")
    return {row[0]: row[1] for row in rows}


def _set_comment(store: ClickHouse, table: str, comment: str) -> None:
    store.maintain(store.topology.alter(table, f"MODIFY COMMENT '{comment}'"))


def _has_events(store: ClickHouse) -> bool:
    return bool(store.maintain(f"SELECT 1 FROM {RAW_EVENTS.name} LIMIT 1"))
