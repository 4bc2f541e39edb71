"""Answers queries: from the JSON of a request to that of its answer.

Everything that was acknowledged before the call is in the answer.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from botlens.answers.counting import Counted, Counting
from botlens.commit.snapshot import Snapshots
from botlens.errors import NotFoundError
from botlens.metrics.calendar import Today, zone_named
from botlens.metrics.expressions import HOUR
from botlens.moments import instant, microseconds
from botlens.query.answer import Answer
from botlens.query.labels import forms_of, labels_of
from botlens.query.period import Span, compared_window, window_of
from botlens.query.plan import Plan
from botlens.query.request import Choice, Request, metric_named
from botlens.query.rows import cohort_rows, rows_of
from botlens.query.selection import Selection
from botlens.query.shapes import QueryAnswer
from botlens.query.table import Coverage
from botlens.query.window import Window
from botlens.store.reading import CompanyReader
from botlens.tenants.accounts import Accounts
from botlens.tenants.entitlements import require_feature, require_history
from botlens.tenants.plans import COMPARE
from botlens.tenants.values import Company


class Queries:
    """Answers queries.

    Args:
        accounts: which chatbots a company has, and their zones.
        snapshots: read the facts.
    """

    def __init__(self, accounts: Accounts, snapshots: Snapshots) -> None:
        self._accounts = accounts
        self._snapshots = snapshots

    def query(self, company: Company, body: Mapping[str, Any], *, now: datetime) -> QueryAnswer:
        """The answer to a request, see `docs/reference/query.md`.

        Args:
            company: whose conversations.
            body: the JSON of the request.
            now: what "today" is taken from, aware.

        Raises:
            InvalidError: the request cannot be answered; the sentence says what to do.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the company's plan does not include it.
        """
        request = Request.parse(body)
        if request.compare is not None:
            require_feature(self._accounts.plan_of(company), self._accounts.plans, COMPARE)
        plan = Plan.of(request)
        return self._snapshots.read(
            company.id, lambda reader: self._answer(Counting(reader), company, plan, now)
        )

    def _answer(self, counting: Counting, company: Company, plan: Plan, now: datetime) -> QueryAnswer:
        request = plan.request
        definition = self._snapshots.definition_version
        here = counting.count(plan, self._selection(counting, company, request.choice, now))
        there = None
        if request.compare is not None:
            beside = self._selection(counting, company, request.choice, now, request.compare)
            there = counting.count_beside(plan, beside)
        found = _made(plan, here, there, now)
        if not (request.labels or request.wording):
            return found.sent(definition)
        wording = _wording(counting, found, here, there)
        names = {each.id: each.name for each in self._accounts.chatbots(company.id)}
        labels = labels_of(plan, found.keys, names, wording) if request.labels else None
        return found.sent(definition, labels, wording if request.wording else None)

    def selection_behind(
        self, reader: CompanyReader, company: Company, choice: Choice, metric: str | None, *, now: datetime
    ) -> Selection:
        """The conversations that a request is about; with a metric, those that contribute to it.

        Raises:
            InvalidError: there is no such metric, period or zone.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the company's plan does not look back so far.
        """
        counting = Counting(reader)
        selection = self._selection(counting, company, choice, now)
        if metric is None:
            return selection
        contributing = selection.contributing(metric_named(metric, "metric"))
        return counting.with_repeats(contributing, contributing.condition.needs)

    def _selection(
        self, counting: Counting, company: Company, choice: Choice, now: datetime, compare: Span | None = None
    ) -> Selection:
        """The conversations that a request is about, or those that it compares them with."""
        chatbots = self._chatbots(company, choice)
        zone = self._zone(company, choice, chatbots)
        window = (
            window_of(choice.period, now, zone)
            if compare is None
            else compared_window(compare, choice.period, now, zone)
        )
        self._check_history(company, window, zone, now)
        return Selection(
            chatbots=chatbots,
            zone=zone,
            window=window,
            extent=counting.extent(chatbots, window, now),
            now=microseconds(now),
            resolution=choice.resolution_hours * HOUR,
            condition=choice.condition,
        )

    def _chatbots(self, company: Company, choice: Choice) -> tuple[str, ...]:
        known = [chatbot.id for chatbot in self._accounts.chatbots(company.id)]
        if choice.chatbots is None:
            return tuple(known)
        for chatbot_id in choice.chatbots:
            if chatbot_id not in known:
                raise NotFoundError("There is no such chatbot.", code="unknown_chatbot")
        return choice.chatbots

    def _zone(self, company: Company, choice: Choice, chatbots: tuple[str, ...]) -> ZoneInfo:
        if choice.timezone:
            return zone_named(choice.timezone, field="timezone")
        if choice.chatbots and len(chatbots) == 1:
            chatbot = self._accounts.chatbot(company.id, chatbots[0])
            if chatbot and chatbot.timezone:
                return zone_named(chatbot.timezone)
        return zone_named(company.timezone)

    def _check_history(self, company: Company, window: Window, zone: ZoneInfo, now: datetime) -> None:
        plan = self._accounts.plan_of(company)
        start = None if window.start is None else instant(window.start)
        require_history(plan, self._accounts.plans, start, now, zone=zone)


def _wording(counting: Counting, found: Answer, here: Counted, there: Counted | None) -> dict[str, str]:
    """How people wrote the questions of an answer; those of the other period alone, as they did there."""
    forms = forms_of(found.plan, found.keys)
    wording = counting.wording(forms, here.selection)
    if there is not None:
        wording |= counting.wording([each for each in forms if each not in wording], there.selection)
    return wording


def _made(plan: Plan, here: Counted, there: Counted | None, now: datetime) -> Answer:
    """The answer from what was counted, with rows in which nothing happened if they are not too many."""
    table, zone = here.table, here.selection.zone
    if plan.of_cohorts:
        rows = cohort_rows(plan, table, Today.of(now, zone).week)
    else:
        other = None if there is None else (there.table, there.calendar)
        rows = rows_of(plan, table, here.calendar, other)
    windows = here.selection.window, None if there is None else there.selection.window
    return Answer.of(plan, zone, windows, here.coverage or Coverage(), rows, table.rows_total)
