"""Tables of facts of several definitions in one store: which one serves, and that none is dropped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from botlens.errors import BotlensError
from botlens.events.lines import lines_of
from botlens.events.record import MESSAGE, USER, Record
from botlens.folder.layout import LAYOUT, NewerLayoutError, check_folder, note_layout
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import DEFINITION_VERSION, Facts, derive
from botlens.store import upgrades
from botlens.store.cluster_mark import MarkedStoreError
from botlens.store.connection import ClickHouse
from botlens.store.erasure import erase_conversations
from botlens.store.facts import insert_facts, insert_into, stored_facts, vacate_beside
from botlens.store.facts_tables import Status, comment_of
from botlens.store.failures import StoreError
from botlens.store.numbering import highest_number
from botlens.store.raw_events import insert_events
from botlens.store.reading import CompanyReader
from botlens.store.schema import CONVERSATION_FACTS, FACTS, RAW_EVENTS, TABLES
from botlens.store.table import Table
from botlens.store.upgrades import complete, open_tables, open_tables_of_slots
from tests.engine.waiting import soon

OTHER = f"{FACTS}_9"
DAY = 86_400_000_000

pytestmark = pytest.mark.own_store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClickHouse]:
    """A store that others may look at, too, with one event and its facts."""
    monkeypatch.setattr(ClickHouse, "is_shared", property(lambda _: True))
    opened = ClickHouse(f"chdb://{tmp_path}/events")
    open_tables(opened)
    record = Record("bot", "a", MESSAGE, "1", 0, 1, DAY, role=USER, content="Why?")
    insert_events(opened, [("c", lines_of([record]))])
    insert_facts(opened, [("c", 5, facts_of(DAY))])
    yield opened
    opened.close()


def facts_of(at: int, messages: int = 1) -> Facts:
    facts = derive("bot", "a", ConversationState(), 0.2)
    facts.started_at = facts.ended_at = at
    facts.counted, facts.messages = True, messages
    return facts


def read(store: ClickHouse, table: str | None = None) -> list[tuple[int, int]]:
    found = stored_facts(CompanyReader(store, "c", table=table), "bot", "", None)
    return [(each.day, each.messages) for each in found]


def comments(store: ClickHouse) -> dict[str, str]:
    rows = store.maintain("SELECT name, comment FROM system.tables WHERE database = currentDatabase()")
    return {name: comment for name, comment in rows if name.startswith(FACTS)}


def leave(store: ClickHouse, definition: int, own: Status, other: Status) -> None:
    """As after another version was there: its table, with other facts, and what it said of ours."""
    store.make(CONVERSATION_FACTS, OTHER, comment_of(definition, other))
    insert_into(store, OTHER, [("c", 6, facts_of(2 * DAY, 70))])
    said = comment_of(DEFINITION_VERSION, own)
    store.maintain(f"ALTER TABLE {FACTS} MODIFY COMMENT '{said}'")


def test_a_new_store_is_complete(store: ClickHouse) -> None:
    """There is nothing to derive; opening it again changes nothing."""
    open_tables(store)
    assert (store.facts.serving, store.facts.building, store.facts.others) == (FACTS, None, ())
    assert comments(store) == {FACTS: comment_of(DEFINITION_VERSION, Status.COMPLETE)}
    assert read(store) == [(1, 1)]


def test_a_store_in_order_is_looked_at_once(store: ClickHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each start asks for each table once, however many there are, and changes nothing."""
    run: list[str] = []
    maintain = ClickHouse.maintain

    def noted(self: ClickHouse, statement: str, *arguments: Any, **named: Any) -> Any:
        run.append(statement)
        return maintain(self, statement, *arguments, **named)

    monkeypatch.setattr(ClickHouse, "maintain", noted)
    open_tables(store)
    assert [each for each in run if not each.startswith("SELECT")] == []
    assert sum("system.columns" in each for each in run) == len(TABLES)
    assert sum("system.tables" in each for each in run) == 3  # all of them, those of facts, the key of these


