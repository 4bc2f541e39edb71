"""What has to be counted for the answer to a question, and that answer, made of what was counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from botlens.answers.counting import Counted, QueryCounter, Wanted
from botlens.answers.scope import Scope
from botlens.metrics.calendar import Today
from botlens.metrics.expressions import HOUR
from botlens.moments import instant, microseconds
from botlens.query.answer import Answer
from botlens.query.labels import forms_of, labels_of
from botlens.query.period import Span, compared_window, window_of
from botlens.query.plan import QueryPlan
from botlens.query.request import Choice
from botlens.query.rows import cohort_rows, rows_of
from botlens.query.selection import Selection
from botlens.query.shapes import QueryAnswer
from botlens.query.table import Coverage


@dataclass(frozen=True, slots=True)
class _Sides:
    """The conversations of a question, and those that they are compared with."""

    here: Wanted
    there: Wanted | None

    @classmethod
    def of(cls, plan: QueryPlan, here: Selection, there: Selection | None) -> "_Sides":
        return cls(Wanted(plan, here), None if there is None else Wanted(plan, there, beside=True))

    def __iter__(self) -> Iterator[Wanted]:
        return iter((self.here,) if self.there is None else (self.here, self.there))


@dataclass(frozen=True, slots=True)
class SelectedQuestion:
    """A question whose conversations are known.

    Attributes:
        rows: of the answer.
        totals: of the whole, if they are wanted.
    """

    rows: _Sides
    totals: _Sides | None

    @classmethod
    def of(cls, counting: QueryCounter, scope: Scope, plan: QueryPlan) -> "SelectedQuestion":
        """The question of a plan.

        Raises:
            InvalidError: there is no such period or zone.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the company's plan does not look back so far.
        """
        request = plan.request
        here, there = selection_of(counting, scope, request.choice), None
        if request.compare is not None:
            there = selection_of(counting, scope, request.choice, request.compare)
        totals = _Sides.of(QueryPlan.of(request.overall), here, there) if request.additions.totals else None
        return cls(_Sides.of(plan, here, there), totals)

    @property
    def wanted(self) -> list[Wanted]:
        """What has to be counted."""
        return [*self.rows, *(self.totals or ())]

    def answered(self, counting: QueryCounter, scope: Scope, definition: int) -> QueryAnswer:
        """The answer.

        Args:
            counting: counts what is wanted, or has done so.
            scope: whose names chatbots have, and what "today" is.
            definition: by which the facts were derived that are counted.

        Raises:
            InvalidError: it is more than an answer may have, or takes longer than it may.
        """
        plan, additions = self.rows.here.plan, self.rows.here.plan.request.additions
        here, there = _counted(counting, self.rows)
        found = _made(plan, here, there, scope.now)
        totals = None
        if self.totals is not None:
            totals = _made(self.totals.here.plan, *_counted(counting, self.totals), scope.now).totals()
        wording = {}
        if additions.labels or additions.wording:
            wording = _wording(counting, found, here, there)
        names = {each.id: each.name for each in scope.chatbots.values()}
        labels = labels_of(plan, found.keys, names, wording) if additions.labels else None
        return found.sent(definition, totals, labels, wording if additions.wording else None)


def selection_of(
    counting: QueryCounter, scope: Scope, choice: Choice, compare: Span | None = None
) -> Selection:
    """The conversations that a request is about, or those that it compares them with.

    Raises:
        InvalidError: there is no such period or zone.
        NotFoundError: it names a chatbot that the company does not have.
        PlanError: the company's plan does not look back so far.
    """
    named = choice.chatbots
    chatbots = tuple(scope.chatbots) if named is None else tuple(scope.chatbot(each).id for each in named)
    only = chatbots[0] if named is not None and len(chatbots) == 1 else None
    zone = scope.zone(choice.timezone, chatbot_id=only, field="timezone")
    window = (
        window_of(choice.period, scope.now, zone)
        if compare is None
        else compared_window(compare, choice.period, scope.now, zone)
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


def _counted(counting: QueryCounter, sides: _Sides) -> tuple[Counted, Counted | None]:
    return counting.count(sides.here), None if sides.there is None else counting.count(sides.there)


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
