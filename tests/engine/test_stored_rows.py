"""What is written to the store reads back as it was, field by field."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from botlens.engine import Engine
from botlens.events.lines import lines_of
from botlens.events.record import CONVERSATION, FEEDBACK, MESSAGE, MESSAGE_DELETION, RATING, Record
from botlens.metrics.facts import Facts
from botlens.store.facts import insert_facts, stored_facts
from botlens.store.raw_events import insert_events, load_states
from botlens.store.reading import CompanyReader
from botlens.store.schema import CONVERSATION_FACTS, RAW_EVENTS

TEXT = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=20)
TIMES = st.integers(0, 7_258_118_399_999_999)  # until the year 2200
PLAIN = Record("bot", "c", MESSAGE, "m", 0, 1, 5)
NOTHING = Facts("bot", "c", True, False, 0, 0, 0, "", "", "")
numbers = iter(range(10_000))


@settings(max_examples=40)
@given(
    st.builds(
        Record,
        st.just("bot"),
        st.just("c"),
        st.just(MESSAGE),
        st.text(st.characters(exclude_characters="\x00", codec="utf-8"), min_size=1),
        st.integers(0, 2**53),
        st.integers(0, 2**53),  # no higher: the numbers of this engine go on above it
        TIMES,
        sequence=st.integers(-(2**53), 2**53),
        role=st.integers(1, 4),
        content=TEXT,
        question=TEXT,
        confidence=st.none() | st.floats(0, 1),
        fallback=st.booleans(),
        latency_ms=st.none() | st.floats(0, 1e12),
        session_id=TEXT,
        language=TEXT,
        channel=TEXT,
    )
)
def test_a_message_reads_back(engine: Engine, record: Record) -> None:
    """What its line leaves out (all that is as usual) included.

    Its normal form is made anew of its text, by the rules of the version that reads it.
    """
    company = f"c_rows_{next(numbers)}"
    insert_events(engine.store, [(company, lines_of([record]))])
    states = load_states(CompanyReader(engine.store, company), [("bot", "c")], texts=True)
    assert states["bot", "c"].in_order() == [replace(record, question="").interpret()]


def test_of_what_is_not_wanted_nothing_is_read(engine: Engine) -> None:
    """Of a conversation the messages that are named, and what is said of them; besides, what has no name."""
    company = f"c_rows_{next(numbers)}"
    rows = [replace(PLAIN, event_id=name, content=name) for name in ("a", "b", "c")]
    rows += [replace(PLAIN, kind=FEEDBACK, event_id=name, value=1.0) for name in ("a", "b")]
    rows += [replace(PLAIN, kind=CONVERSATION, event_id="", language="de")]
    rows += [replace(PLAIN, kind=RATING, event_id="", value=4.0)]
    rows += [replace(PLAIN, kind=MESSAGE_DELETION, event_id="c", rank=1)]
    insert_events(engine.store, [(company, lines_of(rows))])
    states = load_states(CompanyReader(engine.store, company), [("bot", "c")], texts=True, names=["b", "c"])
    found = states["bot", "c"]
    assert (set(found.messages), set(found.votes)) == ({"b"}, {"b"})
    assert found.header is not None
    assert found.rating is not None


def test_an_insert_holds_several_companies(engine: Engine) -> None:
    """Many small commits of several companies are one insert: each row belongs to its own."""
    mine, yours = (f"c_rows_{next(numbers)}" for _ in range(2))
    parts = [
        (company, lines_of([replace(PLAIN, event_id=str(number), content=company)]))
        for number in range(10)
        for company in (mine, yours)
    ]
    insert_events(engine.store, parts)
    for company in (mine, yours):
        messages = load_states(CompanyReader(engine.store, company), [("bot", "c")], texts=True)[
            "bot", "c"
        ].messages
        assert {each.content for each in messages.values()} == {company}
        assert len(messages) == 10


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "counted": False,
            "test": True,
            "started_at": 86_400_000_001,
            "session_id": "ü",
            "lowest_confidence": 0.1,
            "rating": 5,
            "questions": ["a", ""],
            "question_texts": ["A?", '"'],
            "question_unanswered": [0, 3],
            "question_again": [0, 1],
            "outcome_names": ["sold", "sold"],
            "outcome_values": [0.1, -0.0],
            "latencies": [1e-3, 1e12],
            "longest_pause": 2**60,
        },
    ],
)
def test_facts_read_back(engine: Engine, changes: dict) -> None:
    """Empty lists and nulls as well as all that can be in them."""
    facts, company = replace(NOTHING, **changes), f"c_rows_{next(numbers)}"
    insert_facts(engine.store, [(company, 1, facts)])
    assert stored_facts(CompanyReader(engine.store, company), "bot", "", None) == [facts]


def test_every_column_is_filled() -> None:
    """A column that no field fills would be empty in every row, and nobody would say so."""
    kept_by_the_store = {"company_id", "day", "version", "gone"}
    assert {column.name for column in RAW_EVENTS.columns} == {"company_id", *Record.__struct_fields__}
    assert {column.name for column in CONVERSATION_FACTS.columns} == {
        *kept_by_the_store,
        *Facts.__struct_encode_fields__,
    }
