"""Where rows of a source belong: many that are told at once are as if each had been told by itself."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from botlens.sources.postgres.places import NOWHERE, RowPlaces, SourceConversations
from botlens.sources.postgres.text_hashes import hashes_of

NAMES = st.sampled_from(["a", "b", "c", "dd", "ee"])
BATCHES = st.lists(st.lists(st.tuples(NAMES, st.sampled_from(["x", "y", "z"])), max_size=6), max_size=4)


def texts(values: list[str]) -> pa.Array:
    return pa.array(values, pa.string())


@given(BATCHES, NAMES)
def test_many_conversations(batches: list[list[tuple[str, str]]], dropped: str) -> None:
    """Of those that are named twice the last counts, also of one that was gone."""
    many, each = SourceConversations(), SourceConversations()
    for batch in batches:
        numbers = many.put_all(texts([name for name, _ in batch]), texts([bot for _, bot in batch]))
        for name, bot in batch:
            each.put(name, bot)
        assert [many.ids[number] for number in numbers.tolist()] == [name for name, _ in batch]
        many.drop(dropped)
        each.drop(dropped)
    known = {name for batch in batches for name, _ in batch}
    assert set(many.ids) == known
    assert {name: many.chatbot_of(name) for name in known} == {name: each.chatbot_of(name) for name in known}
    assert len(many) == len(each)
    chatbots = [None if code == NOWHERE else many.chatbots[code] for code in many.codes().tolist()]
    assert chatbots == [*map(many.chatbot_of, many.ids), None]


@given(st.lists(st.tuples(NAMES, NAMES), unique_by=lambda row: row[0]), NAMES)
def test_many_rows(rows: list[tuple[str, str]], other: str) -> None:
    """They are found by their keys, one by one and many at once; what was not told is nowhere."""
    conversations = SourceConversations()
    places = RowPlaces(conversations)
    keys = texts([key for key, _ in rows])
    places.fill(hashes_of(keys), conversations.numbers_of(texts([each for _, each in rows]), new=True), None)
    places.filled()
    known = dict(rows)
    assert {key: places.find(key) for key, _ in rows} == {key: (each, key) for key, each in rows}
    (number,) = places.numbers_of(hashes_of(texts([other]))).tolist()
    assert (None if number == NOWHERE else conversations.ids[number]) == known.get(other)
    places.put(other, "late", other)
    assert places.find(other) == ("late", other)
    assert np.array_equal(
        places.numbers_of(hashes_of(texts([other]))), conversations.numbers_of(texts(["late"]), new=False)
    )
