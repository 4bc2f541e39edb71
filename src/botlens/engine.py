"""botlens in one object: accounts, events and numbers, put together.

The two entry points (`api` and `cli`) open one and ask it; it owns the threads and closes them.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from botlens.errors import NotFoundError
from botlens.events.record import Record
from botlens.ingest.committer import Committer
from botlens.ingest.journal import Journal
from botlens.live.numbers import LiveNumbers
from botlens.metrics import seed
from botlens.metrics.calendar import is_aligned, stretches, zone_named
from botlens.metrics.numbers import ChatbotNumbers
from botlens.metrics.timeline import QUARTER
from botlens.query.window import Window
from botlens.store.connection import ClickHouse
from botlens.store.numbers import load_numbers
from botlens.store.raw_events import chatbots_with_events
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Chatbot, Company

T = TypeVar("T")

_ATTEMPTS = 3
_DIFFERENCES = 100


class WouldWaitError(Exception):
    """The answer is not in memory, and the caller said that it cannot wait."""


class _NeedsSecondsError(Exception):
    """A zone whose days do not begin on a quarter hour of UTC: its numbers must be counted by the second."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the seed routes take besides the chatbot: `now`, and what the request says of time."""

    now: datetime
    start: str | None = None
    end: str | None = None
    timezone: str | None = None


