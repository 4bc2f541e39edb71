"""Which conversations a request is about: chatbots, window and filters, as a table expression over facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from botlens.metrics.calendar import DAY_SECONDS, stretches
from botlens.metrics.catalogue.declaration import Metric
from botlens.metrics.expressions import HAS_SESSION, SESSION, STARTED, Need, columns_of, needs_of
from botlens.moments import SECOND
from botlens.query.filters import Condition
from botlens.query.window import Window


class FactsSource(Protocol):
    """A condition on facts, and columns -> a table expression of the facts of one company that meet it."""

    def __call__(self, where: str, columns: Iterable[str]) -> str: ...


RepeatsElsewhere = Mapping[tuple[str, str], int]
"""By (chatbot id, conversation id): how many of its questions repeat one of another conversation alone."""

_IN_ORDER = f"PARTITION BY {SESSION} ORDER BY started_at, conversation_id"
_OF_CHATBOTS = "chatbot_id IN {chatbots:Array(String)}"
_REPEATING = "{repeating:Array(String)}, {repeated:Array(UInt32)}"
_BY_WINDOW_FUNCTION = frozenset({Need.FIRST, Need.NEXT})
_BOTH_IDS = "concat(toString(lengthUTF8(chatbot_id)), ':', chatbot_id, conversation_id)"


@dataclass(frozen=True, slots=True)
class Selection:
    """The conversations of a request.

    Attributes:
        chatbots: whose.
        zone: of local days.
        window: when they started.
        extent: the earliest and latest start (microseconds) that there can be in the window.
        now: microseconds.
        resolution: how long a session must stay away for a resolution to be assumed, in microseconds.
        condition: the filters.
        repeats_elsewhere: see `repeats`; may be None unless something needs `Need.REPHRASED`.
    """

    chatbots: tuple[str, ...]
    zone: ZoneInfo
    window: Window
    extent: tuple[int, int]
    now: int
    resolution: int
    condition: Condition = field(default_factory=Condition)
    repeats_elsewhere: RepeatsElsewhere | None = None

    def contributing(self, metric: Metric) -> "Selection":
        """Those of them that make the value of a metric."""
        condition = metric.contributing or "1"
        both = f"({self.condition.sql}) AND ({condition})"
        needs = self.condition.needs | needs_of(condition)
        return replace(self, condition=Condition(both, self.condition.parameters, needs))

    def source(
        self, facts: FactsSource, *expressions: str, tests: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """A table expression with the columns that some expressions name, and its parameters.

        Args:
            facts: see `FactsSource`.
            expressions: SQL; rows know of their session what these name (see `Need`).
            tests: with test conversations (`counted` is false of them), which are left out otherwise.
        """
        kept = f"{'shown' if tests else 'counted'} AND {_OF_CHATBOTS}"
        condition, parameters = self.condition, self.parameters()
        needs = needs_of(*expressions) | condition.needs
        assert self.repeats_elsewhere is not None or Need.REPHRASED not in needs, "see `repeats`"  # noqa: S101
        if not needs:
            within, more = self.window.condition()
            rows = facts(f"{kept} AND {within} AND ({condition.sql})", columns_of(*expressions))
            return rows, {**parameters, **more}
        # Sessions are looked at before anything is left out: filters must not change who is new.
        days, _ = Window(self.window.start, None if Need.NEXT in needs else self.window.end).days()
        within, _ = self.window.moments()
        known = self._known(needs)
        rows = facts(f"{kept} AND {days}", columns_of(*expressions, condition.sql, within, *known.values()))
        if Need.FIRST in known:
            known[Need.FIRST] += self._unseen(facts)
        added = ", ".join(f"({sql}) AS {name}" for name, sql in known.items())
        last = "QUALIFY" if needs & _BY_WINDOW_FUNCTION else "WHERE"
        return (
            f"(SELECT *, {added} FROM {rows} {last} {within} AND ({condition.sql}))",
            {**parameters, **self.window.condition()[1], **self._repeating()},
        )

    def parameters(self) -> dict[str, Any]:
        """What expressions over these conversations may refer to, and the values of the filters."""
        low, high = (moment // SECOND for moment in self.extent)
        parts = stretches(self.zone, low - DAY_SECONDS, high + DAY_SECONDS)
        return {
            "chatbots": list(self.chatbots) or [""],
            "now": self.now,
            "resolution": self.resolution,
            "stretch_starts": [part.start * SECOND for part in parts],
            "stretch_offsets": [part.offset * SECOND for part in parts],
            **self.condition.parameters,
        }

    def _known(self, needs: frozenset[Need]) -> dict[Need, str]:
        """What rows must know of their session, as columns of a select over the days of the window."""
        known: dict[Need, str] = {}
        if Need.FIRST in needs:
            known[Need.FIRST] = f"{HAS_SESSION} AND row_number() OVER ({_IN_ORDER}) = 1"
        if Need.NEXT in needs:
            known[Need.NEXT] = (
                f"leadInFrame(toNullable({STARTED})) OVER ({_IN_ORDER} "
                "ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)"
            )
        if Need.REPHRASED in needs:
            known[Need.REPHRASED] = "arraySum(question_again)"
            if self._repeating():
                key = "conversation_id" if self._is_of_one_chatbot else _BOTH_IDS
                known[Need.REPHRASED] += f" + transform({key}, {_REPEATING}, toUInt32(0))"
        return known

    def _unseen(self, facts: FactsSource) -> str:
        """That a session was not there before the days of the window.

        Of what was before, only the sessions of the window are kept: a set that does not grow with history.
        """
        if self.window.start is None:
            return ""
        days, _ = self.window.days()
        here = facts(f"{_OF_CHATBOTS} AND {days}", (SESSION,))
        before = facts(f"{_OF_CHATBOTS} AND day < {{first_day:Int32}} AND {SESSION} IN {here}", (SESSION,))
        return f" AND {SESSION} NOT IN {before}"

    def _repeating(self) -> dict[str, Any]:
        """The parameters for what repeats a question of others; what repeats one of its own is a fact."""
        if self.repeats_elsewhere is None:
            return {}
        counts = {key: count for key, count in self.repeats_elsewhere.items() if key[0] in self.chatbots}
        if not counts:
            return {}
        own = [each if self._is_of_one_chatbot else f"{len(bot)}:{bot}{each}" for bot, each in counts]
        return {"repeating": own, "repeated": list(counts.values())}

    @property
    def _is_of_one_chatbot(self) -> bool:
        """Then the ids of conversations are enough: cheaper than both."""
        return len(self.chatbots) == 1
