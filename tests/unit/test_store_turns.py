"""Turns by store: what one store does takes no turn from another; who must wait for a move waits before."""

import asyncio
import threading

import pytest

from botlens.api.store_turns import StoreTurns
from botlens.api.turns import LONGEST_LINE, Turns
from botlens.errors import TooManyRequestsError

_STORES = {"a": 0, "b": 1, "c": 1}


async def of_two_stores() -> None:
    ends = threading.Event()
    turns = StoreTurns([Turns(1), Turns(1)], _STORES.__getitem__, lambda _: False)
    hangs = asyncio.ensure_future(turns.run("b", lambda: ends.wait(60)))
    waits = asyncio.ensure_future(turns.run("c", lambda: "c"))
    assert await turns.run("a", lambda: "a") == "a"  # all turns of the other store are taken
    assert (turns.running, turns.waiting) == (1, 1)
    ends.set()
    assert await hangs
    assert await waits == "c"


async def of_a_slot_that_moves() -> None:
    held = {"b"}
    turns = StoreTurns([Turns(1), Turns(1)], _STORES.__getitem__, held.__contains__)
    waits = asyncio.ensure_future(turns.run("b", lambda: "b"))
    assert await turns.run("c", lambda: "c") == "c"
    assert (waits.done(), turns.running, turns.waiting) == (False, 0, 1)
    held.clear()
    assert await waits == "b"


async def of_many_who_wait_for_a_move() -> None:
    held = {"b"}
    turns = StoreTurns([Turns(1), Turns(1)], _STORES.__getitem__, held.__contains__)
    waits = [asyncio.ensure_future(turns.run("b", lambda: "b")) for _ in range(LONGEST_LINE)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequestsError, match="Ask again") as refused:
        await turns.run("b", lambda: "b")
    assert refused.value.code == "too_many_questions"
    patient = asyncio.ensure_future(turns.run("b", lambda: "b", patient=True))
    await asyncio.sleep(0)
    assert turns.waiting == LONGEST_LINE + 1
    held.clear()
    assert await asyncio.gather(*waits, patient) == ["b"] * (LONGEST_LINE + 1)
    assert turns.waiting == 0


def test_a_store_that_hangs_takes_no_turn_from_another() -> None:
    """Its own companies wait; those of the other are answered."""
    asyncio.run(of_two_stores())


def test_who_waits_for_a_slot_that_moves_has_no_turn_yet() -> None:
    """Others of the same store have it meanwhile."""
    asyncio.run(of_a_slot_that_moves())


def test_no_more_wait_for_a_slot_that_moves_than_for_a_turn() -> None:
    """The loop looks for each of them, and would have time for nobody else."""
    asyncio.run(of_many_who_wait_for_a_move())
