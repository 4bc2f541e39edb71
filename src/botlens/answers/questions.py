"""What has to be counted for the answer to a question, and that answer, made of what was counted."""

from dataclasses import dataclass, replace
from datetime import datetime

from botlens.answers.counting import Counted, QueryCounter, Wanted
from botlens.answers.scope import Scope
from botlens.metrics.expressions import HOUR
from botlens.moments import microseconds
from botlens.query.answer import Answer
from botlens.query.comparison import compared_window
from botlens.query.evidence import EvidencePlans, changes_of
from botlens.query.filters import Condition
from botlens.query.labels import forms_of, labels_of
from botlens.query.period import window_of
from botlens.query.plan import QueryPlan
from botlens.query.request import Choice, Request
from botlens.query.rows import cohort_rows, rows_of
from botlens.query.selection import Selection
from botlens.query.shapes import QueryAnswer
from botlens.query.table import Coverage


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What is to be counted of one window, so that it can be said how much chance is in its rows."""

    by_day: Wanted | None
    by_group: Wanted | None

    @classmethod
    def of(cls, plans: EvidencePlans, rows: Wanted) -> "_Evidence":
        split = (
            None if each is None else Wanted(each, rows.selection, covered=False)
            for each in (plans.by_day, plans.by_group)
        )
        return cls(*split)

    @property
    def wanted(self) -> list[Wanted]:
        return [each for each in (self.by_day, self.by_group) if each is not None]


@dataclass(frozen=True, slots=True)
class _Sides:
    """The conversations of a question, and those that they are compared with."""

    plan: QueryPlan
    here: Wanted
    there: Wanted | None

    @classmethod
    def of(cls, plan: QueryPlan, here: Selection, there: Selection | None) -> "_Sides":
        if there is None:
            return cls(plan, Wanted(plan, here), None)
        is_open = there.window.start is None or there.window.end is None
        return cls(plan, Wanted(plan, here), Wanted(plan, there, covered=is_open))

    @property
    def wanted(self) -> list[Wanted]:
        return [self.here, *([self.there] if self.there else ())]

    def counted(self, counting: QueryCounter) -> "_CountedSides":
        here = counting.count(self.here)
        if self.there is None:
            return _CountedSides(self.plan, here)
        there = counting.count(self.there)
        plans = EvidencePlans.of(self.plan, max(len(each.table.cells) for each in (here, there)))
        beside = tuple(_Evidence.of(plans, each) for each in (self.here, self.there))
        return _CountedSides(self.plan, here, there, plans, beside)


@dataclass(frozen=True, slots=True)
class _CountedSides:
    """The rows of a question, and what is to be counted to tell their changes from chance."""

    plan: QueryPlan
    here: Counted
    there: Counted | None = None
    plans: EvidencePlans | None = None
    evidence: tuple[_Evidence, ...] = ()

    @property
    def wanted(self) -> list[Wanted]:
        return [wanted for each in self.evidence for wanted in each.wanted if wanted.plan is not self.plan]

    def answer(self, counting: QueryCounter, now: datetime) -> Answer:
        """The answer without what stands beside its rows."""
        found = _made(self.plan, self.here, self.there, now)
        if self.there is None or self.plans is None:
            return found
        sides = (
            counting.evidence(self.plan, evidence.by_day, evidence.by_group, counted)
            for evidence, counted in zip(self.evidence, (self.here, self.there), strict=True)
        )
        return replace(found, changes=changes_of(found.rows, self.plans, *sides))


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
            there = selection_of(counting, scope, request.choice, request)
        totals = _Sides.of(QueryPlan.of(request.overall), here, there) if request.additions.totals else None
        return cls(_Sides.of(plan, here, there), totals)

    @property
    def wanted(self) -> list[Wanted]:
        """What has to be counted first: rows, and the whole."""
        return [*self.rows.wanted, *(self.totals.wanted if self.totals else ())]

    def counted(self, counting: QueryCounter) -> "CountedQuestion":
        """The question with its rows counted, or found among what was read together.

        Raises:
            InvalidError: it is more than an answer may have, or takes longer than it may.
        """
        totals = None if self.totals is None else self.totals.counted(counting)
        return CountedQuestion(self.rows.counted(counting), totals)


@dataclass(frozen=True, slots=True)
class CountedQuestion:
    """A question whose rows are counted; how many there are says what their changes can be judged by.

    Attributes:
        rows: of the answer.
        totals: of the whole, if they are wanted.
    """

    rows: _CountedSides
    totals: _CountedSides | None

    @property
    def wanted(self) -> list[Wanted]:
        """What has to be counted besides."""
        return [*self.rows.wanted, *(self.totals.wanted if self.totals else ())]

    def answered(self, counting: QueryCounter, scope: Scope, definition: int) -> QueryAnswer:
        """The answer.

        Args:
            counting: counts what is wanted, or has done so.
            scope: whose names chatbots have, and what "today" is.
            definition: by which the facts were derived that are counted.

        Raises:
            InvalidError: it is more than an answer may have, or takes longer than it may.
        """
        plan, additions = self.rows.plan, self.rows.plan.request.additions
        found = self.rows.answer(counting, scope.now)
        totals = None if self.totals is None else self.totals.answer(counting, scope.now).totals()
        wording = {}
        if additions.labels or additions.wording:
            wording = _wording(counting, found, self.rows.here, self.rows.there)
        names = {each.id: each.name for each in scope.chatbots.values()}
        labels = labels_of(plan, found.keys, names, wording) if additions.labels else None
        return found.sent(definition, totals, labels, wording if additions.wording else None)


def selection_of(
    counting: QueryCounter, scope: Scope, choice: Choice, comparing: Request | None = None
) -> Selection:
    """The conversations that a request is about, or those that a request compares them with.

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
        if comparing is None or comparing.compare is None
        else compared_window(comparing.compare, comparing.align, choice.period, scope.now, zone)
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
        reach=scope.locked(Condition()),
        last_day=scope.last_day,
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
    table = here.table
    if plan.of_cohorts:
        rows = cohort_rows(plan, table, here.selection.last_week)
    else:
        other = None if there is None else (there.table, there.calendar)
        rows = rows_of(plan, table, here.calendar, other)
    compared = None if there is None else there.selection.window
    coverage = here.coverage or Coverage()
    return Answer.of(plan, here.calendar, compared, microseconds(now), coverage, rows, table.rows_total)
