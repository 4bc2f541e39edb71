"""Filters: which conversations. A tree of conditions becomes SQL, every value a bound parameter."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from botlens.errors import InvalidError
from botlens.events.language import canonical
from botlens.events.question import normal_form
from botlens.metrics.expressions import Need, needs_of
from botlens.metrics.fields import FIELDS, Field
from botlens.metrics.values import BETWEEN, CONTAINS, IS, IS_NOT, Text, Type
from botlens.moments import days, microseconds

_DEPTH = 10
_LEAVES = 100
_NODES = 1_000
_VALUES = 1_000
_SQL = {
    Type.TEXT: "String",
    Type.NUMBER: "Int64",
    Type.DATE: "Int64",
    Type.MONTH: "Int64",
    Type.TIME: "Tuple(Int64, Int64)",
    Type.FLAG: "Bool",
}
_EXAMPLE = '{"field": "language", "op": "is", "value": "en"}'


@dataclass(slots=True)
class Parameters:
    """Values on their way into a statement: each gets a name of its own, which begins with `prefix`."""

    prefix: str = "p"
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, sql_type: str, value: Any) -> str:
        """The placeholder that stands for a value."""
        name = f"{self.prefix}{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{sql_type}}}"


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL that is true or false (never null) of a conversation.

    Attributes:
        sql: the condition.
        parameters: its values.
        needs: what of sessions must be known to say.
        asks: about which kinds of texts it asks. Who counts what meets it comes to know them, guess by guess.
    """

    sql: str = "1"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: frozenset[Need] = frozenset()
    asks: frozenset[Text] = frozenset()

    def and_also(self, other: "Condition") -> "Condition":
        """True where both are, whose parameters must have names of their own (see `condition_of`)."""
        assert self.parameters.keys().isdisjoint(other.parameters), "one would take the values of the other"  # noqa: S101
        parameters = {**self.parameters, **other.parameters}
        both = f"({self.sql}) AND ({other.sql})"
        return Condition(both, parameters, self.needs | other.needs, self.asks | other.asks)


def condition_of(filters: Any, *, prefix: str = "p") -> Condition:
    """The condition of `filters`: a leaf, `{"and"|"or": [...]}`, `{"not": ...}`, or a list, which means and.

    Args:
        filters: as a request has them.
        prefix: how the names of its parameters begin.

    Raises:
        InvalidError: they are not that; the message lists what there is.
    """
    return Condition() if filters is None else _condition(_Parser(prefix), filters)


def conditions_of_visits(filters: Any) -> tuple[Condition, Condition]:
    """Of the conversations of sessions that come back: which first conversations, and which after them.

    What asks for the cohort is about the latter, all else about the former. It stands beside the other
    filters, not within `or` or `not`.

    Raises:
        InvalidError: as in `condition_of`.
    """
    others, own = _apart(filters, 0)
    return _condition(_Parser(), others), _condition(_Parser("v", of_cohorts=True), own)


def _condition(parser: "_Parser", filters: Any) -> Condition:
    sql = parser.tree(filters, 0)
    return Condition(sql, parser.parameters.values, frozenset(parser.needs), frozenset(parser.asks))


def _apart(node: Any, depth: int) -> tuple[list[Any], list[Any]]:
    """The parts of a conjunction: those of other fields, and those of fields of cohorts."""
    if node is None:
        return [], []
    if isinstance(node, Mapping) and set(node) == {"and"}:
        node = node["and"]
    if isinstance(node, Sequence) and not isinstance(node, str) and depth < _DEPTH:
        pairs = [_apart(part, depth + 1) for part in node]
        return [each for others, _ in pairs for each in others], [each for _, own in pairs for each in own]
    return ([], [node]) if _is_of_cohorts(node) else ([node], [])


def _is_of_cohorts(node: Any) -> bool:
    name = node.get("field") if isinstance(node, Mapping) else None
    return isinstance(name, str) and name in FIELDS and FIELDS[name].of_cohorts


def invalid_filter(what: str, code: str = "invalid_filter") -> InvalidError:
    """The error of a filter."""
    return InvalidError(what, code=code, field="filters")


def suggestion(name: str, known: Sequence[str]) -> str:
    """What somebody may have meant, and else what there is."""
    near = get_close_matches(name, known, 3)
    return (
        f"did you mean {' or '.join(f'`{each}`' for each in near)}?"
        if near
        else f"there are {', '.join(known)}."
    )


