"""What a filter can be set to: the values of a field that conversations have, the most frequent first."""

from collections.abc import Mapping
from typing import Any

from botlens.answers.counting import QueryCounter
from botlens.answers.queries import selection_behind
from botlens.answers.scope import Scope, needs
from botlens.commit.snapshot import Snapshots
from botlens.errors import InvalidError
from botlens.metrics.values import Text, Type
from botlens.query.answer import edges
from botlens.query.filters import suggestion
from botlens.query.request import SELECTING, Choice
from botlens.query.shapes import FieldValue, FieldValues
from botlens.query.values import WantedValues
from botlens.store.reading import CompanyReader
from botlens.tenants.plans import QUERY

_KEYS = (*SELECTING, "field", "contains", "limit")


class Values:
    """Answers with values of fields.

    Args:
        snapshots: read the facts.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    @needs(QUERY)
    def values(self, scope: Scope, request: Mapping[str, Any]) -> FieldValues:
        """The values of a field, see `docs/reference/http.md`.

        Args:
            scope: whose conversations, and what "today" is.
            request: what chooses conversations in a query, and `field`, `contains`, `limit`.

        Raises:
            InvalidError: something in it cannot be; the sentence says what to do.
            NotFoundError: it names a chatbot that the company does not have.
            ForbiddenError: an embed link leaves out what visitors wrote.
            PlanError: the plan's history does not reach back that far.
        """
        for key in request:
            if key not in _KEYS:
                raise InvalidError(
                    f"There is no `{str(key)[:50]}` here: {suggestion(str(key), _KEYS)}",
                    code="unknown_parameter",
                    field=str(key)[:50],
                )
        wanted = WantedValues.parse(request)
        scope.require_texts([wanted.field.text])
        choice = Choice.parse(request)

        def ask(reader: CompanyReader) -> FieldValues:
            selection = selection_behind(reader, scope, choice)
            counting = QueryCounter(reader)
            rows, total = counting.values(wanted, selection)
            labels: Mapping[Any, str | None] = {}
            if wanted.field.text is Text.CHATBOT:
                labels = {each.id: each.name for each in scope.chatbots.values()}
            elif wanted.field.text is Text.QUESTION:
                labels = counting.wording([value for value, _ in rows if value is not None], selection)
            found = [_value(wanted, value, labels, number) for value, number in rows]
            if wanted.by_label:
                found = [each for each in found if _is_found(wanted, each)]
                total, found = len(found), found[: wanted.limit]
            return {
                "values": found,
                "total": total,
                "meta": {"timezone": selection.zone.key, "window": edges(selection.window)},
            }

        return self._snapshots.read(scope.company.id, ask)


def _value(wanted: WantedValues, value: Any, labels: Mapping[Any, str | None], number: int) -> FieldValue:
    known = wanted.field
    if value is not None:
        value = bool(value) if known.type is Type.FLAG else known.read(value)
    return {"value": value, "label": labels.get(value) or None, "conversations": number}


def _is_found(wanted: WantedValues, each: FieldValue) -> bool:
    """Whether its label, or itself, has in it what is sought."""
    sought = wanted.sought
    return sought is None or sought.is_in(each["label"] or "") or sought.is_in(str(each["value"]))
