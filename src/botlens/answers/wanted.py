"""What is to be counted for answers, and what was."""

from dataclasses import dataclass

from botlens.query.plan import QueryPlan
from botlens.query.rows import Calendar
from botlens.query.scan import Grouping
from botlens.query.selection import Selection
from botlens.query.table import Coverage, ResultTable


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is to be counted.

    Attributes:
        plan: how.
        selection: of what.
        covered: whether it must be known what the rows cover.
    """

    plan: QueryPlan
    selection: Selection
    covered: bool = True

    @property
    def groupings(self) -> list[Grouping]:
        """What can be read together with others: the rows, or what they cover. One result when joined."""
        if self.plan.carries_coverage:
            return Grouping.of_rows(self.plan)
        return [Grouping.of_coverage(self.plan)] if self.covered else []


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a selection, and what that covers where it is needed."""

    selection: Selection
    table: ResultTable
    coverage: Coverage | None

    @property
    def calendar(self) -> Calendar:
        """The local units of its window."""
        extent = self.coverage.extent if self.coverage else None
        return Calendar(self.selection.zone, self.selection.window, extent)
