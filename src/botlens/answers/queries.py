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
from botlens.metrics.values import Text
from botlens.moments import microseconds
from botlens.query.answer import Answer
from botlens.query.description import description
from botlens.query.filters import condition_of
from botlens.query.labels import forms_of, labels_of
from botlens.query.period import Span, compared_window, window_of
from botlens.query.plan import QueryPlan
from botlens.query.request import RESOLUTION_HOURS, Choice, Request
from botlens.query.rows import cohort_rows, rows_of
from botlens.query.selection import Selection
from botlens.query.shapes import CatalogueShape, QueryAnswer
from botlens.query.table import Coverage
from botlens.store.conversations import count
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
        if any(each.text is Text.QUESTION for each in request.dimensions):
            scope.require_questions()
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
            beside = _selection(counting, scope, request.choice, request.compare)
            there = counting.count_beside(plan, beside)
        found = _made(plan, here, there, scope.now)
        if not (request.labels or request.wording):
            return found.sent(definition)
        wording = _wording(counting, found, here, there)
        names = {each.id: each.name for each in scope.chatbots.values()}
        labels = labels_of(plan, found.keys, names, wording) if request.labels else None
        return found.sent(definition, labels, wording if request.wording else None)


def selection_behind(reader: CompanyReader, scope: Scope, choice: Choice) -> Selection:
    """The conversations that a request is about; with a metric, those that contribute to it.

    Raises:
        InvalidError: there is no such period or zone.
        NotFoundError: it names a chatbot that the company does not have.
        PlanError: the company's plan does not look back so far.
    """
    counting = QueryCounter(reader)
    visits = None if choice.visits is None else scope.locked(choice.visits)
    selection = replace(_selection(counting, scope, choice), visits=visits)
    if choice.metric is None:
        return selection
    contributing = selection.contributing(choice.metric)
    return counting.with_repeats(contributing, contributing.condition.needs)


def is_shown(reader: CompanyReader, scope: Scope, chatbot_id: str, conversation_id: str) -> bool:
    """Whether a conversation is one of those that may be seen, where only some may."""
    if not scope.is_bounded:
        return True
    counting, zone = QueryCounter(reader), scope.zone(chatbot_id=chatbot_id)
    window = scope.open_window(zone)
    its_own = condition_of({"field": "conversation", "op": "is", "value": conversation_id})
    selection = Selection(
        chatbots=(chatbot_id,),
        zone=zone,
        window=window,
        extent=counting.extent((chatbot_id,), window, scope.now),
        now=microseconds(scope.now),
        resolution=RESOLUTION_HOURS * HOUR,
        condition=scope.locked(its_own),
    )
    return count(reader, counting.with_repeats(selection, selection.condition.needs)) > 0


def _selection(
    counting: QueryCounter, scope: Scope, choice: Choice, compare: Span | None = None
) -> Selection:
    """The conversations that a request is about, or those that it compares them with."""
    named = choice.chatbots
    chatbots = tuple(scope.chatbots) if named is None else tuple(scope.chatbot(each).id for each in named)
    only = chatbots[0] if named is not None and len(chatbots) == 1 else None
    zone = scope.zone(choice.timezone, chatbot_id=only, field="timezone")
    window = (
        window_of(choice.period, scope.now, zone)
        if compare is None
        else compared_window(compare, choice.period, scope.now, zone)
    )
    scope.require_history(window, zone)
    return Selection(
        chatbots=chatbots,
        zone=zone,
        window=window,
        extent=counting.extent(chatbots, window, scope.now),
        now=microseconds(scope.now),
        resolution=choice.resolution_hours * HOUR,
        condition=scope.locked(choice.condition),
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
    windows = here.selection.window, None if there is None else there.selection.window
    return Answer.of(plan, zone, windows, here.coverage or Coverage(), rows, table.rows_total)
