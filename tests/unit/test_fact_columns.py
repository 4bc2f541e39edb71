"""Facts that are made of columns are those that `derive` makes of each conversation, bit for bit."""

import itertools
import json
from collections.abc import Iterable
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from botlens.commit import heard_columns
from botlens.commit.fact_columns import FactsOf, facts_table
from botlens.events.decode import decode_json
from botlens.events.record import MESSAGE, USER, Record, record_of
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import derive
from botlens.store.facts import lay_out
from botlens.store.raw_events import EVENT_COLUMNS
from tests.oracle import strategies
from tests.unit.records import ASSISTANT, gone, handoff, header, outcome, rated, said, vote
from tests.unit.test_long import RECORDS

OF = FactsOf("company", "bot", 7, 0.2)
CONVERSATIONS = st.sampled_from(["a", "b", "ü", "𝔪", "ｍ"])


def stored(records: Iterable[Record]) -> pa.Table:
    """Records as the store gives them for this; their order in it says nothing of when they came."""
    rows = []
    for each in records:
        row = {name: value for name, value in asdict(each).items() if name in EVENT_COLUMNS.names}
        if each.kind == MESSAGE and each.role != USER:
            row["content"] = ""
        rows.append(row)
    names = ("kind", "event_id", "precedence", "rank", "arrival")
    rows.sort(
        key=lambda row: (
            row["conversation_id"].encode(),
            *(row[name].encode() if name == "event_id" else row[name] for name in names),
        )
    )
    return pa.Table.from_pylist(rows, schema=EVENT_COLUMNS)


def one_by_one(of: FactsOf, records: Iterable[Record]) -> pa.Table:
    states: dict[str, ConversationState] = {}
    for each in records:
        state = states.setdefault(each.conversation_id, ConversationState())
        state.apply(replace(each).interpret())
    names = sorted(states, key=str.encode)
    facts = (derive(of.chatbot_id, name, states[name], of.threshold) for name in names)
    tables = lay_out((of.company_id, of.version, each) for each in facts)
    return pa.concat_tables(tables) if tables else facts_table(of, stored([]))


def check(records: list[Record], of: FactsOf = OF) -> pa.Table:
    found, expected = facts_table(of, stored(records)), one_by_one(of, records)
    assert found.schema == expected.schema
    # As text, for 0.0 is equal to -0.0.
    assert list(map(repr, found.to_pylist())) == list(map(repr, expected.to_pylist()))
    assert found.equals(expected)
    return found


@given(
    st.lists(st.tuples(CONVERSATIONS, RECORDS), max_size=60),
    st.sampled_from([0.0, 0.1, 0.2, 0.9, 1.0]),
)
def test_they_are_those_of_each_conversation(records: list[tuple[str, Record]], threshold: float) -> None:
    """Revised, resent, deleted, tied, out of order, with every kind of event."""
    own = [replace(record, conversation_id=name) for name, record in records]
    check(own, FactsOf("company", "bot", 2**63, threshold))


@given(strategies.histories(max_size=60), st.sampled_from([0.0, 0.2, 0.5, 1.0]))
def test_of_any_history(events: list[dict[str, Any]], threshold: float) -> None:
    """All that can be sent: texts in any script, languages in any case, long ids, values below zero."""
    decoded = decode_json(json.dumps({"events": events}).encode())
    records = [record_of(event) for event in decoded.events]
    for arrival, record in enumerate(records):
        record.arrival = arrival
    for chatbot in strategies.CHATBOTS:
        own = [each for each in records if each.chatbot_id == chatbot]
        check(own, FactsOf("company", chatbot, 1, threshold))


def test_by_eye() -> None:
    """A question, a poor answer, the question again, a good answer, a vote; and one with a rating alone."""
    records = [
        header(5, session_id="s"),
        said("1", 10, content="Where is my order?", language="EN"),
        said("2", 2_010, ASSISTANT, confidence_score=0.1),
        said("3", 7_010, content="where is my ORDER"),
        said("4", 8_010, ASSISTANT, confidence_score=0.9, latency_ms=3.0),
        vote("4", 9_000, "positive"),
        replace(rated(20, 2), conversation_id="d"),
    ]
    first, second = check(records).to_pylist()
    assert (first["messages"], first["unanswered"], first["question_unanswered"]) == (4, 1, [1, 0])
    assert (first["questions"], first["question_again"]) == (["where is my order"] * 2, [0, 1])
    assert (first["latencies"], first["longest_pause"], first["language"]) == ([2.0, 3.0], 5_000, "en")
    assert (first["engaged"], first["left"], first["positive"], first["last_signal"]) == (True, False, 1, 3)
    assert (second["conversation_id"], second["counted"], second["rating"]) == ("d", False, 2)


def test_many_questions_of_one_conversation() -> None:
    """More than are compared each with each."""
    texts = [f"question {number % 17} of {number % 5}" for number in range(60)]
    check([said(str(at), at, content=text) for at, text in enumerate(texts)])


@pytest.mark.parametrize("taken_back", [gone("message", "1", 3), gone("rating", revision=3)])
def test_where_something_was_deleted(taken_back: Record) -> None:
    """The others of a part are made of columns all the same, and all are in the order of their ids."""
    records = [said("1", 10), rated(11, 5), outcome("sold", 12, -0.0), handoff(13), taken_back]
    names = ("a", "b", "c")
    own = [replace(each, conversation_id=name) for name, each in itertools.product(names, records)]
    kept = [each for each in own if each.conversation_id == "b" or each.kind != taken_back.kind]
    assert check(kept).column("conversation_id").to_pylist() == list(names)


def test_of_nothing() -> None:
    """A part whose conversations have gone."""
    assert len(facts_table(OF, stored([]))) == 0


_SHARED_WORDS = st.lists(st.sampled_from(["a", "b", "c", "d-e", "é", "dé", "ａ", "x.", "..", ""]), max_size=7)


@given(st.lists(st.lists(_SHARED_WORDS.map(" ".join), max_size=26), max_size=4), st.sampled_from([1, 30]))
def test_which_questions_are_asked_again(threads: list[list[str]], compared: int) -> None:
    """Few words that many share, in any alphabet, apart by blanks and punctuation; short and long threads.

    However few bytes are compared at once.
    """
    records = [
        replace(said(str(at), at, content=text), conversation_id=str(number))
        for number, texts in enumerate(threads)
        for at, text in enumerate(texts)
    ]
    with mock.patch.object(heard_columns, "_COMPARED_BYTES", compared):
        check(records)
