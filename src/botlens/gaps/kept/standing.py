"""How gaps stand at a moment: who failed on each, in the weeks before it."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from botlens.gaps.kept.memberships import MEMBERS
from botlens.gaps.kept.summaries import of_links
from botlens.gaps.questions.asked import asked
from botlens.gaps.questions.signals import HAS_SIGNALS, UNANSWERED
from botlens.moments import DAY
from botlens.store.reading import CompanyReader

WEEKS: Final = 8
IMPACT_DAYS: Final = 28
RISING_DAYS: Final = 14

FAILS: Final = f"if(gap_id IN {{weaker:Array(String)}}, mask > 0, bitAnd(mask, {int(UNANSWERED)}) > 0)"
"""SQL: whether a question of a gap failed: of gaps with weaker signs alone, those count."""


@dataclass(slots=True)
class Standing:
    """Who failed on a gap.

    Attributes:
        first_asked: the start of the first conversation that failed, microseconds since 1970.
        sessions: that failed in 28 days.
        alone: those of them that failed on no other gap.
        weeks: in each of 8 weeks, from the oldest on.
        lately: in 14 days.
        before: in the 14 days before these.
    """

    first_asked: int = 0
    sessions: int = 0
    alone: int = 0
    weeks: list[int] = field(default_factory=lambda: [0] * WEEKS)
    lately: int = 0
    before: int = 0

    def figures(self, weeks: int = WEEKS) -> dict[str, Any]:
        """The same as a summary of the gap has it; of the weeks the last so many."""
        return {
            "first_asked": self.first_asked,
            "sessions": self.sessions,
            "sessions_of_it_alone": self.alone,
            "weeks": self.weeks[-weeks:],
            "lately": self.lately,
            "before": self.before,
        }


_JOINED = (
    "(SELECT toString(gap_id) AS gap, asker, started FROM "
    f"{asked(HAS_SIGNALS, 'chatbot_id', 'question', 'asker', 'started', 'mask')} AS asked "
    f"INNER JOIN {MEMBERS} AS members USING (chatbot_id, question) "
    f"WHERE {FAILS} AND started <= {{now:Int64}})"
)
_AGO = "intDiv({now:Int64} - started, " + str(DAY) + ")"
_BY_GAP = (
    f"SELECT gap, min(started), uniqExactIf(asker, {_AGO} < {RISING_DAYS}), "
    f"uniqExactIf(asker, {_AGO} >= {RISING_DAYS} AND {_AGO} < {2 * RISING_DAYS}) FROM {_JOINED} GROUP BY gap"
)
_BY_WEEK = (
    f"SELECT gap, intDiv({_AGO}, 7) AS week, uniqExact(asker) FROM {_JOINED} WHERE {_AGO} < {7 * WEEKS} "
    "GROUP BY gap, week"
)
_TOGETHER = (
    "SELECT arrayJoin(gaps) AS gap, count(), countIf(length(gaps) = 1) FROM "
    f"(SELECT asker, groupUniqArray(gap) AS gaps FROM {_JOINED} WHERE {_AGO} < {IMPACT_DAYS} GROUP BY asker) "
    "GROUP BY gap"
)


def standings(
    reader: CompanyReader, chatbot_id: str, link: int, weaker: list[str], now: int
) -> dict[str, Standing]:
    """How the gaps of a link stand, by gap; of one that nobody failed on by now there is nothing.

    Args:
        reader: of the company.
        chatbot_id: whose gaps.
        link: the number that they were written under.
        weaker: the gaps with weaker signs alone.
        now: microseconds since 1970; what started later is not looked at.
    """
    parameters = {
        **of_links({chatbot_id: link}),
        "chatbots": [chatbot_id],
        "weaker": weaker,
        "now": now,
    }
    found: defaultdict[str, Standing] = defaultdict(Standing)
    for gap, first, lately, before in reader.rows(_BY_GAP, parameters):
        each = found[gap]
        each.first_asked, each.lately, each.before = int(first), int(lately), int(before)
    for gap, week, sessions in reader.rows(_BY_WEEK, parameters):
        found[gap].weeks[WEEKS - 1 - int(week)] = int(sessions)
    for gap, sessions, alone in reader.rows(_TOGETHER, parameters):
        found[gap].sessions, found[gap].alone = int(sessions), int(alone)
    return dict(found)
