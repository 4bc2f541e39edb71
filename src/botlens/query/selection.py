"""Which conversations a request is about: chatbots, window and filters, as a table expression over facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from botlens.metrics.calendar import DAY_SECONDS, Today, stretches
from botlens.metrics.catalogue.declaration import Metric
from botlens.metrics.expressions import (
    ENDED,
    FIRST_WEEK,
    HAS_SESSION,
    LATER,
    LOCAL_WEEK,
    ONE_DAY,
    RESOLUTION,
    SESSION,
    STARTED,
    Need,
    columns_of,
    needs_of,
)
from botlens.moments import DAY, SECOND, days, instant
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
        among: SQL that is true of one of those that all else chooses, and may ask whether its session's first
            conversation is one of them.
        visits: if there are any, all else chooses first conversations of sessions, and this is about all
            conversations of these sessions, whenever they started: which of them.
        reach: of which conversations anything may be told at all, of later visits of a session too.
        last_day: the last local day of which anything may be told; None is the present one.
        part: where the former or the latter are meant, only those that started in it.
    """

    chatbots: tuple[str, ...]
    zone: ZoneInfo
    window: Window
    extent: tuple[int, int]
    now: int
    resolution: int
    condition: Condition = field(default_factory=Condition)
    repeats_elsewhere: RepeatsElsewhere | None = None
    among: str | None = None
    visits: Condition | None = None
    reach: Condition = field(default_factory=Condition)
    last_day: date | None = None
    part: Window = field(default_factory=Window)

    def contributing(self, metric: Metric) -> "Selection":
        """Those of them that make the value of a metric."""
        condition = metric.contributing or "1"
        needs = needs_of(condition)
        if Need.FIRST_AMONG in needs:
            return replace(self, among=condition)
        both = f"({self.condition.sql}) AND ({condition})"
        return replace(
            self, condition=Condition(both, self.condition.parameters, self.condition.needs | needs)
        )

    def besides(self, condition: str, parameters: Mapping[str, Any]) -> "Selection":
        """Those of them of which a condition on facts is true, too, with its parameters."""

        def both(here: Condition) -> Condition:
            return Condition(f"({here.sql}) AND ({condition})", {**here.parameters, **parameters}, here.needs)

        if self.visits is not None:
            return replace(self, visits=both(self.visits))
        if self.among is not None:
            own = Condition(
                self.condition.sql, {**self.condition.parameters, **parameters}, self.condition.needs
            )
            return replace(self, among=f"{self.among} AND ({condition})", condition=own)
        return replace(self, condition=both(self.condition))

    def within(self, part: Window) -> "Selection":
        """Those of them that started in a part of the time, which lies in their window if they have one."""
        return replace(self, part=part) if self._looks_beyond else replace(self, window=part)

    @property
    def within_reach(self) -> "Selection":
        """All conversations of its chatbots of which anything may be told."""
        return replace(self, window=Window(), condition=self.reach, visits=None, among=None, part=Window())

    @property
    def extends(self) -> Window:
        """When what it chooses may have started."""
        return self.window if self.visits is None else Window(self.window.start)

    @property
    def last_week(self) -> date:
        """The Monday of the last local week of which anything may be told."""
        today = Today.of(instant(self.now), self.zone).day
        last = today if self.last_day is None else min(today, self.last_day)
        return last - timedelta(days=last.weekday())

    @property
    def _looks_beyond(self) -> bool:
        """Whether it takes conversations outside of a part of the window to say which ones are chosen."""
        return self.among is not None or self.visits is not None

    def source(
        self, facts: FactsSource, *expressions: str, tests: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """A table expression with the columns that some expressions name, and its parameters.

        Args:
            facts: see `FactsSource`.
            expressions: SQL; rows know of their session what these name (see `Need`).
            tests: with test conversations (`counted` is false of them), which are left out otherwise.
        """
        if self.visits is not None:
            return self._visited(facts, self.visits, *expressions)
        if self.among is not None:
            return self._among(facts, self.among, *expressions)
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
        if Need.NEXT in needs and self.window.end is not None:
            days += f" AND day <= {self._last_day_of_a_return(kept, facts)}"
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

    def _among(self, facts: FactsSource, condition: str, *expressions: str) -> tuple[str, dict[str, Any]]:
        """Those of which a condition on all of them together is true."""
        within, of_part = self.part.condition("part_")
        named = (*expressions, condition, within, SESSION, Need.FIRST)
        chosen, parameters = replace(self, among=None).source(facts, *named)
        known = f"max({Need.FIRST}) OVER (PARTITION BY {SESSION}) AS {Need.FIRST_AMONG}"
        return (
            f"(SELECT * FROM (SELECT *, {known} FROM {chosen}) WHERE {condition} AND {within})",
            parameters | of_part,
        )

    def _visited(
        self, facts: FactsSource, condition: Condition, *expressions: str
    ) -> tuple[str, dict[str, Any]]:
        """All conversations, up to this week, of the sessions whose first one is chosen."""
        since, of_start = Window(self.window.start).moments("since_")
        within, of_part = self.part.condition("part_")
        allowed, of_allowed = self._allowed.moments("allowed_")
        reach = Condition() if self.reach.needs else self.reach  # else that is known where it is joined
        bounds = f"{since} AND {within} AND {allowed} AND ({reach.sql}) AND ({condition.sql})"
        visits, parameters = (self._by_join if self.condition.needs | self.reach.needs else self._by_first)(
            facts, *expressions, bounds, SESSION, LOCAL_WEEK
        )
        later = f"intDiv({LOCAL_WEEK} - {FIRST_WEEK}, 7) AS {LATER}"
        own = {**of_start, **of_part, **of_allowed, **reach.parameters, **condition.parameters}
        kept = f"{LOCAL_WEEK} <= {{this_week:Int32}} AND {bounds}"
        return (
            f"(SELECT * FROM (SELECT *, {later} FROM {visits}) WHERE {kept})",
            {**parameters, **own, "this_week": days(self.last_week)},
        )

    @property
    def _allowed(self) -> Window:
        """The days of which anything may be told."""
        last = None if self.last_day is None else self.last_day.isoformat()
        return Window.parse(None, last, self.zone)

    def _by_first(self, facts: FactsSource, *expressions: str) -> tuple[str, dict[str, Any]]:
        """All conversations of these sessions, each with the week of the first one: sorted once."""
        since, _ = Window(self.window.start).days()
        moments, _ = self.window.moments()
        chosen = f"first_value(toBool({moments} AND ({self.condition.sql}))) OVER ({_IN_ORDER})"
        first = f"first_value({LOCAL_WEEK}) OVER ({_IN_ORDER})"
        rows = facts(
            f"counted AND {HAS_SESSION} AND {_OF_CHATBOTS} AND {since}",
            columns_of(*expressions, first, chosen),
        )
        known = f"SELECT *, {first} AS {FIRST_WEEK}, {chosen} AS of_chosen FROM {rows}"
        return (
            f"(SELECT * FROM ({known}) WHERE of_chosen{self._unseen(facts)})",
            {**self.parameters(), **self.window.condition()[1]},
        )

    def _by_join(self, facts: FactsSource, *expressions: str) -> tuple[str, dict[str, Any]]:
        """The same where filters must know more of sessions."""
        chosen, parameters = replace(self, visits=None).source(facts, SESSION, LOCAL_WEEK, Need.FIRST)
        firsts = f"(SELECT {SESSION}, {LOCAL_WEEK} AS {FIRST_WEEK} FROM {chosen} WHERE {Need.FIRST})"
        rows, more = self._reached(facts, *expressions)
        return (
            f"(SELECT * FROM {rows} AS visits INNER JOIN {firsts} AS firsts USING ({SESSION}))",
            {**parameters, **more},
        )

    def _reached(self, facts: FactsSource, *expressions: str) -> tuple[str, dict[str, Any]]:
        """Those in sessions since the window began; where it takes sessions to say so, those within reach."""
        if self.reach.needs:  # what is known of a session is known of all of it
            everything = replace(self, visits=None, window=Window(), condition=self.reach)
            return everything.source(facts, *expressions)
        since, of_start = Window(self.window.start).days("since_")
        kept = f"counted AND {HAS_SESSION} AND {_OF_CHATBOTS} AND {since}"
        return facts(kept, columns_of(*expressions)), of_start

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

    def _last_day_of_a_return(self, kept: str, facts: FactsSource) -> str:
        """The last day that says whether a session came back in time: nothing asks for a longer time."""
        within, _ = self.window.condition()
        chosen = facts(f"{kept} AND {within}", columns_of(ENDED))
        return f"intDiv((SELECT max({ENDED}) FROM {chosen}) + greatest({RESOLUTION}, {ONE_DAY}), {DAY})"

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
