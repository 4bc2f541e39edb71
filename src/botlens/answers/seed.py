"""Answers the three seed routes: the objects of `live.seed`, of the numbers of a company's chatbots.

With `wait=False` each method answers from memory, or raises `WouldWaitError`.
"""

from dataclasses import dataclass
from typing import Any

from botlens.answers.numbers import NumbersReader, WouldWaitError, check_zone
from botlens.answers.scope import Scope, needs
from botlens.live import seed
from botlens.live.numbers import ChatbotNumbers
from botlens.query.window import Window
from botlens.tenants.plans import ANALYTICS
from botlens.tenants.values import Chatbot


@dataclass(frozen=True, slots=True)
class SeedRequest:
    """The window of a request to the seed routes: first and last day, or instants, and an IANA zone."""

    start: str | None = None
    end: str | None = None
    timezone: str | None = None


class Seed:
    """Answers with the objects of the seed contract.

    Args:
        numbers: what they are made of.
    """

    def __init__(self, numbers: NumbersReader) -> None:
        self._numbers = numbers

    @needs(ANALYTICS)
    def overview(
        self, scope: Scope, request: SeedRequest = SeedRequest(), *, wait: bool = True
    ) -> dict[str, Any]:
        """The overview object of a company.

        Raises:
            InvalidError: there is no such zone, or the window is none.
            WouldWaitError: it is not in memory.
        """
        zone = scope.zone(request.timezone)
        window = Window.parse(request.start, request.end, zone)
        records = [_record(scope, chatbot, request) for chatbot in scope.chatbots.values()]
        company_zone = scope.zone()

        def used(numbers: list[ChatbotNumbers]) -> int:
            check_zone(numbers, company_zone, scope.now)
            return seed.conversations_this_month(numbers, scope.now, company_zone)

        def make(numbers: list[ChatbotNumbers]) -> dict[str, Any]:
            check_zone(numbers, zone, scope.now)
            for record, each in zip(records, numbers, strict=True):
                check_zone([each], record.zone, scope.now)
            return seed.overview_object(
                list(zip(records, numbers, strict=True)),
                now=scope.now,
                zone=zone,
                plan=scope.plan.name,
                limit=scope.plan.conversations_per_month,
                used=used(numbers) if window.is_open() else 0,
            )

        company_id, ids = scope.company.id, list(scope.chatbots)
        if window.is_open():
            return self._numbers.read(company_id, ids, window, make, wait=wait)
        if not wait:
            raise WouldWaitError
        # What was used of the plan heeds no window, and is of the same moment as the rest.
        made, used_now = self._numbers.read_beside_all(company_id, ids, window, make, used)
        return {**made, "conversations_used": used_now}

    @needs(ANALYTICS)
    def chatbot(
        self, scope: Scope, chatbot_id: str, request: SeedRequest = SeedRequest(), *, wait: bool = True
    ) -> dict[str, Any]:
        """The chatbot object of one chatbot.

        Raises:
            NotFoundError: the company has no such chatbot.
            InvalidError: there is no such zone, or the window is none.
            WouldWaitError: it is not in memory.
        """
        record = _record(scope, scope.chatbot(chatbot_id), request)
        window = Window.parse(request.start, request.end, record.zone)

        def make(numbers: list[ChatbotNumbers]) -> dict[str, Any]:
            check_zone(numbers, record.zone, scope.now)
            return seed.chatbot_object(record, numbers[0], scope.now, seed.DETAIL_TOP)

        return self._numbers.read(scope.company.id, [chatbot_id], window, make, wait=wait)

    @needs(ANALYTICS)
    def gaps(
        self, scope: Scope, chatbot_id: str, request: SeedRequest = SeedRequest(), *, wait: bool = True
    ) -> list[dict[str, Any]]:
        """The most frequent unanswered questions of one chatbot.

        Raises:
            NotFoundError: the company has no such chatbot.
            InvalidError: there is no such zone, or the window is none.
            WouldWaitError: it is not in memory.
        """
        record = _record(scope, scope.chatbot(chatbot_id), request)
        window = Window.parse(request.start, request.end, record.zone)
        return self._numbers.read(
            scope.company.id, [chatbot_id], window, lambda numbers: seed.gaps(numbers[0]), wait=wait
        )


def _record(scope: Scope, chatbot: Chatbot, request: SeedRequest) -> seed.ChatbotRecord:
    zone = scope.zone(request.timezone, chatbot_id=chatbot.id)
    return seed.ChatbotRecord(chatbot.id, chatbot.name, chatbot.is_published, zone, chatbot.average_rating)
