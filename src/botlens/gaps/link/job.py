"""The job that links: when somebody asks for it, when questions came, and each night."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import structlog

from botlens.commit.port import Commits
from botlens.errors import BotlensError, OverloadedError
from botlens.gaps.kept.admission import GapAdmissions
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link.company_link import CompanyLink
from botlens.gaps.link.due import CompanyLooks
from botlens.gaps.link.requests import LinkRequest, LinkRequests
from botlens.gaps.link.work import LinkCounts
from botlens.gaps.process.link_options import LinkOptions
from botlens.gaps.process.link_process import LinkProcess
from botlens.gaps.process.replies import LinkingEndedError, NoModelError
from botlens.jobs.job import Job, Once, Progress, StoppedError
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
        self._looks = CompanyLooks()
        self._stamps: Counter[str] = Counter()
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
        self._looks.edit(company_id)
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
            if not self._has(company.id) or not self._is_linked(company):
                continue
            version, began = self._commits.version(company.id), time.monotonic()
            if not self._looks.is_due(company, version, now):
                continue
            failed = False
            try:
                self._link(company, now, process, progress, whole=False)
            except StoppedError:
                raise
            except Exception:  # tried again in a while, whether something comes or not; the old gaps stay
                log.exception("link_failed", company_id=company.id)
                failed = True
            self._looks.note(company.id, version, began, now, failed=failed)

    def _is_linked(self, company: Company) -> bool:
        """Whether a company's are: also where its plan has none any more, so that deleted words leave."""
        return self._accounts.plan_of(company).includes(GAPS) or bool(self._cycle.links(company.id))

    def _link(
        self, company: Company, now: datetime, process: LinkProcess, progress: Progress, *, whole: bool
    ) -> list[LinkCounts]:
        """Link the chatbots that have something to link, or had: `whole`, whatever is new."""
        link = CompanyLink(
            self._accounts,
            self._store,
            self._commits,
            self._cycle,
            self._admissions,
            process,
            progress,
            self._doing_one,
        )
        edited, first = self._looks.take_edit(company.id), not self._looks.has(company.id)
        try:
            return link.link(company, now, whole=whole, edited=edited, first=first)
        except BaseException:  # what failed, or was cut off, is looked at again, although nothing is new
            self._looks.edit(company.id)
            raise

    @contextmanager
    def _doing_one(self, company_id: str) -> Iterator[None]:
        """A chatbot is linked within this."""
        self._doing = "Links the questions of a chatbot."
        try:
            yield
        finally:  # whatever failed, others of its gaps may count by now
            self._doing = None
            self._changed(company_id)
