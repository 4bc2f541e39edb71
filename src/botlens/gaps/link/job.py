"""The job that links: when somebody asks for it, when questions came, and each night."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from botlens.commit.port import Commits
from botlens.errors import BotlensError, ConflictError, NotFoundError, OverloadedError
from botlens.gaps.kept.admission import DeletedError, GapAdmissions
from botlens.gaps.kept.summaries import read_summaries
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link.attaching import attach_new
from botlens.gaps.link.chatbot_link import ChatbotLink
from botlens.gaps.link.following import FixFollower
from botlens.gaps.link.requests import LinkRequest, LinkRequests
from botlens.gaps.link.work import LinkOutcome, LinkWork
from botlens.gaps.process.link_options import LinkOptions
from botlens.gaps.process.link_process import LinkProcess
from botlens.gaps.process.replies import LinkingEndedError, NoModelError
from botlens.gaps.questions.asked import extent_of, has_unanswered
from botlens.jobs.job import Job, Once, Progress, SeparateParts, StoppedError
from botlens.metrics.calendar import start_of_day, zone_named
from botlens.moments import instant
from botlens.store.connection import ClickHouse
from botlens.tenants.accounts import Accounts
from botlens.tenants.plans import GAPS
from botlens.tenants.values import Company

log = structlog.get_logger(__name__)

GAPS_JOB: Final = "gaps"
_LOOK_SECONDS: Final = 1.0
_ROUND_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 30.0
"""So long the process that links stays for more, once it has nothing to do."""

_SHARE: Final = 20
"""So many times as long as a look took, the next one of the company waits: it takes a twentieth of a core."""

_FIRST_PAUSE: Final = 10.0
_LONGEST_PAUSE: Final = 300.0
_OVERTAKEN: Final = 3
_NIGHT: Final = timedelta(hours=3)
_A_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class _Looked:
    """The last look at a company: of which version, when (monotonic), how long it took, and its failures.

    `failures`: how many looks have failed in a row.
    """

    version: int
    at: float
    took: float
    linked_at: datetime
    failures: int = 0


class Linking:
    """Links gaps in the background, one company after the other.

    Args:
        accounts: know companies, chatbots and plans.
        store: has the tables of gaps.
        commits: give the facts.
        cycle: knows which link counts, and what people did to gaps.
        options: how.
        admissions: to write of chatbots, until they are erased.
        has: whether a company is this process's, now.
    """

    def __init__(
        self,
        accounts: Accounts,
        store: ClickHouse,
        commits: Commits,
        cycle: GapLifeCycle,
        options: LinkOptions,
        admissions: GapAdmissions,
        has: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._has = has
        self._accounts = accounts
        self._store = store
        self._commits = commits
        self._cycle = cycle
        self._options = options
        self._admissions = admissions
        self._requests = LinkRequests()
        self._looked: dict[str, _Looked] = {}
        self._stamps: Counter[str] = Counter()
        self._edited: set[str] = set()
        self._lock = Lock()
        self._doing: str | None = None

    def relink(self, company_id: str, now: datetime, seconds: float) -> LinkRequest:
        """Have all gaps of a company linked anew, from now on, and wait for that for some seconds.

        Raises:
            BotlensError: it could not be done; the old gaps stay.
        """
        request = self._requests.ask(company_id, now)
        try:
            self._requests.wait(request, seconds)
        except (StoppedError, InterruptedError):
            raise OverloadedError("The server is stopping; try again in a moment.", code="stopping") from None
        except BotlensError:
            raise
        except NoModelError as error:  # one that was there when it was looked for: no reason to do without
            message = f"Questions could not be embedded, and the gaps stay as they are: {error}"
            raise LinkingEndedError(message) from error
        except Exception as error:
            raise LinkingEndedError("Linking failed; the server's log says why. Ask again.") from error
        return request

    def stamp(self, company_id: str) -> int:
        """A number that is higher whenever gaps of a company may be others than before."""
        return self._stamps[company_id]

    def edited(self, company_id: str) -> None:
        """Somebody changed a gap of a company: it is looked at soon."""
        self._edited.add(company_id)
        self._changed(company_id)

    def _changed(self, company_id: str) -> None:
        with self._lock:
            self._stamps[company_id] += 1

    def job(self) -> Job:
        """The job, which ends only when it must."""
        return Job(
            GAPS_JOB,
            "Groups questions without an answer by meaning, and follows them.",
            self._run,
            timedelta(0),
            Once.PER_STORE,
            endless=True,
            said=lambda: self._doing,
        )

    def _run(self, now: datetime, progress: Progress) -> None:
        began = time.monotonic()
        looked = -_ROUND_SECONDS
        with LinkProcess(self._options, progress) as process:
            while True:
                request = self._requests.next(_LOOK_SECONDS)
                progress.pause(0)
                if request is not None:
                    self._answer(request, process, progress)
                since = time.monotonic() - began
                if self._options.by_itself and since - looked >= _ROUND_SECONDS:
                    looked = since
                    self._look_at_all(now + timedelta(seconds=since), process, progress)
                process.end_if_idle(_IDLE_SECONDS)
                progress.well()

    def _answer(self, request: LinkRequest, process: LinkProcess, progress: Progress) -> None:
        def work() -> tuple[int, int, int]:
            company = self._accounts.company(request.company_id)
            found = [] if company is None else self._link(company, request.now, process, progress, whole=True)
            return (
                max((each.link for each in found), default=0),
                sum(each.questions for each in found),
                sum(each.gaps for each in found),
            )

        try:
            self._requests.answer(request, progress, work)
        except StoppedError:
            raise
        except Exception:  # whoever asked hears of it; others have their turn
            log.exception("link_failed", company_id=request.company_id)

    def _look_at_all(self, now: datetime, process: LinkProcess, progress: Progress) -> None:
        for company in self._accounts.companies():
            if not self._has(company.id) or not self._is_linked(company) or not self._is_due(company, now):
                continue
            version, began = self._commits.version(company.id), time.monotonic()
            failures = 0
            try:
                self._link(company, now, process, progress, whole=False)
            except StoppedError:
                raise
            except Exception:  # tried again in a while, whether something comes or not; the old gaps stay
                log.exception("link_failed", company_id=company.id)
                last = self._looked.get(company.id)
                failures = 1 if last is None else last.failures + 1
            ended = time.monotonic()
            self._looked[company.id] = _Looked(version, ended, ended - began, now, failures)

    def _is_linked(self, company: Company) -> bool:
        """Whether a company's are: also where its plan has none any more, so that deleted words leave."""
        return self._accounts.plan_of(company).includes(GAPS) or bool(self._cycle.links(company.id))

    def _is_due(self, company: Company, now: datetime) -> bool:
        last = self._looked.get(company.id)
        if last is None:
            return True
        waited = time.monotonic() - last.at
        if waited < _SHARE * last.took:
            return False
        if last.failures:
            return bool(waited >= min(_FIRST_PAUSE * 2 ** min(last.failures - 1, 20), _LONGEST_PAUSE))
        return (
            company.id in self._edited
            or self._commits.version(company.id) != last.version
            or _night_between(company, last.linked_at, now)
        )

    def _link(
        self, company: Company, now: datetime, process: LinkProcess, progress: Progress, *, whole: bool
    ) -> list[LinkOutcome]:
        """Link the chatbots that have something to link, or had: `whole`, whatever is new."""
        chatbots = [each.id for each in self._accounts.chatbots(company.id)]
        asking = self._commits.snapshots.read(company.id, lambda reader: has_unanswered(reader, chatbots))
        linked = self._cycle.standing(company.id).links
        edited = company.id in self._edited
        self._edited.discard(company.id)
        found, parts = [], SeparateParts()
        for chatbot_id in chatbots:
            if chatbot_id not in asking and chatbot_id not in linked:
                continue
            with (
                parts.part(company_id=company.id, chatbot_id=chatbot_id),
                suppress(NotFoundError),
            ):  # deleted meanwhile
                due, changed = self._standing_of(company, chatbot_id, now)
                if not (whole or due or changed or edited):
                    continue
                try:
                    with self._said("Links the questions of a chatbot."):
                        found.append(
                            self._link_chatbot(
                                company, chatbot_id, process, progress, now, whole=whole or due
                            )
                        )
                finally:  # whatever failed, others of its gaps may count by now
                    self._changed(company.id)
        try:
            parts.end()
        except Exception:  # what failed is looked at again, although nothing is new
            self._edited.add(company.id)
            raise
        return found

    def _link_chatbot(
        self,
        company: Company,
        chatbot_id: str,
        process: LinkProcess,
        progress: Progress,
        now: datetime,
        *,
        whole: bool,
    ) -> LinkOutcome:
        """Link the questions of a chatbot, and look what became of what was fixed.

        A fix is measured in the space that it was made in, so that is kept before there is another one.
        """
        store = self._store.admitted(self._admissions.of(company.id, chatbot_id))
        if self._accounts.chatbot(company.id, chatbot_id) is None:
            raise DeletedError("The chatbot was deleted.")
        rooms = (store, self._commits, self._cycle, process, progress, now)
        fixes = FixFollower(*rooms)
        fixes.freeze(company.id, chatbot_id)
        work = LinkWork(*rooms, company.id, chatbot_id)
        try:
            outcome = (None if whole else attach_new(work)) or self._linked(ChatbotLink(work))
            fixes.follow(company.id, chatbot_id, self._zone(company, chatbot_id), outcome.unanswered)
        finally:
            process.forget()
        return outcome

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
        return was_ahead or _night_between(company, linked_at, now), version != found.seen

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

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        self._doing = what
        try:
            yield
        finally:
            self._doing = None


def _night_between(company: Company, before: datetime, now: datetime) -> bool:
    """Whether it has been three in the morning, where the company is, since a time."""
    zone = zone_named(company.timezone)
    night = start_of_day(zone, now.astimezone(zone).date()) + _NIGHT
    return before < night <= now
