"""Links the chatbots of one company that have something to link, each for itself."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from botlens.commit.port import Commits
from botlens.errors import ConflictError, NotFoundError
from botlens.gaps.kept.admission import DeletedError, GapAdmissions
from botlens.gaps.kept.memberships import members_asked_by_nobody, read_members
from botlens.gaps.kept.summaries import read_summaries
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link.attaching import attach_new
from botlens.gaps.link.chatbot_link import ChatbotLink, forget_deleted
from botlens.gaps.link.due import night_between
from botlens.gaps.link.following import FixFollower
from botlens.gaps.link.look import homes_now
from botlens.gaps.link.work import LinkCounts, LinkOutcome, LinkWork
from botlens.gaps.process.link_process import LinkProcess
from botlens.gaps.questions.asked import extent_of, has_unanswered
from botlens.jobs.job import Progress, SeparateParts
from botlens.metrics.calendar import zone_named
from botlens.moments import instant
from botlens.store.connection import ClickHouse
from botlens.store.reading import CompanyReader
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company

_OVERTAKEN: Final = 3
_DELETED_FROM: Final = 3
_A_DAY: Final = timedelta(days=1)


class CompanyLink:
    """Links a company's chatbots.

    Args:
        accounts: know chatbots.
        store: has the tables of gaps.
        commits: give the facts.
        cycle: knows which link counts, and what people did to gaps.
        admissions: to write of chatbots, until they are erased.
        process: embeds and links.
        progress: of the job.
        linking: each chatbot is linked within this; when it ends, other gaps may count.
    """

    def __init__(
        self,
        accounts: Accounts,
        store: ClickHouse,
        commits: Commits,
        cycle: GapLifeCycle,
        admissions: GapAdmissions,
        process: LinkProcess,
        progress: Progress,
        linking: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self._accounts = accounts
        self._store = store
        self._commits = commits
        self._cycle = cycle
        self._admissions = admissions
        self._process = process
        self._progress = progress
        self._linking = linking

    def link(
        self, company: Company, now: datetime, *, whole: bool, edited: bool, first: bool
    ) -> list[LinkCounts]:
        """Link the chatbots that have something to link, or had.

        Args:
            company: whose.
            now: of the link.
            whole: all of each, whatever is new.
            edited: whether somebody changed a gap: then all of them are looked at.
            first: whether an earlier process may have ended in the middle of such a change.

        Raises:
            StoppedError: the job must end.
            Exception: what the first of those that failed has failed by, once all were tried.
        """
        chatbots = [each.id for each in self._accounts.chatbots(company.id)]
        asking = self._commits.snapshots.read(company.id, lambda reader: has_unanswered(reader, chatbots))
        linked = self._cycle.standing(company.id).links
        found, parts = [], SeparateParts()
        for chatbot_id in chatbots:
            if chatbot_id not in asking and chatbot_id not in linked:
                continue
            with (
                parts.part(company_id=company.id, chatbot_id=chatbot_id),
                suppress(NotFoundError),  # deleted meanwhile
            ):
                due, changed = self._standing_of(company, chatbot_id, now)
                changed = changed or edited or (first and self._is_half_done(company.id, chatbot_id))
                if whole or due or changed:
                    with self._linking(company.id):
                        found.append(self._link_chatbot(company, chatbot_id, now, whole=whole or due))
        parts.end()
        return found

    def _link_chatbot(
        self,
        company: Company,
        chatbot_id: str,
        now: datetime,
        *,
        whole: bool,
    ) -> LinkCounts:
        """Link the questions of a chatbot, and look what became of what was fixed.

        A fix is measured in the space that it was made in, so that is kept before there is another one. Words
        that were deleted while they were linked may stand in titles by now: they do not wait for the next
        look, which rests for many times as long as this one took. Whose they were is known by what stands
        under the link, so that look has them removed, and not the link.
        """
        store = self._store.admitted(self._admissions.of(company.id, chatbot_id))
        if self._accounts.chatbot(company.id, chatbot_id) is None:
            raise DeletedError("The chatbot was deleted.")
        rooms = (store, self._commits, self._cycle, self._process, self._progress, now)
        fixes = FixFollower(*rooms)
        fixes.freeze(company.id, chatbot_id)
        work = LinkWork(*rooms, company.id, chatbot_id)
        if whole:
            self._process.begin()  # it loads its model while the questions are read
        try:
            for _ in range(_DELETED_FROM):
                attached = None if whole else attach_new(work)
                outcome = attached or self._linked(ChatbotLink(work))
                if attached is None:
                    forget_deleted(work, outcome.questions)
                zone, since = self._zone(company, chatbot_id), _kept_since(company, now, outcome)
                fixes.follow(company.id, chatbot_id, zone, outcome.unanswered, since)
                if not _has_deleted(work, outcome):
                    break
                whole = False
        finally:
            self._process.forget()
        return outcome.counts

    def _standing_of(self, company: Company, chatbot_id: str, now: datetime) -> tuple[bool, bool]:
        """Whether the night's link of a chatbot is due, or its first; and whether something came since."""
        link = self._cycle.standing(company.id).link(chatbot_id).number
        if not link:
            return True, True
        (_, chatbots), (version, _) = self._commits.snapshots.read(
            company.id,
            lambda reader: (read_summaries(reader, {chatbot_id: link}), extent_of(reader, chatbot_id)),
        )
        found = chatbots.get(chatbot_id)
        if found is None:
            return True, True
        linked_at = instant(found.linked_at)
        was_ahead = linked_at > now + _A_DAY  # the clock was, and is set right by now
        return was_ahead or night_between(company, linked_at, now), version != found.seen

    def _is_half_done(self, company_id: str, chatbot_id: str) -> bool:
        """Whether a merge or a split is in the accounts alone, as it is until its questions are moved."""
        standing = self._cycle.standing(company_id)
        members = self._commits.snapshots.read(
            company_id, lambda reader: read_members(reader, {chatbot_id: standing.link(chatbot_id).number})
        )
        return homes_now(standing, chatbot_id, members) != members

    @staticmethod
    def _linked(link: ChatbotLink) -> LinkOutcome:
        """Link a chatbot; again, if somebody changes a gap of it meanwhile."""
        for _ in range(_OVERTAKEN):
            with suppress(ConflictError):
                return link.link()
        return link.link()

    def _zone(self, company: Company, chatbot_id: str) -> ZoneInfo:
        chatbot = self._accounts.chatbot(company.id, chatbot_id)
        return zone_named((chatbot.timezone if chatbot else None) or company.timezone)


def _has_deleted(work: LinkWork, outcome: LinkOutcome) -> bool:
    """Whether nobody asks some of the questions any more that were linked."""

    def ask(reader: CompanyReader) -> bool:
        version, _ = extent_of(reader, work.chatbot_id)
        if version == outcome.seen:
            return False
        gone = members_asked_by_nobody(reader, work.chatbot_id, outcome.counts.link)
        return not gone.isdisjoint(outcome.questions)

    return work.read(ask)


def _kept_since(company: Company, now: datetime, outcome: LinkOutcome) -> datetime:
    """What is older the company has not kept, or may not; what it never had, it has kept."""
    since, days = instant(outcome.gone_until), company.retention_days
    return since if days is None else max(since, now - timedelta(days=days))
