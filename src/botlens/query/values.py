"""The values of a field of filters that some conversations have, with how many of them have each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botlens.errors import InvalidError
from botlens.metrics.fields import FIELDS, Field
from botlens.metrics.values import Text, Type
from botlens.query.filters import suggestion
from botlens.query.selection import FactsSource, Selection
from botlens.query.sought import Sought
from botlens.query.statement import Statement

MOST = 200
DEFAULT_LIMIT = 20


@dataclass(frozen=True, slots=True)
class WantedValues:
    """Which values of which field.

    Attributes:
        field: of filters.
        sought: what their texts must have in them, if it is said.
        limit: how many at most.
    """

    field: Field
    sought: Sought | None
    limit: int

    @property
    def by_label(self) -> bool:
        """Whether people know the values by names that the store does not have: all are read then."""
        return self.field.text is Text.CHATBOT

    @classmethod
    def parse(cls, request: Mapping[str, Any]) -> "WantedValues":
        """From the keys `field`, `contains` and `limit`.

        Raises:
            InvalidError: there is no such field, or it has no values to choose from.
        """
        name, contains, limit = request.get("field"), request.get("contains"), request.get("limit")
        if not isinstance(name, str) or name not in FIELDS:
            raise InvalidError(
                f"`field` is a field of filters: {suggestion(str(name or ''), list(FIELDS))}",
                code="unknown_field",
                field="field",
            )
        known = FIELDS[name]
        if known.of_cohorts:
            raise InvalidError(
                f"`{name}` has no values to choose from: they are the rows of a metric of cohorts.",
                code="invalid_parameter",
                field="field",
            )
        if contains is not None and known.type is not Type.TEXT:
            raise InvalidError(
                f"`contains` goes with fields that are texts, and `{name}` is a {known.type}.",
                code="invalid_parameter",
                field="contains",
            )
        if limit is not None and (
            isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST
        ):
            raise InvalidError(
                f"`limit` is a whole number from 1 to {MOST}.", code="invalid_parameter", field="limit"
            )
        sought = None if contains is None else Sought.parse(contains, "contains")
        return cls(known, sought, limit or DEFAULT_LIMIT)


def values_statement(wanted: WantedValues, selection: Selection, facts: FactsSource) -> Statement:
    """(value, conversations, values in all): the most frequent values first, then by themselves."""
    known = wanted.field
    source, parameters = selection.source(facts, known.value, known.none)
    items = known.value
    if known.many:
        each = f"arrayMap(x -> toNullable(x), arrayDistinct({known.value}))"
        # What is there but has no form of its own, as what is not there, is null.
        if known.nullable:
            own = f"arrayFilter(x -> x != '', {each})"
            items = f"arrayJoin(arrayConcat({own}, if({known.none}, [NULL], [])))"
        else:
            items = f"arrayJoin({each})"
    found = f"SELECT {items} AS value FROM {source}"
    kept = ""
    if wanted.sought is not None and not wanted.by_label:
        kept = " WHERE ifNull(match(toString(value), {sought:String}), false)"
        parameters = {**parameters, "sought": wanted.sought.pattern}
    grouped = f"SELECT value, count() AS conversations FROM ({found}){kept} GROUP BY value"
    cut = "" if wanted.by_label else f" LIMIT {wanted.limit}"
    return Statement(
        f"SELECT value, conversations, count() OVER () FROM ({grouped}) "
        f"ORDER BY conversations DESC, value ASC NULLS LAST{cut}",
        parameters,
        ("value", "conversations", "total"),
    )
