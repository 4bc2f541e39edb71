"""Who wants gaps to be linked now, and hears what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition

from botlens.jobs.job import Progress


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking all chatbots of a company came to."""

    link: int
    questions: int
    gaps: int
    seconds: float


@dataclass(eq=False)
class LinkRequest:
    """That a company's gaps be linked anew, all of them.

    Attributes:
        company_id: whose.
        now: what "now" is for whoever asks, aware.
        progress: once it has begun.
        linked: once it is done.
        error: that it failed by.
    """

    company_id: str
    now: datetime
    progress: Progress | None = None
    linked: Linked | None = None
    error: Exception | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is done, or has failed."""
        return self.linked is not None or self.error is not None


@dataclass(eq=False)
class LinkRequests:
    """Requests in their order; one that waits already stands for a second one. For any thread."""

    _waiting: dict[str, LinkRequest] = field(default_factory=dict)
    _changed: Condition = field(default_factory=Condition)

    def ask(self, company_id: str, now: datetime) -> LinkRequest:
        """Ask for a link that begins from now on."""
        with self._changed:
            request = self._waiting.get(company_id)
            if request is None:
                request = self._waiting[company_id] = LinkRequest(company_id, now)
            self._changed.notify_all()
            return request

    def wait(self, request: LinkRequest, seconds: float) -> bool:
        """Wait for the end of a request; whether it came.

        Raises:
            Exception: what it failed by.
        """
        with self._changed:
            self._changed.wait_for(lambda: request.is_over, seconds)
        if request.error is not None:
            raise request.error
        return request.is_over

    def next(self, seconds: float) -> LinkRequest | None:
        """The request that waits for longest, which is begun by this; None if none comes in time."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting), seconds)
            if not self._waiting:
                return None
            return self._waiting.pop(next(iter(self._waiting)))

    def answer(
        self, request: LinkRequest, progress: Progress, work: Callable[[], tuple[int, int, int]]
    ) -> None:
        """Do what was asked for, and tell who waits.

        Args:
            request: taken by `next`.
            progress: of the job that does it.
            work: does it; returns link, questions and gaps.

        Raises:
            BaseException: what it fails by; who waits hears of it, too.
        """
        began = time.monotonic()
        request.progress = progress
        try:
            found = Linked(*work(), time.monotonic() - began)
        except BaseException as error:
            with self._changed:
                request.error = error if isinstance(error, Exception) else InterruptedError()
                self._changed.notify_all()
            raise
        with self._changed:
            request.linked = found
            self._changed.notify_all()