class Engine:
    """Opens the stores, takes events in and answers with numbers.

    Args:
        accounts: companies, chatbots, plans, keys; closed with the engine.
        clickhouse_url: see `ClickHouse`.
        journal_folder: where commits are made durable.
        memory_mib: the most that the embedded store may use.
    """

    def __init__(
        self, accounts: Accounts, *, clickhouse_url: str, journal_folder: Path, memory_mib: int = 2_048
    ) -> None:
        self.accounts = accounts
        self.store = ClickHouse(clickhouse_url, memory_mib=memory_mib)
        self.store.create_tables()
        self.live = LiveNumbers()
        self.committer = Committer(self.store, Journal(journal_folder), self.live, self.thresholds)
        self.committer.start()

    def close(self) -> None:
        """Write what is pending, then close everything."""
        self.committer.stop()
        self.store.close()
        self.accounts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Chatbots and events

    def thresholds(self, company_id: str) -> Mapping[str, float]:
        """The confidence thresholds of a company's chatbots, by chatbot id: also the list of those it has."""
        chatbots = self.accounts.chatbots(company_id)
        return {chatbot.id: chatbot.confidence_threshold for chatbot in chatbots}

    def put_chatbot(self, company_id: str, chatbot_id: str, **changes: Any) -> tuple[Chatbot, bool]:
        """Create or update a chatbot (see `Accounts.put_chatbot`); a new threshold recounts its answers."""
        before = self.accounts.chatbot(company_id, chatbot_id)
        chatbot, created = self.accounts.put_chatbot(company_id, chatbot_id, **changes)
        if before is not None and before.confidence_threshold != chatbot.confidence_threshold:
            self.committer.rebuild(company_id, chatbot_id)
        return chatbot, created

    def submit(self, company_id: str, records: Sequence[Record]) -> "Future[None]":
        """Take records in; the future is done when they are durable and counted. See `Committer.submit`."""
        return self.committer.submit(company_id, records)

    # The seed contract

    # With `wait=False` they answer from memory, or raise `WouldWaitError`: for callers that must not block.

    def overview(self, company: Company, ask: Ask, *, wait: bool = True) -> dict[str, Any]:
        """The overview object of a company."""
        zone = zone_named(ask.timezone or company.timezone)
        window = Window.parse(ask.start, ask.end, zone)
        plan = self.accounts.plan_of(company)
        chatbots = self.accounts.chatbots(company.id)
        records = [self._record(chatbot, company, ask) for chatbot in chatbots]
        ids = [chatbot.id for chatbot in chatbots]
        company_zone = zone_named(company.timezone)

        def used(numbers: list[ChatbotNumbers]) -> int:
            self._check_zone(numbers, company_zone, ask.now)
            return seed.conversations_this_month(numbers, ask.now, company_zone)

        used_now = self._read(company.id, ids, Window(), used, wait=wait)

        def make(numbers: list[ChatbotNumbers]) -> dict[str, Any]:
            self._check_zone(numbers, zone, ask.now)
            for record, each in zip(records, numbers, strict=True):
                self._check_zone([each], record.zone, ask.now)
            return seed.overview_object(
                list(zip(records, numbers, strict=True)),
                now=ask.now,
                zone=zone,
                plan=plan.name,
                limit=plan.conversations_per_month,
                used=used_now,
            )

        return self._read(company.id, ids, window, make, wait=wait)

    def chatbot(self, company: Company, chatbot_id: str, ask: Ask, *, wait: bool = True) -> dict[str, Any]:
        """The chatbot object of one chatbot.

        Raises:
            NotFoundError: the company has no such chatbot.
        """
        record = self._record(self._owned(company, chatbot_id), company, ask)
        window = Window.parse(ask.start, ask.end, record.zone)

        def make(numbers: list[ChatbotNumbers]) -> dict[str, Any]:
            self._check_zone(numbers, record.zone, ask.now)
            return seed.chatbot_object(record, numbers[0], ask.now, seed.DETAIL_TOP)

        return self._read(company.id, [chatbot_id], window, make, wait=wait)

    def gaps(self, company: Company, chatbot_id: str, ask: Ask, *, wait: bool = True) -> list[dict[str, Any]]:
        """The most frequent unanswered questions of one chatbot.

        Raises:
            NotFoundError: the company has no such chatbot.
        """
        record = self._record(self._owned(company, chatbot_id), company, ask)
        window = Window.parse(ask.start, ask.end, record.zone)
        return self._read(company.id, [chatbot_id], window, lambda numbers: seed.gaps(numbers[0]), wait=wait)

    # Upkeep

    def ping(self) -> None:
        """Pass if accounts and events answer.

        Raises:
            BotlensError: one of them does not.
        """
        self.accounts.ping()
        self.store.maintain("SELECT 1")

    def verify(self, company_id: str) -> dict[str, Any]:
        """Derive every conversation of a company anew from its raw events; compare facts and live numbers.

        Returns:
            `{"equal": bool, "conversations": int, "differences": [str, ...]}`; at most 100 differences.
        """
        found: list[str] = []
        conversations = 0
        for chatbot_id in chatbots_with_events(self.store, company_id):
            for difference in self.committer.compare(company_id, chatbot_id):
                conversations += 1
                if difference:
                    found.append(difference)
            found += self._live_differences(company_id, chatbot_id)
        return {"equal": not found, "conversations": conversations, "differences": found[:_DIFFERENCES]}

    def _live_differences(self, company_id: str, chatbot_id: str) -> list[str]:
        """Whether the live numbers of a chatbot, if it has any, are those that the facts give."""
        record = seed.ChatbotRecord(chatbot_id, None, True, ZoneInfo("UTC"))
        now = datetime.now(UTC)

        def make(numbers: list[ChatbotNumbers]) -> dict[str, Any]:
            return seed.chatbot_object(record, numbers[0], now, seed.DETAIL_TOP)

        with self.committer.frozen():
            try:
                live = self.live.read([(company_id, chatbot_id)], make)
            except seed.UnsureError:
                return []  # it knows that it must be loaded anew
            if live is None:
                return []
            stored = make([load_numbers(self.store, company_id, [chatbot_id])[chatbot_id]])
        return [
            f"{chatbot_id}: live {name} is {live[name]}, not {stored[name]}"
            for name in stored
            if live[name] != stored[name]
        ]

    def _owned(self, company: Company, chatbot_id: str) -> Chatbot:
        chatbot = self.accounts.chatbot(company.id, chatbot_id)
        if chatbot is None:
            raise NotFoundError("There is no such chatbot.", code="unknown_chatbot")
        return chatbot

    def _record(self, chatbot: Chatbot, company: Company, ask: Ask) -> seed.ChatbotRecord:
        zone = zone_named(ask.timezone or chatbot.timezone or company.timezone)
        return seed.ChatbotRecord(
            chatbot.id, chatbot.name, chatbot.is_published, zone, chatbot.average_rating
        )

    @staticmethod
    def _check_zone(numbers: list[ChatbotNumbers], zone: ZoneInfo, now: datetime) -> None:
        for each in numbers:
            if each.timeline.step == QUARTER:
                covered = seed.around(each.timeline, now)
                if not is_aligned(stretches(zone, *covered), QUARTER):
                    raise _NeedsSecondsError

    def _read(
        self,
        company_id: str,
        chatbot_ids: Sequence[str],
        window: Window,
        make: Callable[[list[ChatbotNumbers]], T],
        *,
        wait: bool,
    ) -> T:
        """What `make` makes of the numbers; they include all that was acknowledged before this call."""
        keys = [(company_id, chatbot_id) for chatbot_id in chatbot_ids]
        if not wait and (not window.is_open() or self.live.missing(keys)):
            raise WouldWaitError
        if not window.is_open():
            return self._read_stored(company_id, chatbot_ids, window, make)
        for _ in range(_ATTEMPTS):
            if wait:
                self._bring_to_life(company_id, keys)
            try:
                made = self.live.read(keys, make)
            except seed.UnsureError:
                self.live.forget(keys)
                made = None
            except _NeedsSecondsError:
                break
            if made is not None:
                return made
            if not wait:
                raise WouldWaitError
        if not wait:
            raise WouldWaitError
        return self._read_stored(company_id, chatbot_ids, window, make)

    def _bring_to_life(self, company_id: str, keys: Sequence[tuple[str, str]]) -> None:
        if not self.live.missing(keys):
            return
        with self.committer.flush_lock:
            missing = self.live.missing(keys)
            self.committer.flush(prepare=lambda: self.live.begin(missing))
            try:
                loaded = load_numbers(self.store, company_id, [chatbot_id for _, chatbot_id in missing])
            except BaseException:
                self.live.cancel(missing)
                raise
            self.live.finish({(company_id, chatbot_id): each for chatbot_id, each in loaded.items()})

    def _read_stored(
        self,
        company_id: str,
        chatbot_ids: Sequence[str],
        window: Window,
        make: Callable[[list[ChatbotNumbers]], T],
    ) -> T:
        with self.committer.flush_lock:
            self.committer.flush()
            loaded = load_numbers(self.store, company_id, chatbot_ids, window)
        try:
            return make([loaded[chatbot_id] for chatbot_id in chatbot_ids])
        except _NeedsSecondsError:
            with self.committer.flush_lock:
                loaded = load_numbers(self.store, company_id, chatbot_ids, window, by_second=True)
            return make([loaded[chatbot_id] for chatbot_id in chatbot_ids])
