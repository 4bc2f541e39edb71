"""What a company has, without any figure of it: since when, until when, and how much of its plan is used."""

from dataclasses import dataclass
from datetime import date

from botlens.answers.scope import Scope, free_of_features
from botlens.commit.snapshot import Snapshots
from botlens.query.window import Window
from botlens.store.extent import load_extent


@dataclass(frozen=True, slots=True)
class EventSpan:
    """From the start of the first conversation to the last event, microseconds since 1970; None: no event."""

    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Extents:
    """By chatbot, in the order of their ids; and the company's conversations of this calendar month."""

    by_chatbot: dict[str, EventSpan]
    used: int


class Extent:
    """Answers what a company has.

    Args:
        snapshots: read the facts.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    @free_of_features
    def events(self, scope: Scope) -> Extents:
        """When each chatbot's events begin and end, exactly, and what of the plan is used this month."""
        zone, ids = scope.zone(), list(scope.chatbots)
        today = scope.now.astimezone(zone).date()
        last = _first_of_next_month(today).toordinal() - 1
        month = Window.of_days(today.replace(day=1).toordinal(), last, zone)
        found = self._snapshots.read(
            scope.company.id, lambda reader: load_extent(reader, ids, month) if ids else {}
        )
        spans = {each: EventSpan(*found[each][:2]) if each in found else EventSpan() for each in ids}
        return Extents(spans, sum(used for _, _, used in found.values()))


def _first_of_next_month(day: date) -> date:
    months = day.year * 12 + day.month  # of the year 9999 there is no next month; clocks are not set so far
    return date(months // 12, months % 12 + 1, 1)
