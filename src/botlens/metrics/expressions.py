"""What is said of one conversation, in SQL over its facts: the vocabulary of metrics, dimensions and filters.

Every expression stands for itself (in parentheses where it must). `is_first`, `next_at` and `rephrased` are
not facts of the conversation alone but of its session: `query` adds them to the rows where an expression
names them; `first_among` says whether the session's first conversation is among those that were chosen.
Of sessions that come back, `cohort` is the local week of the first conversation, and `later` how many weeks
after it this one is. Parameters: `now`, `resolution` (microseconds), `stretch_starts`, `stretch_offsets`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from botlens.metrics.facts import BAD, GOOD, Facts
from botlens.moments import DAY

HOUR = DAY // 24


class Need(StrEnum):
    """What rows may have to know of their session: the name of the column that says it."""

    FIRST = "is_first"
    NEXT = "next_at"
    REPHRASED = "rephrased"
    FIRST_AMONG = "first_among"


_WORD = re.compile(r"\w+")
_NO_NAMES = re.compile(r"'(?:[^'\\]|\\.|'')*'|\{\w+:[^}]*\}")
"""What holds no name of a column: texts in quotes, and placeholders of parameters."""


def names_in(*expressions: str) -> frozenset[str]:
    """The names in some expressions, of columns and of functions: whole words, outside of texts."""
    return frozenset(word for each in expressions for word in _WORD.findall(_NO_NAMES.sub(" ", each)))


def needs_of(*expressions: str) -> frozenset[Need]:
    """What rows must know for some expressions: what these name."""
    named = names_in(*expressions)
    return frozenset(need for need in Need if need in named)


COMPUTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "session": (
            "if(counted AND session_id != '', reinterpretAsUUID(MD5(concat(MD5(chatbot_id), session_id))), "
            "toUUID('00000000-0000-0000-0000-000000000000'))"
        ),
        "asked": "toUInt32(arrayCount(q -> q != '', questions))",
        "shown": "counted OR (test AND (messages > 0 OR started_at > 0))",
    }
)
"""What the store computes of a row when it is written, so that questions need not: narrow columns. Another
meaning needs a new name, or a new `DEFINITION_VERSION`: stores keep what they have computed.

