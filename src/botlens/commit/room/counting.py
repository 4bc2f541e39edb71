"""What a commit changes: the conversations, what is pending for the store, and the live numbers."""

from collections.abc import Iterable, Sequence

import structlog

from botlens.commit.room.backlog import Backlog
from botlens.commit.room.batches import RecordsByConversation
from botlens.commit.room.entry import StateKey
from botlens.commit.room.stale import StaleFacts
from botlens.commit.room.states import ConversationStates
from botlens.commit.thresholds import Thresholds
from botlens.events.record import DELETION, TAKEN_BACK_BY, Record
from botlens.live.registry import LiveNumbers
from botlens.metrics.conversation import ConversationState
from botlens.metrics.differences import Change

log = structlog.get_logger(__name__)

_CHANGES_AT_ONCE = 200  # readers of live numbers wait while so many are counted


class CommitCounter:
    """Counts what is durable. For those who hold the lock of the ledger.

    Args:
        states: the conversations.
        backlog: takes their facts.
        live: the numbers that follow.
        stale: takes chatbots of which something could not be counted.
    """

    def __init__(
        self, states: ConversationStates, backlog: Backlog, live: LiveNumbers, stale: StaleFacts
    ) -> None:
        self._states = states
        self._backlog = backlog
        self._live = live
        self._stale = stale
        self.recounting: set[tuple[str, str]] = set()
        """Chatbots (company id, chatbot id) whose facts are being made anew."""

    def count(
        self,
        company_id: str,
        conversations: RecordsByConversation,
        thresholds: Thresholds,
        version: int,
        *,
        again: bool,
    ) -> None:
        """Change conversations by their new records, and the live numbers by the conversations.

        Args:
            company_id: whose.
            conversations: of prepared states.
            thresholds: of its chatbots.
            version: of the facts.
            again: whether the records may be in the states already. Then the state may have come from raw
                events that hold them, while the stored facts do not: so these facts are written even where
                they seem to be those of before.
        """
        changes: dict[str, list[Change]] = {}
        try:
            for (chatbot_id, conversation_id), records in conversations.items():
                key = (company_id, chatbot_id, conversation_id)
                rewrites = again or (bool(self.recounting) and (company_id, chatbot_id) in self.recounting)
                try:
                    change = self._take_in(
                        key, records, thresholds.of(chatbot_id), version, rewrites=rewrites
                    )
                except Exception:
                    # It is durable, so it stays: what is counted of the chatbot is made anew instead.
                    self._stale.add([(company_id, chatbot_id)])
                    self._erase(key, records, version)
                    log.exception("counting_failed")
                    continue
                if change is not None:
                    changes.setdefault(chatbot_id, []).append(change)
        finally:
            for chatbot_id, each in changes.items():
                self._follow((company_id, chatbot_id), each)

    def _take_in(
        self, key: StateKey, records: Iterable[Record], threshold: float, version: int, *, rewrites: bool
    ) -> Change | None:
        """Change a conversation by its new records; returns how its facts changed, if they did."""
        entry = self._states.entry(key)
        before = entry.facts
        change = self._states.take(key, records, threshold)
        facts = entry.facts
        taken_back = entry.state.taken_back_among(records)
        if facts is None or (change is None and not rewrites and not taken_back):
            return None
        pending = self._backlog.of(key[0])
        pending.put(key, version, facts if entry.long is None else entry.long.unwritten())
        pending.moved.pop((key, facts.day), None)  # it has come back, perhaps
        if entry.state.deleted:
            pending.erased.add(key)
        elif taken_back:  # these facts are written in any case: all that were before are erased
            pending.take_back_in(key, version, taken_back)
        if before is not None and before.day != facts.day:
            pending.moved[key, before.day] = version
        return change

    def _erase(self, key: StateKey, records: Iterable[Record], version: int) -> None:
        """Have what records delete be erased though they could not be counted: no replay may do it."""
        deleted = ConversationState()
        for record in records:
            if record.kind == DELETION or record.kind in TAKEN_BACK_BY:
                deleted.apply(record)
        pending = self._backlog.of(key[0])
        if deleted.deleted:
            pending.erased.add(key)
        elif deleted.taken_back:
            pending.take_back_in(key, version, deleted.taken_back_among(records))

    def _follow(self, key: tuple[str, str], changes: Sequence[Change]) -> None:
        """Have the live numbers of a chatbot follow. It is counted already: they may fail, the commit not."""
        try:
            for at in range(0, len(changes), _CHANGES_AT_ONCE):
                self._live.replace(key, changes[at : at + _CHANGES_AT_ONCE])
        except Exception:
            self._stale.add([key])
            self._live.invalidate([key])
            log.exception("live_numbers_failed")
