"""Several groupings of the same conversations in one statement, which reads them once.

To read conversations (their current versions, what they know of their session) costs more than to count them,
and to plan a statement as much as to run it. So what is asked of the same ones is one statement with a set of
keys for each grouping; each then finds in the result what a statement of its own would have given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from botlens.metrics.expressions import Need, needs_of
from botlens.query.columns import Result, SelectedColumn
from botlens.query.plan import COUNTED, QueryPlan
from botlens.query.selection import FactsSource, Selection
from botlens.query.statement import MOST_GROUPS, Statement
from botlens.query.table import too_many

_GROUPING_SET = "grouping_set"
_LIGHT = 8
"""Columns, the four of the coverage among them."""

_ADDING = ("count()", "countIf(", "sum(", "sumIf(", "min(", "max(")


@dataclass(frozen=True, slots=True)
class Grouping:
    """One grouping of the conversations of a selection, and of the tests beside them.

    Attributes:
        keys: by what they are grouped, besides whether they are counted.
        columns: aggregates of each group.
        few: whether there are few groups, whatever the conversations are.
    """

    keys: tuple[SelectedColumn, ...]
    columns: tuple[SelectedColumn, ...]
    few: bool = True

    @property
    def needs(self) -> frozenset[Need]:
        """What rows must know of their session."""
        return needs_of(*(each.sql for each in (*self.keys, *self.columns)))

    def goes_with(self, other: "Grouping") -> bool:
        """Whether the two are worth a common statement, in which all aggregates are of all groups.

        By the same keys they always are. By others, if neither has many aggregates, or costly ones: to
        compute these for the groups of the other takes longer than to read the conversations again.
        """
        if self.needs != other.needs or not (self.few and other.few):
            return False
        return self.keyed_by == other.keyed_by or (self.is_light and other.is_light)

    @property
    def is_light(self) -> bool:
        """Whether it adds up few things, and remembers none."""
        if len(self.columns) > _LIGHT:
            return False
        return all(each.sql.startswith(_ADDING) for each in self.columns)

    @property
    def keyed_by(self) -> frozenset[str]:
        """The SQL of its keys, whatever their order."""
        return frozenset(each.sql for each in self.keys)

    @classmethod
    def of_rows(cls, plan: QueryPlan) -> list["Grouping"]:
        """The rows of a plan that carry what they cover: see `joined_results`.

        They are several groupings by the same keys where some aggregates must know of sessions and some need
        not: to look for the next conversation of each session sorts all rows, with all that they carry.
        """
        keys = tuple(each.column for each in plan.dimensions)
        few = not any(each.dimension.text.may_hold_commas for each in plan.dimensions)
        by_needs: dict[frozenset[Need], list[SelectedColumn]] = {}
        for each in (*plan.coverage, *plan.of_rows):
            if each not in (*keys, COUNTED):
                by_needs.setdefault(needs_of(each.sql), []).append(each)
        return [cls(keys, tuple(values), few) for values in by_needs.values()]

    @classmethod
    def of_coverage(cls, plan: QueryPlan) -> "Grouping":
        """What the rows of a plan cover, where they do not carry it."""
        return cls((), tuple(each for each in plan.coverage if each != COUNTED))


class Scan:
    """Some groupings as one statement.

    Args:
        groupings: at least one.
    """

    def __init__(self, groupings: Sequence[Grouping]) -> None:
        self._groupings = groupings
        self._keys = _named("k", (each for grouping in groupings for each in grouping.keys))
        self._values = _named("c", (each for grouping in groupings for each in grouping.columns))
        self._sets = list(dict.fromkeys(self._set_of(grouping) for grouping in groupings))

    def statement(self, selection: Selection, facts: FactsSource) -> Statement:
        """The one statement."""
        keys, values = list(self._keys.values()), list(self._values.values())
        source, parameters = selection.source(
            facts, COUNTED.sql, *(each.sql for each in (*keys, *values)), tests=True
        )
        # Keys are columns before anything is grouped by them: of expressions, the engine leaves out one that
        # can be computed of others (a month, of a day), and does not find tuples again.
        source = f"(SELECT *, {', '.join(each.selected for each in keys)} FROM {source})" if keys else source
        columns = [*(SelectedColumn(each.name, each.name) for each in keys), COUNTED, *values]
        by, limit = ", ".join([*self._sets[0], COUNTED.name]), f"LIMIT {MOST_GROUPS + 1}"
        if len(self._sets) > 1:
            columns.append(
                SelectedColumn(_GROUPING_SET, f"grouping({', '.join(each.name for each in keys)})")
            )
            sets = ", ".join(f"({', '.join([*names, COUNTED.name])})" for names in self._sets)
            by = f"GROUPING SETS ({sets})"
        selected = ", ".join(each.selected for each in columns)
        return Statement(
            f"SELECT {selected} FROM {source} GROUP BY {by} {limit}",
            parameters,
            tuple(each.name for each in columns),
        )

    def results(self, result: Result) -> list[Result]:
        """What each grouping would have found alone, in their order.

        Raises:
            InvalidError: together they have more groups than are read at once.
        """
        if len(self._groupings) > 1 and result.size > MOST_GROUPS:
            raise too_many(f"Together there are more than {MOST_GROUPS:,} rows")
        return [self._result(grouping, result) for grouping in self._groupings]

    def _result(self, grouping: Grouping, result: Result) -> Result:
        named = {each.name: self._keys[each.sql].name for each in grouping.keys}
        named |= {each.name: self._values[each.sql].name for each in grouping.columns}
        named[COUNTED.name] = COUNTED.name
        if len(self._sets) == 1:
            return Result(result.size, {own: result.columns[name] for own, name in named.items()})
        number = self._number_of(self._set_of(grouping))
        places = [place for place, each in enumerate(result.columns[_GROUPING_SET]) if each == number]
        columns = {own: [result.columns[name][place] for place in places] for own, name in named.items()}
        return Result(len(places), columns)

    def _set_of(self, grouping: Grouping) -> tuple[str, ...]:
        return tuple(sorted({self._keys[each.sql].name for each in grouping.keys}))

    def _number_of(self, names: tuple[str, ...]) -> int:
        """What `grouping` gives: a bit for each key, the first the highest, 1 where it is not in the set."""
        number = 0
        for each in self._keys.values():
            number = 2 * number + (each.name not in names)
        return number


def joined_results(groupings: Sequence[Grouping], results: Sequence[Result]) -> Result:
    """What several groupings found of the same conversations by the same keys, as one result."""
    keys = [*groupings[0].keys, COUNTED]

    def rows_of(result: Result) -> list[tuple[Any, ...]]:
        return list(zip(*(result[each] for each in keys), strict=True))

    columns, rows = dict(results[0].columns), rows_of(results[0])
    for grouping, result in list(zip(groupings, results, strict=True))[1:]:
        place_of = {key: place for place, key in enumerate(rows_of(result))}
        places = [place_of[key] for key in rows]
        columns |= {each.name: [result[each][place] for place in places] for each in grouping.columns}
    return Result(len(rows), columns)


def _named(letter: str, columns: Iterable[SelectedColumn]) -> dict[str, SelectedColumn]:
    """Each SQL once, with a name of its own."""
    distinct = dict.fromkeys(each.sql for each in columns)
    return {sql: SelectedColumn(f"{letter}{place}", sql) for place, sql in enumerate(distinct)}
