"""Which questions were not answered, and by which signs: a number of bits for each question.

A question is unanswered if an answer to it was below the threshold or a fallback, by the definitions of
`metrics.facts`. Weaker signs are kept apart: a negative vote on an answer, nearly the same asked again in the
conversation, a handoff before the next question. What facts do not say of each question is made of the
conversation's records (`signals_of`) and kept beside them; the rest is SQL over facts (`MASK`).
"""

from bisect import bisect_right
from enum import IntFlag
from typing import Final

from botlens.events.record import ASSISTANT, USER
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import is_unanswered


class Signal(IntFlag):
    """A sign that a question was not answered."""

    LOW_SCORE = 1
    FALLBACK = 2
    NEGATIVE_VOTE = 4
    REPHRASED = 8
    HANDOFF = 16


UNANSWERED: Final = Signal.LOW_SCORE | Signal.FALLBACK
"""Those that alone make a question an unanswered one; the others are weaker."""

NAMES: Final[dict[str, Signal]] = {each.name.lower(): each for each in Signal if each.name}
"""By their names in answers."""

NEEDS_RECORDS: Final = (
    "(negative > 0 OR handoffs > 0 OR (fallbacks > 0 AND unanswered > fallbacks)) AND user_messages > 0"
)
"""SQL, true of facts that do not say all signs of each question."""

HAS_SIGNALS: Final = (
    "(unanswered > 0 OR negative > 0 OR handoffs > 0 OR has(question_again, 1)) AND user_messages > 0"
)
"""SQL, true of facts that may have a sign at one of their questions."""

_BY_FACTS = (
    f"if(fallbacks = 0, {int(Signal.LOW_SCORE)}, "
    f"if(unanswered = fallbacks OR bitAnd(signs, {int(UNANSWERED)}) = 0, {int(Signal.FALLBACK)}, "
    f"bitAnd(signs, {int(UNANSWERED)})))"
)
_BESIDE_FACTS = (
    f"bitAnd(signs, if(negative > 0, {int(Signal.NEGATIVE_VOTE)}, 0) + "
    f"if(handoffs > 0, {int(Signal.HANDOFF)}, 0))"
)
MASK: Final = (
    f"toUInt8(if(missed > 0, {_BY_FACTS}, 0) + {_BESIDE_FACTS} + if(again > 0, {int(Signal.REPHRASED)}, 0))"
)
"""SQL of the signs of one question: `missed` unanswered answers, `again` from its facts, `signs` beside them.

Facts decide whether there is a sign; what is kept beside them, at which question, and that may be of before.
"""


def signals_of(state: ConversationState, threshold: float) -> list[int]:
    """The signs of each user message, in order, but for `REPHRASED`.

    Args:
        state: the winning records of a conversation.
        threshold: below which a score of its chatbot's answers is low.
    """
    found: list[int] = []
    asked_at: list[int] = []
    for message in state.in_order():
        if message.role == USER:
            found.append(0)
            asked_at.append(message.created_at or 0)
        elif message.role == ASSISTANT and found:
            if is_unanswered(message, threshold):
                found[-1] |= Signal.FALLBACK if message.fallback else Signal.LOW_SCORE
            vote = state.votes.get(message.event_id)
            if vote is not None and vote.value == -1.0:
                found[-1] |= Signal.NEGATIVE_VOTE
    for handoff in state.handoffs.values():
        place = bisect_right(asked_at, handoff.created_at or 0) - 1
        if place >= 0:
            found[place] |= Signal.HANDOFF
    return found