def test_columns_as_declared(store: ClickHouse) -> None:
    """What the store says of its columns is what was declared: nothing is altered at each start."""
    for table in (RAW_EVENTS, CONVERSATION_FACTS):
        rows = store.maintain(
            "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {t:String}",
            {"t": table.name},
        )
        stored = dict(map(tuple, rows))
        assert table.holds(stored)
        assert table.widen(store.topology, stored) == []


def test_another_version_took_the_place(store: ClickHouse) -> None:
    """Ours is behind: theirs serves while ours is made anew, and is left as it is, behind."""
    leave(store, 9, Status.BEHIND, Status.COMPLETE)
    open_tables(store)
    tables = store.facts
    assert (tables.serving, tables.definition, tables.building) == (OTHER, 9, FACTS)
    assert read(store) == [(2, 70)]
    assert read(store, FACTS) == []
    assert highest_number(store) == 6

    # A conversation is in both tables afterwards, once each, though it lay on another day in each.
    insert_facts(store, [("c", 7, facts_of(3 * DAY, 2))])
    assert read(store) == read(store, FACTS) == [(3, 2)]
    assert comments(store)[OTHER] == comment_of(9, Status.CONTINUED)

    complete(store)
    assert (tables.serving, tables.definition, tables.building) == (FACTS, DEFINITION_VERSION, None)
    assert comments(store) == {
        FACTS: comment_of(DEFINITION_VERSION, Status.COMPLETE),
        OTHER: comment_of(9, Status.BEHIND),
    }
    assert read(store, OTHER) == [(3, 2)]
    open_tables(store)
    assert (store.facts.serving, store.facts.others) == (FACTS, (OTHER,))
    # What is erased is erased from theirs, too.
    erase_conversations(store, [("c", "bot", "a")])
    assert soon(lambda: not store.maintain(f"SELECT 1 FROM {OTHER} WHERE counted"))
    assert read(store, OTHER) == []


def test_another_version_only_looked(store: ClickHouse) -> None:
    """It had begun a table of its own and was stopped: ours is complete, and serves as if it had not been."""
    leave(store, 9, Status.COMPLETE, Status.BEING_DERIVED)
    open_tables(store)
    assert (store.facts.serving, store.facts.building, store.facts.others) == (FACTS, None, (OTHER,))
    assert read(store) == [(1, 1)]
    assert read(store, OTHER) == [(2, 70)]


def test_a_table_that_another_version_went_on_with(store: ClickHouse) -> None:
    """It has all conversations, some by another definition: it serves, and is made anew where it is."""
    leave(store, 9, Status.CONTINUED, Status.BEING_DERIVED)
    open_tables(store)
    assert (store.facts.serving, store.facts.building) == (FACTS, FACTS)
    assert store.facts.written == (FACTS,)


def test_a_version_of_before_there_were_several(store: ClickHouse) -> None:
    """It knows the first table alone: where two seem complete, that is the one that was written last."""
    leave(store, 9, Status.COMPLETE, Status.COMPLETE)
    open_tables(store)
    assert (store.facts.serving, store.facts.building) == (FACTS, None)
    assert comments(store)[OTHER] == comment_of(9, Status.BEHIND)


def test_a_table_without_the_columns_of_today(store: ClickHouse) -> None:
    """They are added, with nothing in them, so that it can serve; one of another type cannot."""
    leave(store, 2, Status.BEHIND, Status.COMPLETE)
    store.maintain(f"ALTER TABLE {OTHER} DROP COLUMN handoffs")
    open_tables(store)
    assert store.facts.serving == OTHER
    assert read(store) == [(2, 70)]
    store.maintain(f"ALTER TABLE {OTHER} MODIFY COLUMN handoffs String")
    open_tables(store)
    assert (store.facts.serving, store.facts.building) == (FACTS, FACTS)


