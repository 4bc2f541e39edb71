"""Answers queries: from the JSON of a request to that of its answer.

Everything that was acknowledged before the call is in the answer.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botlens.answers.counting import QueryCounter
from botlens.answers.query_files import OF_FILES, FileWish, QueryFile, made_file
from botlens.answers.questions import SelectedQuestion, selection_of
from botlens.answers.scope import Scope, needs
from botlens.commit.snapshot import Snapshots
from botlens.errors import BotlensError, InvalidError
from botlens.metrics.expressions import HOUR
from botlens.moments import microseconds
from botlens.query.batch import BatchResult, RowsTogether, batch_questions, each_alone
from botlens.query.description import description
from botlens.query.filters import condition_of
from botlens.query.plan import QueryPlan
from botlens.query.request import RESOLUTION_HOURS, Choice, Request
from botlens.query.selection import Selection
from botlens.query.shapes import CatalogueShape, QueryAnswer
from botlens.store.conversations import conversation_count
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
        return self._answer(scope, _planned(scope, body))

    @needs(QUERY)
    def file(self, scope: Scope, body: Mapping[str, Any]) -> QueryFile:
        """The rows of the answer to a request as a file, see `docs/reference/query.md`.

        Args:
            scope: whose conversations, and what "today" is.
            body: the JSON of the request, with its `format` and `bom`.

        Raises:
            InvalidError: the request cannot be answered, or not so.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the company's plan does not include it.
        """
        wish = FileWish.parse(body)
        if wish.format is None:
            raise InvalidError("A file is CSV or Parquet.", code="invalid_parameter", field="format")
        asked = {name: value for name, value in body.items() if name not in OF_FILES}
        plan = _planned(scope, asked, has_n=False)
        return made_file(wish.format, self._answer(scope, plan), plan, bom=wish.bom)

    def _answer(self, scope: Scope, plan: QueryPlan) -> QueryAnswer:
        def ask(reader: CompanyReader) -> QueryAnswer:
            counting = QueryCounter(reader)
            asked = SelectedQuestion.of(counting, scope, plan)
            counting.read_together(asked.wanted)
            counted = asked.counted(counting)
            counting.read_together(counted.wanted)
            return counted.made(counting, scope).sent(counting, scope, self._snapshots.definition_version)

        return self._snapshots.read(scope.company.id, ask)

    @needs(QUERY)
    def batch(self, scope: Scope, questions: Mapping[str, Any]) -> BatchResult:
        """The answers to several questions, of one moment and one state of the data.

        Each is the one that `query` gives to the question alone; but `n` is false where a question has none.
        A question that cannot be answered has an error, and the others their answers.

        Args:
            scope: whose conversations, and what "today" is.
            questions: by name, the JSON of a request.

        Raises:
            InvalidError: it is no batch.
        """
        unplanned: dict[str, BotlensError] = {}
        plans = each_alone(
            batch_questions(questions), lambda body: _planned(scope, body, has_n=False), unplanned
        )

        def ask(reader: CompanyReader) -> BatchResult:
            counting, errors = QueryCounter(reader), dict(unplanned)
            asked = each_alone(plans, lambda plan: SelectedQuestion.of(counting, scope, plan), errors)
            counting.read_together([wanted for each in asked.values() for wanted in each.wanted])
            counted = each_alone(asked, lambda each: each.counted(counting), errors)
            counting.read_together([wanted for each in counted.values() for wanted in each.wanted])
            definition = self._snapshots.definition_version
            rows = RowsTogether()
            made = each_alone(counted, lambda each: each.made(counting, scope), errors)
            counting.read_wording([each.questions for each in made.values()])
            answers = each_alone(
                made, lambda each: rows.with_those_of(each.sent(counting, scope, definition)), errors
            )
            return BatchResult(
                scope.now, answers, {name: errors[name] for name in questions if name in errors}
            )

        return self._snapshots.read(scope.company.id, ask)


def _planned(scope: Scope, body: Any, *, has_n: bool = True) -> QueryPlan:
    """The plan of a request, if that of the company includes it."""
    if not isinstance(body, Mapping):
        raise InvalidError(
            'A query is an object like {"metrics": ["conversations"], "dimensions": ["day"]}.',
            code="invalid_query",
        )
    request = Request.parse(body, has_n=has_n)
    if request.compare is not None:
        scope.require(COMPARE)
    scope.require_texts(each.text for each in request.dimensions)
    return QueryPlan.of(request)


def selection_behind(reader: CompanyReader, scope: Scope, choice: Choice) -> Selection:
    """The conversations that a request is about; with a metric, those that contribute to it.

    Raises:
        InvalidError: there is no such period or zone.
        NotFoundError: it names a chatbot that the company does not have.
        PlanError: the company's plan does not look back so far.
    """
    counting = QueryCounter(reader)
    selection = replace(selection_of(counting, scope, choice), visits=choice.visits)
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
    return conversation_count(reader, counting.with_repeats(selection, selection.condition.needs)) > 0
