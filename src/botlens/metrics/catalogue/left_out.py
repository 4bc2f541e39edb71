"""What metrics leave out, and what no metric counts: answers tell how much it was."""

from typing import Final

from botlens.metrics.catalogue.declaration import LeftOut
from botlens.metrics.expressions import HAS_SESSION, ONE_DAY, RESOLUTION, undecided

TESTS: Final = LeftOut(
    "test_conversations",
    "test conversation",
    "test conversations",
    "conversations that were sent with `test`: left out of every metric",
    "NOT counted",
)
WITHOUT_SESSION: Final = LeftOut(
    "without_session",
    "conversation without a session id",
    "conversations without a session id",
    "conversations without a session id",
    f"NOT {HAS_SESSION}",
)
CONVERSATIONS_WITHOUT_SCORE: Final = LeftOut(
    "conversations_without_score",
    "conversation without a confidence score",
    "conversations without a confidence score",
    "conversations with answers, none of which has a score or a fallback flag",
    "assistant_messages > 0 AND scored = 0",
)
ANSWERS_WITHOUT_SCORE: Final = LeftOut(
    "answers_without_score",
    "answer without a confidence score",
    "answers without a confidence score",
    "answers with neither a confidence score nor a fallback flag",
    "toInt64(assistant_messages) - toInt64(scored)",
)
TOO_RECENT_FOR_RETURN: Final = LeftOut(
    "too_recent_for_return",
    "conversation too recent for a return",
    "conversations too recent for a return",
    "conversations with a session that ended less than 24 hours ago: undecided",
    undecided(ONE_DAY),
)
TOO_RECENT_FOR_RESOLUTION: Final = LeftOut(
    "too_recent_for_resolution",
    "conversation too recent for a resolution",
    "conversations too recent for a resolution",
    "conversations with a session that ended less than `resolution_hours` ago: undecided",
    undecided(RESOLUTION),
)