def test_a_store_of_a_newer_layout(store: ClickHouse) -> None:
    """It is refused with a sentence that says what to do, and nothing in it is changed."""
    newer = f"botlens: every accepted event, layout {LAYOUT + 1}"
    store.maintain(f"ALTER TABLE raw_events MODIFY COMMENT '{newer}'")
    store.maintain("ALTER TABLE raw_events DROP COLUMN channel")
    with pytest.raises(NewerLayoutError, match=rf"newer botlens \(layout {LAYOUT + 1}; .*Install"):
        open_tables(store)
    stored = store.maintain(
        "SELECT count() FROM system.columns WHERE table = 'raw_events' AND name = 'channel'"
    )
    assert stored[0][0] == 0


def test_a_table_of_events_that_is_gone(store: ClickHouse) -> None:
    """One that is made anew is empty: facts that stand would be derived from nothing, and none comes back."""
    store.maintain("DROP TABLE raw_events")
    for opened in (open_tables, lambda store: open_tables_of_slots(store, DEFINITION_VERSION)):
        with pytest.raises(StoreError, match=r"raw_events of the event store is gone.*from a backup"):
            opened(store)
    assert not store.has("raw_events")


@pytest.mark.parametrize("said", [f"{LAYOUT + 1}\n", "1e9", "", "½"])
def test_a_folder_of_a_newer_layout(tmp_path: Path, said: str) -> None:
    """It is refused; so is one of which it cannot be told."""
    note_layout(tmp_path)
    check_folder(tmp_path)
    (tmp_path / "layout").write_text(said)
    with pytest.raises(BotlensError, match="Nothing was changed"):
        check_folder(tmp_path)


def test_a_folder_without_a_layout(tmp_path: Path) -> None:
    """Versions of before said nothing; neither does a folder that is not there."""
    check_folder(tmp_path)
    check_folder(tmp_path / "nowhere")


def of_slots(store: ClickHouse, definition: int) -> list[str]:
    """Open it as a node of a cluster; returns what was forgotten before a table was made."""
    forgotten: list[str] = []
    assert open_tables_of_slots(store, definition, lambda: forgotten.append("all"))
    return forgotten


def test_a_shard_of_one_definition_is_as_it_was(store: ClickHouse) -> None:
    """Nodes of versions that know of one alone begin beside this one."""
    before = comments(store)
    assert of_slots(store, DEFINITION_VERSION) == []
    assert comments(store) == before
    assert (store.facts.serving, store.facts.written, store.facts.others) == (FACTS, (FACTS,), ())


def test_a_shard_has_a_table_for_each_definition(store: ClickHouse) -> None:
    """The new one is made once, and nothing may be known of it before; each node reads and writes its own."""
    assert of_slots(store, 9) == ["all"]
    assert (store.facts.serving, store.facts.definition, store.facts.others) == (OTHER, 9, (FACTS,))
    said = {FACTS: comment_of(DEFINITION_VERSION, Status.BY_SLOTS), OTHER: comment_of(9, Status.BY_SLOTS)}
    assert comments(store) == said
    insert_facts(store, [("c", 6, facts_of(2 * DAY, 70))])
    assert of_slots(store, 9) == []
    assert read(store) == [(2, 70)]
    assert of_slots(store, DEFINITION_VERSION) == []
    assert read(store) == [(1, 1)]
    assert store.facts.others == (OTHER,)
    assert comments(store) == said


def test_a_place_is_vacant_in_the_tables_of_others_alone(store: ClickHouse) -> None:
    of_slots(store, 9)
    insert_facts(store, [("c", 6, facts_of(DAY, 70))])
    vacate_beside(store, [("c", 7, ("bot", 1, "a"))])
    assert read(store) == [(1, 70)]
    assert read(store, FACTS) == []
    insert_into(store, FACTS, [("c", 8, facts_of(DAY, 2))])
    assert read(store, FACTS) == [(1, 2)]


