"""botlens in one object: accounts, events and numbers, put together.

The two entry points (`api` and `cli`) open one and ask it; it owns the threads and closes them.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from botlens.answers.conversations.pages import Conversations, Export
from botlens.answers.numbers import NumbersReader, check_zone
from botlens.answers.queries import Queries
from botlens.backup.making import Backups
from botlens.clock import utc_now
from botlens.commit.local.commits import LocalCommits
from botlens.commit.port import Commits
from botlens.commit.submission import Refused
from botlens.commit.thresholds import Thresholds
from botlens.errors import NotFoundError
from botlens.events.record import Record
from botlens.jobs.leases import Leases, holder_of
from botlens.jobs.pulse import Pulse
from botlens.jobs.runner import Runner
from botlens.live import seed
from botlens.live.numbers import ChatbotNumbers
from botlens.live.registry import LiveNumbers
from botlens.metrics.calendar import zone_named
from botlens.monitoring.hanging import GiveUp, HangingCalls
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.query.shapes import QueryAnswer
from botlens.query.window import Window
from botlens.store.connection import CALL_SECONDS, ClickHouse
from botlens.store.parts import Parts
from botlens.store.upgrades import check_layout, open_tables
from botlens.store.writer import WriterClaim
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Chatbot, Company
from botlens.upkeep.erasure import ERASURE, erasure_job
from botlens.upkeep.retention import retention_job

_DIFFERENCES = 100
_PING_SECONDS = 5.0

UPGRADE_PATIENCE_SECONDS = 3.0
"""So long a start waits for facts to be derived anew until older ones serve: small stores are done then."""


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
        call_seconds: see `ClickHouse`.
        give_up: called once, from any thread, when so many calls to the store hang that only a new process
            helps; without it that is only said by `health`.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        clickhouse_url: str,
        journal_folder: Path,
        memory_mib: int = 2_048,
        call_seconds: float = CALL_SECONDS,
        give_up: GiveUp = lambda: None,
    ) -> None:
        self.accounts = accounts
        self.telemetry = Telemetry()
        self.health = Health()
        self.store = ClickHouse(
            clickhouse_url,
            memory_mib=memory_mib,
            call_seconds=call_seconds,
            watch=HangingCalls(self.telemetry, self.health, give_up),
        )
        self.writer = self._claimed() if self.store.is_shared else None
        open_tables(self.store)
        self.live = LiveNumbers()
        self.commits: Commits = LocalCommits(
            self.store,
            journal_folder,
            self.live,
            self._thresholds,
            self.telemetry,
            self.health,
            refusal=(lambda: None) if self.writer is None else self.writer.problem,
        )
        self._numbers = NumbersReader(self.commits.snapshots, self.live)
        self.queries = Queries(accounts, self.commits.snapshots)
        self._conversations = Conversations(accounts, self.commits, self.queries)
        self.backups = Backups(accounts, self.store, self.commits)
        self._pulse = Pulse(
            {
                "accounts": accounts.ping,
                "events": Parts(self.store.reserved, seconds=_PING_SECONDS).mend,
            },
            self.telemetry,
            self.health,
        )
        if not self.store.is_shared:
            self.backups.discard()
        self.jobs = Runner(
            (erasure_job(accounts, self.commits), retention_job(accounts, self.commits)),
            Leases(accounts.database),
            self.telemetry,
            self.health,
            holder=holder_of(journal_folder),
        )
        self.commits.start()
        self.commits.derive_all(UPGRADE_PATIENCE_SECONDS)
        self._pulse.start()
        self.jobs.start()

    def close(self) -> None:
        """Write what is pending, then close everything."""
        self.jobs.stop()
        self._pulse.stop()
        self.commits.stop()
        if self.writer is not None:
            self.writer.release()
        self.store.close()
        self.accounts.close()

    def _claimed(self) -> WriterClaim:
        """The mark of being the one process that writes to a store that others can reach as well.

        Raises:
            AnotherWriterError: another process writes to it.
        """
        claim = WriterClaim(self.store.reserved, self.telemetry, self.health)
        try:
            check_layout(self.store)  # before anything is written; and again once nobody else writes
            claim.take()
        except BaseException:
            self.store.close()
            raise
        return claim

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Chatbots and events

    def thresholds(self, company_id: str) -> Thresholds:
        """The confidence thresholds of a company's chatbots: also the list of those it has."""
        return self.commits.thresholds(company_id)

    def _thresholds(self, company_id: str) -> Mapping[str, float]:
        chatbots = self.accounts.chatbots(company_id)
        return {chatbot.id: chatbot.confidence_threshold for chatbot in chatbots}

    def put_chatbot(self, company_id: str, chatbot_id: str, **changes: Any) -> tuple[Chatbot, bool]:
        """Create or update a chatbot (see `Accounts.put_chatbot`); a new threshold recounts its answers.

        Raises:
            BotlensError: its answers could not be recounted now, or what `Accounts.put_chatbot` raises. Where
                the threshold is the new one by then, they are recounted as soon as possible.
        """
        if not self.recounts(company_id, chatbot_id, changes):
            return self.accounts.put_chatbot(company_id, chatbot_id, **changes)
        return self.commits.recounted(
            company_id, chatbot_id, lambda: self.accounts.put_chatbot(company_id, chatbot_id, **changes)
        )

    def recounts(self, company_id: str, chatbot_id: str, changes: Mapping[str, Any]) -> bool:
        """Whether such changes of a chatbot recount its answers, which may take long."""
        before = self.accounts.chatbot(company_id, chatbot_id)
        threshold = changes.get("confidence_threshold")
        return before is not None and threshold not in (None, before.confidence_threshold)

    def delete_chatbot(self, company_id: str, chatbot_id: str) -> None:
        """Delete a chatbot with all that was said to it: unknown from now on, erased by a job.

        Raises:
            NotFoundError: see `Accounts.delete_chatbot`.
        """
        self.accounts.delete_chatbot(company_id, chatbot_id)
        self.jobs.trigger(ERASURE)

    def delete_company(self, company_id: str, *, wait: float = 0) -> bool:
        """Delete a company with all that it has: unknown from now on, erased by a job.

        Args:
            company_id: which.
            wait: seconds to wait for the end of the job.

        Returns:
            Whether all of it is erased by now.

        Raises:
            NotFoundError: see `Accounts.delete_company`.
        """
        self.accounts.delete_company(company_id)
        return self.jobs.finish(ERASURE, wait)

    def submit(
        self, company_id: str, records: Sequence[Record], thresholds: Thresholds | None = None
    ) -> "Future[Refused]":
        """Take records in; the future is done when they are durable and counted. See `Commits.submit`."""
        return self.commits.submit(company_id, records, thresholds)

    # The seed contract. With `wait=False` its methods answer from memory, or raise `WouldWaitError`.

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
            check_zone(numbers, company_zone, ask.now)
            return seed.conversations_this_month(numbers, ask.now, company_zone)

        def make(numbers: list[ChatbotNumbers]) -> dict[str, Any]:
            check_zone(numbers, zone, ask.now)
            for record, each in zip(records, numbers, strict=True):
                check_zone([each], record.zone, ask.now)
            return seed.overview_object(
                list(zip(records, numbers, strict=True)),
                now=ask.now,
                zone=zone,
                plan=plan.name,
                limit=plan.conversations_per_month,
                used=used(numbers) if used_now is None else used_now,
            )

        # What was used of the plan heeds no window; without one, it is of the same moment as the rest.
        used_now = (
            None if window.is_open() else self._numbers.read(company.id, ids, Window(), used, wait=wait)
        )
        return self._numbers.read(company.id, ids, window, make, wait=wait)

    def chatbot(self, company: Company, chatbot_id: str, ask: Ask, *, wait: bool = True) -> dict[str, Any]:
        """The chatbot object of one chatbot.

        Raises:
            NotFoundError: the company has no such chatbot.
        """
        record = self._record(self._owned(company, chatbot_id), company, ask)
        window = Window.parse(ask.start, ask.end, record.zone)

        def make(numbers: list[ChatbotNumbers]) -> dict[str, Any]:
            check_zone(numbers, record.zone, ask.now)
            return seed.chatbot_object(record, numbers[0], ask.now, seed.DETAIL_TOP)

        return self._numbers.read(company.id, [chatbot_id], window, make, wait=wait)

    def gaps(self, company: Company, chatbot_id: str, ask: Ask, *, wait: bool = True) -> list[dict[str, Any]]:
        """The most frequent unanswered questions of one chatbot.

        Raises:
            NotFoundError: the company has no such chatbot.
        """
        record = self._record(self._owned(company, chatbot_id), company, ask)
        window = Window.parse(ask.start, ask.end, record.zone)
        return self._numbers.read(
            company.id, [chatbot_id], window, lambda numbers: seed.gaps(numbers[0]), wait=wait
        )

    def query(self, company: Company, request: Mapping[str, Any], *, now: datetime) -> QueryAnswer:
        """The answer to a question of the query language, see `Queries.query`."""
        return self.queries.query(company, request, now=now)

    # The conversations behind a figure

    def conversations(self, company: Company, request: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
        """A page of the conversations that a request is about, see `Conversations.page`."""
        return self._conversations.page(company, request, now=now)

    def transcript(
        self, company: Company, conversation_id: str, chatbot_id: str | None = None
    ) -> dict[str, Any]:
        """One conversation with all that was said, see `Conversations.transcript`."""
        return self._conversations.transcript(company, conversation_id, chatbot_id)

    def delete_conversation(
        self, company: Company, conversation_id: str, chatbot_id: str | None, *, now: datetime
    ) -> None:
        """Delete one conversation, for good, see `Conversations.delete`."""
        self._conversations.delete(company, conversation_id, chatbot_id, now=now)

    def export(self, company: Company, request: Mapping[str, Any], *, now: datetime) -> Export:
        """Conversations or their messages as a file, see `Conversations.export`."""
        return self._conversations.export(company, request, now=now)

    # Upkeep

    def verify(self, company_id: str) -> dict[str, Any]:
        """Derive every conversation of a company anew from its raw events; compare facts and live numbers.

        Returns:
            `{"equal": bool, "conversations": int, "differences": [str, ...]}`; at most 100 differences.
        """
        self.commits.wait_for_facts()  # there is nothing to compare facts of another definition with
        found: list[str] = []
        conversations = 0
        for chatbot in self.accounts.chatbots(company_id):
            for difference in self.commits.compare(company_id, chatbot.id):
                conversations += 1
                if difference:
                    found.append(difference)
            found += self._live_differences(company_id, chatbot.id)
        return {"equal": not found, "conversations": conversations, "differences": found[:_DIFFERENCES]}

    def _live_differences(self, company_id: str, chatbot_id: str) -> list[str]:
        """What the live numbers of a chatbot, if it has any, say otherwise than its facts."""
        record = seed.ChatbotRecord(chatbot_id, None, True, ZoneInfo("UTC"))
        now = utc_now()
        both = self._numbers.live_and_stored(
            company_id,
            chatbot_id,
            lambda numbers: seed.chatbot_object(record, numbers[0], now, seed.DETAIL_TOP),
        )
        if both is None:
            return []
        live, stored = both
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