`session` stands for the chatbot and its session id in 128 bits: read and compared faster than texts;
it is empty where the conversation is not counted, or of nobody. `asked`: user messages that are not empty.
`shown`: counted, or a test that has begun, of which answers tell how many there are.
"""

_COLUMNS = frozenset((*Facts.__struct_encode_fields__, "day", *COMPUTED))


def columns_of(*expressions: str) -> tuple[str, ...]:
    """The columns that some expressions name, and one if they name none: rows have at least one."""
    return tuple(sorted(names_in(*expressions) & _COLUMNS)) or ("day",)


STARTED = "toUnixTimestamp64Micro(started_at)"
ENDED = "toUnixTimestamp64Micro(ended_at)"
NEWEST = "toUnixTimestamp64Micro(newest_at)"

SESSION = "session"
HAS_SESSION = f"notEmpty({SESSION})"

HUMAN = "(handoffs > 0 OR agent_messages > 0)"
ABANDONED = f"(left AND NOT {HUMAN} AND last_signal != {GOOD})"
CONFIRMED = f"(last_signal = {GOOD} AND NOT {HUMAN})"
REOPENED = f"(longest_pause >= {DAY})"
ASKED = "asked"

_STRETCH = f"roundDown({STARTED}, {{stretch_starts:Array(Int64)}})"
_OFFSET = (
    f"transform({_STRETCH}, {{stretch_starts:Array(Int64)}}, {{stretch_offsets:Array(Int64)}}, toInt64(0))"
)
LOCAL = f"({STARTED} + {_OFFSET})"
"""The start in microseconds of local time: stretches of constant offset, see `metrics.calendar`."""

# To plan a statement takes as long as its text is, so each of these names the local time once: it counts from
# so many weeks before 1970 that nothing is negative, where to divide is to round down.
_WEEKS_BEFORE = 10_000
_DAYS_BEFORE = 7 * _WEEKS_BEFORE
_MONDAY = 3  # 1970 began on a Thursday

LOCAL_DAY = f"toInt32(intDiv({LOCAL} + {_DAYS_BEFORE * DAY}, {DAY}) - {_DAYS_BEFORE})"
"""Days since 1970."""

LOCAL_WEEK = (
    f"toInt32(intDiv({LOCAL} + {(_DAYS_BEFORE + _MONDAY) * DAY}, {7 * DAY}) * 7 - {_DAYS_BEFORE + _MONDAY})"
)
"""The day of the Monday."""

LOCAL_MONTH = f"toInt32(toYear(toDate32({LOCAL_DAY})) * 12 + toMonth(toDate32({LOCAL_DAY})) - 1)"
"""Months since the year 0."""

LOCAL_DATE_HOUR = f"(greatest({LOCAL} - positiveModulo({LOCAL}, {HOUR}), {_STRETCH} + {_OFFSET}), {_OFFSET})"
"""The first moment of the hour of the local clock, in microseconds of local time, and how far that clock is
ahead of UTC: an hour ends where the clock is changed."""

LOCAL_HOUR = f"toInt32(intDiv(positiveModulo({LOCAL}, {DAY}), {HOUR}))"
LOCAL_WEEKDAY = f"toInt32(positiveModulo({LOCAL_DAY} + 3, 7) + 1)"

FIRST_QUESTION = "nullIf(arrayFirst(q -> q != '', questions), '')"
SESSION_KIND = f"if({HAS_SESSION}, if(is_first, 'new', 'returning'), NULL)"
CONFIDENCE_BAND = (
    "if(isNull(lowest_confidence), NULL, multiIf(lowest_confidence < 0.2, '0.0-0.2', "
    "lowest_confidence < 0.4, '0.2-0.4', lowest_confidence < 0.6, '0.4-0.6', "
    "lowest_confidence < 0.8, '0.6-0.8', '0.8-1.0'))"
)

LATENCY = "if(empty(latencies), NULL, toInt64(floor(arrayMax(latencies))))"
"""Of the slowest answer, in whole milliseconds."""

LATENCY_BAND = (
    "if(empty(latencies), NULL, multiIf(arrayMax(latencies) < 1000, 0, arrayMax(latencies) < 2000, 1000, "
    "arrayMax(latencies) < 5000, 2000, arrayMax(latencies) < 10000, 5000, "
    "arrayMax(latencies) < 30000, 10000, 30000))"
)
FIRST_WEEK, LATER = "cohort", "later"
"""Of a session that comes back: see above."""


def returned(within: str) -> str:
    """The session came back within so many microseconds after the end."""
    return f"ifNull(next_at <= {ENDED} + {within}, false)"


def decided(within: str) -> str:
    """It is known whether the session came back: it did, or the time for it has passed."""
    return f"({HAS_SESSION} AND ({returned(within)} OR {ENDED} + {within} <= {{now:Int64}}))"


def undecided(within: str) -> str:
    """There is a session, and it may still come back in time."""
    return f"({HAS_SESSION} AND NOT {decided(within)})"


ONE_DAY = f"toInt64({DAY})"
RESOLUTION = "{resolution:Int64}"
STAYED_AWAY = f"({decided(ONE_DAY)} AND NOT {HUMAN} AND NOT {returned(ONE_DAY)})"
ASSUMED = (
    f"({decided(RESOLUTION)} AND NOT {returned(RESOLUTION)} AND NOT {HUMAN} AND user_messages > 0 "
    f"AND NOT left AND last_signal NOT IN ({BAD}, {GOOD}))"
)
"""No signal, or a neutral one."""
