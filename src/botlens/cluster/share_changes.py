"""Which slots a node got and let go, and why: a line in its log for each change, not for each slot."""

import time
from collections import Counter
from threading import Lock
from typing import Final

import structlog

from botlens.cluster.slots import SlotState

log = structlog.get_logger(__name__)

SHARES: Final = "to share with other nodes"
NOT_REACHED: Final = "other nodes reach the shard, and this one does not"
OTHER_DEFINITION: Final = "nodes of another definition of facts take them"
ASKED_TO_LEAVE: Final = "asked to leave"

_QUIET_SECONDS = 1.0
_LONGEST_SECONDS = 10.0
"""Of a change that takes long, as an upgrade does, there is a line so often."""


class ShareChanges:
    """Gathers changes, and says them once there are no more for a moment. For any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: Counter[str] = Counter()
        self._let_go: Counter[str] = Counter()
        self._first = self._last = 0.0
        self._has_joined = False

    def took(self, states: list[SlotState], instance: str) -> None:
        """Slots were taken that had been seen like this, by the node of this instance."""
        with self._lock:
            self._taken.update(self._why(each, instance) for each in states)
            self._note(len(states))

    def let_go(self, slots: int, why: str) -> None:
        """So many slots were let go."""
        with self._lock:
            self._let_go[why] += slots
            self._note(slots)

    def say(self, holds: int, *, at_once: bool = False) -> None:
        """Say what was gathered, unless more may come.

        Args:
            holds: how many slots the node has by now.
            at_once: whether to wait for no more.
        """
        with self._lock:
            now = time.monotonic()
            if now - self._last < _QUIET_SECONDS and now - self._first < _LONGEST_SECONDS and not at_once:
                return
            taken, self._taken = self._taken, Counter()
            let_go, self._let_go = self._let_go, Counter()
            self._has_joined = self._has_joined or bool(taken)
        for why, slots in taken.items():
            log.info("slots_taken", slots=slots, why=why, holds=holds)
        for why, slots in let_go.items():
            if slots:
                log.info("slots_let_go", slots=slots, why=why, holds=holds)

    def _note(self, slots: int) -> None:
        if slots:
            self._last = time.monotonic()
            if sum(self._taken.values()) + sum(self._let_go.values()) == slots:
                self._first = self._last

    def _why(self, state: SlotState, instance: str) -> str:
        if not self._has_joined:
            return "joined"
        if state.owner == instance:
            return "opened again"
        return f"node gone: {state.node}" if state.owner else "let go by another node"
