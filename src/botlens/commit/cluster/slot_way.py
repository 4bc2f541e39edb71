"""How far a move of a slot is, and whether it goes on: asked at each step."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from botlens.cluster.holdings import SlotHolding
from botlens.cluster.slot_moves import SlotMove, SlotMoveTable
from botlens.commit.port import Wait
from botlens.errors import BotlensError
from botlens.store.carrying import NotTheSameError
from botlens.store.failures import TooSlowError
from botlens.store.held_rows import HolderKey

_NOTED_SECONDS: Final = 1.0
_LEAST_SECONDS: Final = 0.1


class NotWantedError(Exception):
    """The move was cancelled, or another node has the slot."""


class TooMuchError(NotTheSameError):
    """What is left takes longer than a slot may stand still for it."""

    def __init__(self) -> None:
        super().__init__("What is written of the slot just now is too much to be brought at once.")


@dataclass(slots=True)
class SlotWay:
    """A move under way: says how far it is, and ends it where it is not wanted any more.

    Attributes:
        until: what is done now must be done then, by the monotonic clock; None is no limit.
    """

    moves: SlotMoveTable
    holding: SlotHolding
    wait: Wait
    move: SlotMove
    until: float | None = None
    noted: float = 0.0

    def rest(self) -> float | None:
        """How many seconds are left."""
        return None if self.until is None else max(self.until - time.monotonic(), _LEAST_SECONDS)

    def heard(self, rows: int) -> None:
        """Go on, after so many rows.

        Raises:
            NotWantedError: see there.
            TooMuchError: no time is left.
        """
        self.move = replace(self.move, rows=self.move.rows + rows)
        self.wait(0)
        if not self.holding.lasts:
            raise NotWantedError
        if self.until is not None and time.monotonic() > self.until:
            raise TooMuchError
        if time.monotonic() - self.noted > _NOTED_SECONDS:
            self.note()

    def note(self) -> None:
        """Say how far it is, for people.

        Raises:
            NotWantedError: it was cancelled.
        """
        if not self.moves.note(self.move):
            raise NotWantedError
        self.noted = time.monotonic()


def check_none(different: Sequence[HolderKey]) -> None:
    """Pass if both hold the same: all rows by key and version, and those that are newer by all they say.

    Raises:
        NotTheSameError: they do not.
    """
    for key in different:
        raise NotTheSameError(
            f"Both shards do not hold the same rows of {key.table}, of chatbot {key.chatbot_id} of company "
            f"{key.company_id}. It is tried again."
        )


def said_of_a_move(error: BotlensError) -> str:
    """Why a move does not go on, for whoever looks after it: nobody has asked a question."""
    if isinstance(error, TooSlowError):
        return (
            "A shard takes too long, or has too little memory, to look through the rows of the slot. "
            "It is tried again."
        )
    return error.message