class _Parser:
    def __init__(self, prefix: str = "p", *, of_cohorts: bool = False) -> None:
        self.parameters = Parameters(prefix)
        self._of_cohorts = of_cohorts
        self.needs: set[Need] = set()
        self.asks: set[Text] = set()
        self._leaves = 0
        self._nodes = 0

    def tree(self, node: Any, depth: int) -> str:
        self._nodes += 1
        if self._nodes > _NODES:
            raise invalid_filter(f"There may be {_NODES:,} filters and lists of filters in all.")
        if depth > _DEPTH:
            raise invalid_filter(f"Filters may be nested {_DEPTH} deep.")
        if isinstance(node, Sequence) and not isinstance(node, str):
            return self._joined(node, " AND ", depth)
        if not isinstance(node, Mapping):
            raise invalid_filter(f"A filter is an object like {_EXAMPLE}, or a list of them.")
        if set(node) == {"and"} or set(node) == {"or"}:
            ((word, parts),) = node.items()
            if isinstance(parts, str) or not isinstance(parts, Sequence):
                raise invalid_filter(f"`{word}` takes a list of filters.")
            return self._joined(parts, f" {word.upper()} ", depth)
        if set(node) == {"not"}:
            return f"NOT {self.tree(node['not'], depth + 1)}"
        return self._leaf(node)

    def _joined(self, parts: Sequence[Any], word: str, depth: int) -> str:
        if not parts:
            return "(1)" if word == " AND " else "(0)"
        return f"({word.join(self.tree(part, depth + 1) for part in parts)})"

    def _leaf(self, leaf: Mapping[str, Any]) -> str:
        self._leaves += 1
        if self._leaves > _LEAVES:
            raise invalid_filter(f"There may be {_LEAVES} conditions in all; `is` takes a list of values.")
        if set(leaf) != {"field", "op", "value"}:
            raise invalid_filter(
                f"A filter has `field`, `op` and `value`, or one of `and`, `or`, `not`: {_EXAMPLE}."
            )
        name, op = leaf["field"], leaf["op"]
        if not isinstance(name, str) or name not in FIELDS:
            raise invalid_filter(
                f"There is no field `{str(name)[:50]}` to filter by: {suggestion(str(name), list(FIELDS))}",
                code="unknown_field",
            )
        known = FIELDS[name]
        if known.of_cohorts and not self._of_cohorts:
            raise invalid_filter(
                f"`{name}` chooses among the conversations behind a metric of cohorts: ask for those, with "
                "`metric`, and put it beside the other filters, not within `or` or `not`."
            )
        op = op.replace("_", " ") if isinstance(op, str) else op
        if op not in known.operators:
            offered = ", ".join(f"`{each}`" for each in known.operators)
            raise invalid_filter(
                f"`{name}` can be asked with {offered}, not `{str(op)[:50]}`.", code="unknown_operator"
            )
        self.needs |= needs_of(known.value)
        self.asks.add(known.text)
        if op == IS_NOT:
            return f"NOT {self._is(known, leaf['value'])}"
        ways: dict[str, Callable[[Field, Any], str]] = {
            IS: self._is,
            CONTAINS: self._contains,
            BETWEEN: self._between,
        }
        return ways[op](known, leaf["value"])

    def _is(self, known: Field, value: Any) -> str:
        values = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        if not values or len(values) > _VALUES:
            raise invalid_filter(f"`{known.name}` takes 1 to {_VALUES} values.")
        if None in values and not known.nullable:
            raise invalid_filter(f"`{known.name}` is never null.")
        parts = []
        if None in values:
            parts.append(known.none if known.many else f"isNull({known.value})")
        given = [_checked(known, each) for each in values if each is not None]
        if known.text is Text.QUESTION:  # a row's own value finds it, whatever a normal form's normal form is
            given += [each for each in values if each is not None and each not in given]
        if known.text is Text.LANGUAGE:
            given = list(map(canonical, given))
        if known.type is Type.FLAG:
            parts += [known.value if each else f"NOT ({known.value})" for each in given]
        elif given:
            placeholder = self.parameters.add(f"Array({_SQL[known.type]})", given)
            item = "toString(x)" if known.type is Type.TEXT else "toInt64(x)"
            if known.many:
                parts.append(f"arrayExists(x -> has({placeholder}, {item}), {known.value})")
            elif known.type is Type.TIME:
                parts.append(f"has({placeholder}, {known.value})")
            else:
                parts.append(f"{known.value} IN {placeholder}")
        return f"ifNull({' OR '.join(f'({part})' for part in parts)}, false)"

    def _contains(self, known: Field, value: Any) -> str:
        text = _checked(known, value)
        placeholder = self.parameters.add("String", text)
        if known.many:
            return f"arrayExists(x -> position(toString(x), {placeholder}) > 0, {known.value})"
        return f"ifNull(position({known.value}, {placeholder}) > 0, false)"

    def _between(self, known: Field, value: Any) -> str:
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
            raise invalid_filter(
                f"`between` takes two values: [lowest, highest], both included (`{known.name}`)."
            )
        low, high = (self.parameters.add("Int64", _checked(known, each)) for each in value)
        return f"ifNull({known.value} >= {low} AND {known.value} <= {high}, false)"


def _checked(known: Field, value: Any) -> Any:
    """A value as the store compares it."""
    if known.type is Type.FLAG:
        if not isinstance(value, bool):
            raise invalid_filter(f"`{known.name}` is true or false, not {_printable(value)}.")
        return value
    if known.type is Type.NUMBER:
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
            raise invalid_filter(f"`{known.name}` is a whole number, not {_printable(value)}.")
        return value
    if not isinstance(value, str):
        raise invalid_filter(f"`{known.name}` is a text, not {_printable(value)}.")
    if known.type is Type.TEXT:
        text = normal_form(value) if known.text is Text.QUESTION else value
        if not text:
            raise invalid_filter(f"`{known.name}` cannot be compared with an empty text.")
        return text
    return _hour(known, value) if known.type is Type.TIME else _date(known, value)


def _hour(known: Field, value: str) -> tuple[int, int]:
    """A local time and the offset of its clock, both in microseconds: what answers write a time by."""
    local: datetime | None = None
    with suppress(ValueError):
        local = datetime.fromisoformat(value)
    offset = None if local is None else local.utcoffset()
    if local is None or offset is None:
        example = "2026-03-18T10:00:00+01:00, the first moment of the hour with its offset"
        raise invalid_filter(f"`{known.name}` is written like {example}, not {_printable(value)}.")
    return microseconds(local.replace(tzinfo=UTC)), offset // timedelta(microseconds=1)


def _date(known: Field, value: str) -> int:
    try:
        if known.type is Type.MONTH:
            day = date.fromisoformat(f"{value}-01")
            return day.year * 12 + day.month - 1
        return days(date.fromisoformat(value))
    except ValueError:
        example = "2026-03" if known.type is Type.MONTH else "2026-03-01"
        raise invalid_filter(f"`{known.name}` is written like {example}, not {_printable(value)}.") from None


def _printable(value: Any) -> str:
    return repr(value)[:50]
