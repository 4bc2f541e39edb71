"""Which conversations of a chatbot are known: a stored one always, a new one hardly ever."""

import pyarrow as pa
import pytest

from botlens.commit.room.known import Known
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


@pytest.mark.parametrize("stored", [0, 20_000, 200_000])
def test_a_conversation_takes_twelve_bits(stored: int) -> None:
    """However many came since, but for the first: a thousand have room from the beginning."""
    known = known_of(list(range(stored)))
    for count in range(1, 2 * max(stored, 50_000)):
        known.add(stored + count)
        if known.is_worn:
            known = known_of(list(range(stored + count)))
        assert known.size <= max(12 * (stored + count), 10_700 * 8)


def test_few_strangers_cost_a_look_up() -> None:
    """One of a hundred that are new; where many came since, one of twenty at most."""
    known = known_of(STORED)
    assert 0 < sum(known.which(STRANGERS)) < len(STRANGERS) / 100
    for value in NEW:
        if known.is_worn:
            break
        known.add(value)
    assert 0 < sum(known.which(STRANGERS)) < len(STRANGERS) / 20


def test_one_filter_takes_the_place_of_many() -> None:
    """It has what the store had, what was not there yet, and what came while the store was read."""
    known = known_of(STORED[:10_000])
    came = iter(NEW)
    while not known.is_worn:
        known.add(next(came))
    known.remember([NEW[0]])
    known.add(NEW[19_999])
    renewed = known.replaced_by(known_of(STORED[:10_000]))
    assert all(renewed.which([*STORED[:10_000], NEW[0], NEW[19_999]]))
    assert not renewed.is_worn


def test_where_nothing_is_stored_nothing_is_known() -> None:
    """The first event of a chatbot asks the store for nothing more."""
    assert known_of([]).which(STRANGERS[:3]) == [False, False, False]
