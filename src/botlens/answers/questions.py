"""What has to be counted for the answer to a question, and that answer, made of what was counted."""

from dataclasses import dataclass, replace
from datetime import datetime

from botlens.answers.counting import QueryCounter
from botlens.answers.scope import Scope
from botlens.answers.wanted import Counted, Wanted
from botlens.metrics.expressions import HOUR
from botlens.moments import microseconds
from botlens.query.answer import Answer
from botlens.query.comparison import compared_window
from botlens.query.evidence import changes_of
from botlens.query.evidence_plans import EvidencePlans
from botlens.query.filters import Condition
from botlens.query.labels import forms_of, labels_of
from botlens.query.period import window_of
from botlens.query.plan import QueryPlan
from botlens.query.request import Choice, Request
from botlens.query.rows import cohort_rows, rows_of
from botlens.query.selection import Selection
from botlens.query.shapes import QueryAnswer, Totals
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
    evidence: "_EvidenceOfSides | None" = None
    """If it is known beforehand how many rows there are: then it is read together with them."""

    @classmethod
    def of(cls, plan: QueryPlan, here: Selection, there: Selection | None) -> "_Sides":
        if there is None:
            return cls(plan, Wanted(plan, here), None)
        is_open = there.window.start is None or there.window.end is None
        sides = Wanted(plan, here), Wanted(plan, there, covered=is_open)
        return cls(plan, *sides, None if plan.dimensions else _EvidenceOfSides.of(plan, 1, *sides))

    @property
    def wanted(self) -> list[Wanted]:
        evidence = self.evidence.wanted if self.evidence else ()
        return [self.here, *([self.there] if self.there else ()), *evidence]

    def counted(self, counting: QueryCounter) -> "_CountedSides":
        here = counting.count(self.here)
        if self.there is None:
            return _CountedSides(self.plan, here)
        there = counting.count(self.there)
        evidence = self.evidence
        if evidence is None:
            rows = max(len(each.table.cells) for each in (here, there))
            evidence = _EvidenceOfSides.of(self.plan, rows, self.here, self.there)
        return _CountedSides(self.plan, here, there, evidence)


@dataclass(frozen=True, slots=True)
class _EvidenceOfSides:
    """What is to be counted of both windows, so that their changes can be told from chance."""

    plans: EvidencePlans
    here: _Evidence
    there: _Evidence

    @classmethod
    def of(cls, plan: QueryPlan, rows: int, here: Wanted, there: Wanted) -> "_EvidenceOfSides":
        plans = EvidencePlans.of(plan, rows)
        return cls(plans, _Evidence.of(plans, here), _Evidence.of(plans, there))

    @property
    def wanted(self) -> list[Wanted]:
        own = self.plans.own
        return [each for side in (self.here, self.there) for each in side.wanted if each.plan is not own]


@dataclass(frozen=True, slots=True)
class _CountedSides:
    """The rows of a question, and what is to be counted to tell their changes from chance."""

    plan: QueryPlan
    here: Counted
    there: Counted | None = None
    evidence: _EvidenceOfSides | None = None

    @property
    def wanted(self) -> list[Wanted]:
        """What has to be counted besides, if that was not known before."""
        return self.evidence.wanted if self.evidence and self.plan.dimensions else []

    def answer(self, counting: QueryCounter, now: datetime) -> Answer:
        """The answer without what stands beside its rows."""
        found = _made(self.plan, self.here, self.there, now)
        if self.there is None or self.evidence is None:
            return found
        beside = (self.evidence.here, self.here), (self.evidence.there, self.there)
        sides = (
            counting.evidence(self.plan, evidence.by_day, evidence.by_group, counted)
            for evidence, counted in beside
        )
        compared = self.there.selection
        known = counting.beginnings(compared).known(compared.window)
        return replace(found, known=known, changes=changes_of(found.rows, self.evidence.plans, *sides))


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

    @property
    def begun(self) -> list[Selection]:
        """Of what it has to be known since when there is anything to count."""
        return [] if self.rows.there is None else [self.rows.there.selection]

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

    def made(self, counting: QueryCounter, scope: Scope) -> "MadeQuestion":
        """Its rows as they are sent.

        Args:
            counting: counts what is wanted, or has done so.
            scope: what "today" is.

        Raises:
            InvalidError: it is more than an answer may have, or takes longer than it may.
        """
        totals = None if self.totals is None else self.totals.answer(counting, scope.now).totals()
        return MadeQuestion(self.rows, self.rows.answer(counting, scope.now), totals)


@dataclass(frozen=True, slots=True)
class MadeQuestion:
    """An answer without what people know its values by.

    Attributes:
        counted: what its rows were made of.
        found: the answer.
        totals: of the whole, if they are wanted.
    """

    counted: _CountedSides
    found: Answer
    totals: Totals | None

    @property
    def questions(self) -> tuple[list[str], Selection]:
        """The normal forms whose wording it tells, and of which conversations."""
        additions = self.counted.plan.request.additions
        wanted = additions.labels or additions.wording
        return forms_of(self.found.plan, self.found.keys) if wanted else [], self.counted.here.selection

    def sent(self, counting: QueryCounter, scope: Scope, definition: int) -> QueryAnswer:
        """The answer.

        Args:
            counting: reads how people wrote questions, or has done so.
            scope: whose names chatbots have.
            definition: by which the facts were derived that are counted.

        Raises:
            InvalidError: it takes longer than it may.
        """
        plan, additions, found = self.counted.plan, self.counted.plan.request.additions, self.found
        wording = self._wording(counting)
        names = {each.id: each.name for each in scope.chatbots.values()}
        labels = labels_of(plan, found.keys, names, wording) if additions.labels else None
        return found.sent(
            definition,
            self.totals,
            labels,
            wording if additions.wording else None,
            counting.uncounted(self.counted.here.selection),
            counting.recounting(self.counted.here.selection),
        )

    def _wording(self, counting: QueryCounter) -> dict[str, str]:
        """How people wrote its questions; those of the other period alone, as they did there."""
        forms, selection = self.questions
        wording, there = counting.wording(forms, selection), self.counted.there
        if there is not None:
            wording |= counting.wording([each for each in forms if each not in wording], there.selection)
        return wording


def selection_of(
    counting: QueryCounter, scope: Scope, choice: Choice, comparing: Request | None = None
) -> Selection:
    """The conversations that a request is about, or those that a request compares them with.

    Raises:
        InvalidError: there is no such period or zone.
        NotFoundError: it names a chatbot that the company does not have.
        PlanError: the company's plan does not look back so far.
        ForbiddenError: an embed link leaves out what the filters ask about.
    """
    scope.require_texts(choice.asks)
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
