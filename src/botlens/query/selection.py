"""Which conversations a request is about: chatbots, window and filters, as a table expression over facts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from botlens.metrics.calendar import stretches
from botlens.metrics.expressions import HAS_SESSION, STARTED, Need, needs_of
from botlens.metrics.facts import DAY
from botlens.query.filters import Condition
from botlens.query.window import Window

Facts = Callable[[str], str]
"""A condition on facts -> a table expression of the facts of one company that meet it."""

_SECOND = 1_000_000
_DAY_SECONDS = 86_400

# Tests, and conversations without a session id, are where nobody looks: one key is cheaper than three.
_SESSION_OR_NONE = "if(counted, session_id, '')"
_WORDS = "arrayMap(q -> arrayDistinct(splitByNonAlpha(q)), questions)"
_ALIKE = "notEmpty(w) AND 8 * length(arrayIntersect(w, v)) >= 3 * (length(w) + length(v))"
"""At least 0.6 of all words of both are in both: i >= 0.6 (a + b - i), in whole numbers."""

_LATELY = (
    f"p.1 >= {STARTED} - {DAY} AND (p.1, p.2) < ({STARTED}, conversation_id) "
    f"AND arrayExists(v -> {_ALIKE}, p.3)"
)
_ELSEWHERE = (
    f"arrayCount((w, again) -> again = 0 AND arrayExists(p -> {_LATELY}, lately), words, question_again)"
)
# The store takes frames of 32 bits only, so a little more than a day of seconds; `_LATELY` is exact.
_FRAME = (
    f"PARTITION BY counted, chatbot_id, session_id ORDER BY intDiv({STARTED}, {_SECOND}) "
    f"RANGE BETWEEN {_DAY_SECONDS + 2} PRECEDING AND CURRENT ROW"
)


def _with_rephrased(table: str, facts: Facts, spanned: str, *, one_chatbot: bool) -> str:
    """A table with the number of rephrased questions.

    Those that repeat one of their own conversation are facts. Others are looked for in the few sessions that
    came more than once.
    """
    own = "" if one_chatbot else "chatbot_id, "  # of one chatbot, ids are enough: cheaper than pairs
    session = f"{own}session_id"
    several = (
        f"(SELECT {session} FROM {facts(f'{spanned} AND {HAS_SESSION}')} "
        f"GROUP BY {session} HAVING count() > 1)"
    )
    lately = (
        f"(SELECT *, {_WORDS} AS words, groupArray(({STARTED}, conversation_id, words)) OVER ({_FRAME}) "
        f"AS lately FROM {facts(f'{spanned} AND ({session}) IN {several}')})"
    )
    elsewhere = (
        f"(SELECT {own}conversation_id, {_ELSEWHERE} AS elsewhere FROM {lately} WHERE length(lately) > 1)"
    )
    return (
        f"(SELECT *, arraySum(question_again) + elsewhere AS {Need.REPHRASED} FROM {table} AS all_of_them "
        f"LEFT JOIN {elsewhere} AS others USING ({own}conversation_id))"
    )


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
        needs: what rows must know of their session, besides what the filters need.
    """

    chatbots: tuple[str, ...]
    zone: ZoneInfo
    window: Window
    extent: tuple[int, int]
    now: int
    resolution: int
    condition: Condition = field(default_factory=Condition)
    needs: frozenset[Need] = frozenset()

    def needing(self, needs: frozenset[Need]) -> "Selection":
        """The same with rows that know more of their session."""
        return replace(self, needs=self.needs | needs)

    def behind(self, condition: str) -> "Selection":
        """Those of them that something is true of besides."""
        both = Condition(
            f"({self.condition.sql}) AND ({condition})", self.condition.parameters, self.condition.needs
        )
        return replace(self, condition=both, needs=self.needs | needs_of(condition))

    def source(self, facts: Facts, *, tests: bool = False) -> tuple[str, dict[str, Any]]:
        """A table expression with all columns of the facts, and its parameters.

        Args:
            facts: see `Facts`.
            tests: with test conversations (`counted` is false of them), which are left out otherwise.
        """
        kept = "(counted OR (test AND (messages > 0 OR started_at > 0)))" if tests else "counted"
        kept += " AND chatbot_id IN {chatbots:Array(String)}"
        within, parameters = self.window.condition()
        parameters |= self.parameters()
        needs = self.needs | self.condition.needs
        if not needs:
            return facts(f"{kept} AND {within} AND ({self.condition.sql})"), parameters
        # Sessions are looked at before anything is left out: filters must not change who is new.
        span = self._span(needs)
        spanned, more = span.condition("span_")
        known = (f", {sql} AS {name}" for name, sql in self._known(facts, span, needs).items())
        table = f"(SELECT *{''.join(known)} FROM {facts(f'{kept} AND {spanned}')})"
        if Need.REPHRASED in needs:
            table = _with_rephrased(
                table, facts, f"{kept} AND {spanned}", one_chatbot=len(self.chatbots) == 1
            )
        return f"(SELECT * FROM {table} WHERE {within} AND ({self.condition.sql}))", {**parameters, **more}

    def parameters(self) -> dict[str, Any]:
        """What expressions over these conversations may refer to, and the values of the filters."""
        low, high = (moment // _SECOND for moment in self.extent)
        parts = stretches(self.zone, low - _DAY_SECONDS, high + _DAY_SECONDS)
        return {
            "chatbots": list(self.chatbots) or [""],
            "now": self.now,
            "resolution": self.resolution,
            "stretch_starts": [part.start * _SECOND for part in parts],
            "stretch_offsets": [part.offset * _SECOND for part in parts],
            **self.condition.parameters,
        }

    def _span(self, needs: frozenset[Need]) -> Window:
        """The window with what comes before and after it that its sessions must be looked at for."""
        start, end = self.window.start, self.window.end
        if Need.REPHRASED in needs and start is not None:
            start -= DAY
        return Window(start, None if Need.NEXT in needs else end)

    def _known(self, facts: Facts, span: Window, needs: frozenset[Need]) -> dict[Need, str]:
        known = {}
        one_chatbot = len(self.chatbots) == 1  # then its sessions are enough: one column is cheaper than two
        session = _SESSION_OR_NONE if one_chatbot else f"chatbot_id, {_SESSION_OR_NONE}"
        in_order = f"PARTITION BY {session} ORDER BY {STARTED}, conversation_id"
        if Need.FIRST in needs:
            known[Need.FIRST] = f"({HAS_SESSION} AND row_number() OVER ({in_order}) = 1"
            if span.start is not None:
                name = "session_id" if one_chatbot else "chatbot_id, session_id"
                before = facts(
                    "counted AND chatbot_id IN {chatbots:Array(String)} AND day <= {span_first_day:Int32} "
                    f"AND {STARTED} < {{span_start:Int64}} AND {HAS_SESSION}"
                )
                known[Need.FIRST] += f" AND ({name}) NOT IN (SELECT {name} FROM {before})"
            known[Need.FIRST] += ")"
        if Need.NEXT in needs:
            known[Need.NEXT] = (
                f"leadInFrame(toNullable({STARTED})) OVER ({in_order} "
                "ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)"
            )
        return known