def test_a_process_of_its_own_keeps_away_from_facts_of_slots(store: ClickHouse) -> None:
    """It would take them for half derived, and derive them anew."""
    of_slots(store, 9)
    with pytest.raises(MarkedStoreError, match="BOTLENS_SHARDS"):
        open_tables(store)
    assert read(store, FACTS) == [(1, 1)]


def test_what_a_process_of_its_own_left_half_derived_is_none_of_slots(store: ClickHouse) -> None:
    leave(store, 9, Status.COMPLETE, Status.BEING_DERIVED)
    assert not open_tables_of_slots(store, 9)


def empty(store: ClickHouse) -> None:
    """As a shard that is new."""
    store.maintain(f"DROP TABLE {FACTS}")
    store.maintain(f"TRUNCATE TABLE {RAW_EVENTS.name}")


def test_what_a_new_shard_says_versions_of_before_understand(store: ClickHouse) -> None:
    """They begin on a shard that this one made; where there are events none can say that facts are whole."""
    empty(store)
    assert of_slots(store, 9) == []
    assert comments(store) == {FACTS: comment_of(9, Status.COMPLETE)}
    insert_events(store, [("c", lines_of([Record("bot", "a", MESSAGE, "1", 0, 1, DAY, role=USER)]))])
    store.maintain(f"DROP TABLE {FACTS}")
    assert of_slots(store, 9) == ["all"]
    assert comments(store) == {FACTS: comment_of(9, Status.BY_SLOTS)}


def test_a_table_that_a_version_of_before_made_beside_ours(store: ClickHouse) -> None:
    """It took ours for unknown, and has written its own since: that one serves from then on."""
    made = f"{FACTS}_{DEFINITION_VERSION}"
    store.maintain(f"TRUNCATE TABLE {FACTS}")
    said = comment_of(DEFINITION_VERSION, Status.BY_SLOTS)
    store.maintain(f"ALTER TABLE {FACTS} MODIFY COMMENT '{said}'")
    store.make(CONVERSATION_FACTS, made, comment_of(DEFINITION_VERSION, Status.COMPLETE))
    insert_into(store, made, [("c", 6, facts_of(2 * DAY, 70))])
    for _ in range(2):
        assert of_slots(store, DEFINITION_VERSION) == []
        assert read(store) == [(2, 70)]


def test_two_definitions_begin_at_an_empty_shard_at_once(
    store: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find nothing there; who comes second looks again, and has a table of its own."""
    empty(store)
    make = ClickHouse.make

    def second(self: ClickHouse, table: Table, name: str | None = None, comment: str | None = None) -> None:
        monkeypatch.setattr(ClickHouse, "make", make)
        make(self, CONVERSATION_FACTS, FACTS, comment_of(9, Status.COMPLETE))
        make(self, table, name, comment)

    monkeypatch.setattr(ClickHouse, "make", second)
    assert not open_tables_of_slots(store, DEFINITION_VERSION)
    assert of_slots(store, DEFINITION_VERSION) == []
    assert store.facts.serving == f"{FACTS}_{DEFINITION_VERSION}"


def test_two_nodes_of_a_definition_begin_at_once(store: ClickHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of a table that the first one made a moment before is not forgotten by the second."""
    has_events = upgrades._has_events

    def first_one_makes_it(opened: ClickHouse) -> bool:
        monkeypatch.setattr(upgrades, "_has_events", has_events)
        store.make(CONVERSATION_FACTS, OTHER, comment_of(9, Status.BY_SLOTS))
        return has_events(opened)

    monkeypatch.setattr(upgrades, "_has_events", first_one_makes_it)
    forgotten: list[str] = []
    assert not open_tables_of_slots(store, 9, lambda: forgotten.append("all"))
    assert of_slots(store, 9) == forgotten == []
