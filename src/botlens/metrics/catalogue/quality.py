"""Quality: how well the bot does."""

from botlens.metrics.catalogue.declaration import Better, Kind, Measure, Metric, count, rate, total
from botlens.metrics.catalogue.left_out import (
    ANSWERS_WITHOUT_SCORE,
    CONVERSATIONS_WITHOUT_SCORE,
    TOO_RECENT_FOR_RESOLUTION,
    TOO_RECENT_FOR_RETURN,
    WITHOUT_SESSION,
)
from botlens.metrics.expressions import (
    ABANDONED,
    ASSUMED,
    CONFIRMED,
    HUMAN,
    ONE_DAY,
    REOPENED,
    RESOLUTION,
    STAYED_AWAY,
    decided,
)

_NO_ANSWER = "no answer yet"
_UNDECIDED = "nothing is decided yet"

QUALITY: tuple[Metric, ...] = (
    total(
        "unanswered_answers",
        "Unanswered answers",
        "Answers below the chatbot's confidence threshold, or marked as a fallback.",
        "messages",
        "unanswered",
        better=Better.DOWN,
        by={"question": Measure("sum(item.2)", field="unanswered_question")},
    ),
    Metric(
        name="unanswered_rate",
        label="Unanswered rate",
        short="Unanswered",
        definition="Unanswered answers, of the answers that carry a confidence score or a fallback flag.",
        unit="share",
        better=Better.DOWN,
        kind=Kind.RATE,
        measure=Measure("sum(unanswered)", "sum(scored)"),
        contributing="unanswered > 0",
        excluded=(ANSWERS_WITHOUT_SCORE,),
        when_null="no answer with a confidence score yet",
    ),
    Metric(
        name="score_coverage",
        label="Score coverage",
        short="Score coverage",
        definition="Answers that carry a confidence score or a fallback flag, of all answers.",
        unit="share",
        better=Better.UP,
        kind=Kind.RATE,
        measure=Measure("sum(scored)", "sum(assistant_messages)"),
        contributing="scored > 0",
        when_null=_NO_ANSWER,
    ),
    Metric(
        name="fallback_rate",
        label="Fallback rate",
        short="Fallbacks",
        definition="Answers marked as a fallback, of all answers.",
        unit="share",
        better=Better.DOWN,
        kind=Kind.RATE,
        measure=Measure("sum(fallbacks)", "sum(assistant_messages)"),
        contributing="fallbacks > 0",
        when_null=_NO_ANSWER,
    ),
    count(
        "unanswered_conversations",
        "Conversations with an unanswered answer",
        "Conversations with at least one unanswered answer.",
        "unanswered > 0",
        better=Better.DOWN,
        short="With unanswered",
    ),
    rate(
        "unanswered_conversation_rate",
        "Conversations with an unanswered answer, rate",
        "Conversations with at least one unanswered answer, of all conversations.",
        "unanswered > 0",
        better=Better.DOWN,
        short="With unanswered, rate",
        excluded=(CONVERSATIONS_WITHOUT_SCORE,),
    ),
    count(
        "handoffs",
        "Handoffs",
        "Conversations that the bot passed to a human, each counted once.",
        "handoffs > 0",
        better=Better.DOWN,
    ),
    rate(
        "handoff_rate",
        "Handoff rate",
        "Conversations that the bot passed to a human, each counted once, of all conversations.",
        "handoffs > 0",
        better=Better.DOWN,
    ),
    rate(
        "containment_rate",
        "Containment",
        "Conversations without a handoff and without a message of a human agent, of all conversations.",
        f"NOT {HUMAN}",
        better=Better.UP,
    ),
    rate(
        "contained_without_return_rate",
        "Contained without return",
        "Conversations without a human after which the session did not come back within 24 hours, of those "
        "with a session for which that is decided.",
        STAYED_AWAY,
        f"countIf({decided(ONE_DAY)})",
        _UNDECIDED,
        better=Better.UP,
        short="No return",
        excluded=(WITHOUT_SESSION, TOO_RECENT_FOR_RETURN),
    ),
    rate(
        "resolution_confirmed_rate",
        "Resolution confirmed",
        "Conversations whose last signal is a positive vote or a rating of 4 or 5, and in which no human "
        "took part, of all conversations.",
        CONFIRMED,
        better=Better.UP,
        short="Confirmed",
    ),
    rate(
        "resolution_assumed_rate",
        "Resolution assumed",
        "Conversations in which the last question got an answer that is not unanswered, no human took part, "
        "no vote or rating says how it ended, and after which the session did not come back within "
        "`resolution_hours`, of those with a session for which that is decided.",
        ASSUMED,
        f"countIf({decided(RESOLUTION)})",
        _UNDECIDED,
        better=Better.UP,
        short="Assumed",
        excluded=(WITHOUT_SESSION, TOO_RECENT_FOR_RESOLUTION),
    ),
    rate(
        "abandonment_rate",
        "Abandonment",
        "Conversations whose last question got no answer, or an unanswered one as the last, in which no "
        "human took part and whose last signal is not good, of all conversations.",
        ABANDONED,
        better=Better.DOWN,
    ),
    rate(
        "reopen_rate",
        "Reopened",
        "Conversations in which the user wrote again 24 hours or more after the message before, of all "
        "conversations.",
        REOPENED,
        better=Better.DOWN,
    ),
)
