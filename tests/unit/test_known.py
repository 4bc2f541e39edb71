"""Which conversations of a chatbot are known: a stored one always, a new one hardly ever."""

import pyarrow as pa
import pytest

from botlens.commit.local.known import Known
from botlens.store.facts import conversation_hash

STORED = [conversation_hash(f"stored {number}") for number in range(20_000)]
NEW = [conversation_hash(f"new {number}") for number in range(20_000)]
STRANGERS = [conversation_hash(f"stranger {number}") for number in range(100_000)]


def known_of(hashes: list[int]) -> Known:
    return Known(pa.chunked_array([hashes[:7], hashes[7:]], pa.uint64()))


@pytest.mark.parametrize("stored", [[], STORED[:1], STORED])
def test_those_that_are_stored_or_were_added_are_known(stored: list[int]) -> None:
    """A conversation that the store has is never begun anew: its events would be counted without the old."""
    known = known_of(stored)
    for value in NEW:
        known.add(value)
    assert all(known.which([*stored, *NEW]))


def test_one_of_two_thousand_strangers_costs_a_look_up() -> None:
    """Most conversations that are new need nothing of the store, also beside many that came since."""
    known = known_of(STORED)
    for value in NEW:
        known.add(value)
    assert 0 < sum(known.which(STRANGERS)) < len(STRANGERS) / 1_000


def test_where_nothing_is_stored_nothing_is_known() -> None:
    """The first event of a chatbot asks the store for nothing more."""
    assert known_of([]).which(STRANGERS[:3]) == [False, False, False]
