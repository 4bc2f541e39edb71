"""Answers queries: from the JSON of a request to that of its answer.

Everything that was acknowledged before the call is in the answer.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from botlens.answers.counting import Counted, QueryCounter
from botlens.answers.scope import Scope, needs
from botlens.commit.snapshot import Snapshots
from botlens.metrics.calendar import Today
from botlens.metrics.expressions import HOUR
from botlens.moments import instant, microseconds
from botlens.query.answer import Answer
from botlens.query.comparison import compared_window
from botlens.query.description import description
from botlens.query.evidence import EvidencePlans, changes_of
from botlens.query.labels import forms_of, labels_of
from botlens.query.period import window_of
from botlens.query.plan import QueryPlan
from botlens.query.request import Choice, Request, metric_named
from botlens.query.rows import cohort_rows, rows_of
from botlens.query.selection import Selection
from botlens.query.shapes import CatalogueShape, QueryAnswer
from botlens.query.table import Coverage
from botlens.store.reading import CompanyReader
from botlens.tenants.plans import COMPARE, QUERY


class Queries:
    """Answers queries.

    Args:
        snapshots: read the facts.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    @needs(QUERY)
    def catalogue(self, scope: Scope) -> CatalogueShape:
        """What can be asked: metrics, dimensions, filters and periods; the same for whoever may ask."""
        return description()

    @needs(QUERY)
    def query(self, scope: Scope, body: Mapping[str, Any]) -> QueryAnswer:
        """The answer to a request, see `docs/reference/query.md`.

        Args:
            scope: whose conversations, and what "today" is.
            body: the JSON of the request.

        Raises:
            InvalidError: the request cannot be answered; the message says what to do.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the company's plan does not include it.
        """
        request = Request.parse(body)
        if request.compare is not None:
            scope.require(COMPARE)
        plan = QueryPlan.of(request)
        return self._snapshots.read(
            scope.company.id, lambda reader: self._answer(QueryCounter(reader), scope, plan)
        )

    def _answer(self, counting: QueryCounter, scope: Scope, plan: QueryPlan) -> QueryAnswer:
        request = plan.request
        definition = self._snapshots.definition_version
        here = counting.count(plan, _selection(counting, scope, request.choice))
        there = None
        if request.compare is not None:
            beside = _selection(counting, scope, request.choice, request)
            there = counting.count_beside(plan, beside)
        found = _made(plan, here, there, scope.now)
        if there is not None:
            plans = EvidencePlans.of(plan)
            sides = (counting.evidence(plans, each) for each in (here, there))
            found = replace(found, changes=changes_of(plan, found.rows, plans, *sides))
        if not (request.labels or request.wording):
            return found.sent(definition)
        wording = _wording(counting, found, here, there)
        names = {each.id: each.name for each in scope.chatbots.values()}
        labels = labels_of(plan, found.keys, names, wording) if request.labels else None
        return found.sent(definition, labels, wording if request.wording else None)


def selection_behind(reader: CompanyReader, scope: Scope, choice: Choice, metric: str | None) -> Selection:
    """The conversations that a request is about; with a metric, those that contribute to it.

    Raises:
        InvalidError: there is no such metric, period or zone.
        NotFoundError: it names a chatbot that the company does not have.
        PlanError: the company's plan does not look back so far.
    """
    counting = QueryCounter(reader)
    selection = _selection(counting, scope, choice)
    if metric is None:
        return selection
    contributing = selection.contributing(metric_named(metric, "metric"))
    return counting.with_repeats(contributing, contributing.condition.needs)


def _selection(
    counting: QueryCounter, scope: Scope, choice: Choice, comparing: Request | None = None
) -> Selection:
    """The conversations that a request is about, or those that a request compares them with."""
    named = choice.chatbots
    chatbots = tuple(scope.chatbots) if named is None else tuple(scope.chatbot(each).id for each in named)
    only = chatbots[0] if named is not None and len(chatbots) == 1 else None
    zone = scope.zone(choice.timezone, chatbot_id=only, field="timezone")
    window = (
        window_of(choice.period, scope.now, zone)
        if comparing is None or comparing.compare is None
        else compared_window(comparing.compare, comparing.align, choice.period, scope.now, zone)
    )
    scope.require_history(None if window.start is None else instant(window.start), zone)
    return Selection(
        chatbots=chatbots,
        zone=zone,
        window=window,
        extent=counting.extent(chatbots, window, scope.now),
        now=microseconds(scope.now),
        resolution=choice.resolution_hours * HOUR,
        condition=choice.condition,
    )


def _wording(counting: QueryCounter, found: Answer, here: Counted, there: Counted | None) -> dict[str, str]:
    """How people wrote the questions of an answer; those of the other period alone, as they did there."""
    forms = forms_of(found.plan, found.keys)
    wording = counting.wording(forms, here.selection)
    if there is not None:
        wording |= counting.wording([each for each in forms if each not in wording], there.selection)
    return wording


def _made(plan: QueryPlan, here: Counted, there: Counted | None, now: datetime) -> Answer:
    """The answer from what was counted, with rows in which nothing happened if they are not too many."""
    table, zone = here.table, here.selection.zone
    if plan.of_cohorts:
        rows = cohort_rows(plan, table, Today.of(now, zone).week)
    else:
        other = None if there is None else (there.table, there.calendar)
        rows = rows_of(plan, table, here.calendar, other)
    compared = None if there is None else there.selection.window
    coverage = here.coverage or Coverage()
    return Answer.of(plan, here.calendar, compared, microseconds(now), coverage, rows, table.rows_total)
