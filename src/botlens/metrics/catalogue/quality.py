"""Quality: how well the bot does."""

from botlens.metrics.catalogue.declaration import Kind, Measure, Metric, count, rate, total
from botlens.metrics.expressions import (
    ABANDONED,
    ASSUMED,
    CONFIRMED,
    HUMAN,
    ONE_DAY,
    REOPENED,
    RESOLUTION,
    STAYED_AWAY,
    WITHOUT_SESSION,
    decided,
    undecided,
)

QUALITY: tuple[Metric, ...] = (
    total(
        "unanswered_answers",
        "Unanswered",
        "Answers below the chatbot's confidence threshold, or marked as a fallback.",
        "messages",
        "unanswered",
        by={"question": Measure("sum(item.2)")},
    ),
    Metric(
        "unanswered_rate",
        "Unanswered rate",
        "Unanswered answers, of the answers that carry a confidence score or a fallback flag.",
        "share",
        Kind.RATE,
        Measure("sum(unanswered)", "sum(scored)"),
        behind="unanswered > 0",
        excluded={"answers_without_score": "toInt64(assistant_messages) - toInt64(scored)"},
    ),
    Metric(
        "score_coverage",
        "Score coverage",
        "Answers that carry a confidence score or a fallback flag, of all answers.",
        "share",
        Kind.RATE,
        Measure("sum(scored)", "sum(assistant_messages)"),
        behind="scored > 0",
    ),
    Metric(
        "fallback_rate",
        "Fallback rate",
        "Answers marked as a fallback, of all answers.",
        "share",
        Kind.RATE,
        Measure("sum(fallbacks)", "sum(assistant_messages)"),
        behind="fallbacks > 0",
    ),
    count(
        "unanswered_conversations",
        "Conversations with an unanswered answer",
        "Conversations with at least one unanswered answer.",
        "unanswered > 0",
    ),
    rate(
        "unanswered_conversation_rate",
        "Conversations with an unanswered answer, rate",
        "Conversations with at least one unanswered answer, of all conversations.",
        "unanswered > 0",
        excluded={"conversations_without_score": "assistant_messages > 0 AND scored = 0"},
    ),
    count(
        "handoffs",
        "Handoffs",
        "Conversations that the bot passed to a human, each counted once.",
        "handoffs > 0",
    ),
    rate(
        "handoff_rate",
        "Handoff rate",
        "Conversations that the bot passed to a human, each counted once, of all conversations.",
        "handoffs > 0",
    ),
    rate(
        "containment_rate",
        "Containment",
        "Conversations without a handoff and without a message of a human agent, of all conversations.",
        f"NOT {HUMAN}",
    ),
    rate(
        "contained_without_return_rate",
        "Contained without return",
        "Conversations without a human after which the session did not come back within 24 hours, of those "
        "with a session for which that is decided.",
        STAYED_AWAY,
        f"countIf({decided(ONE_DAY)})",
        excluded={**WITHOUT_SESSION, "too_recent_for_return": undecided(ONE_DAY)},
    ),
    rate(
        "resolution_confirmed_rate",
        "Resolution confirmed",
        "Conversations whose last signal is a positive vote or a rating of 4 or 5, and in which no human "
        "took part, of all conversations.",
        CONFIRMED,
    ),
    rate(
        "resolution_assumed_rate",
        "Resolution assumed",
        "Conversations in which the last question got an answer that is not unanswered, no human took part, "
        "no vote or rating says how it ended, and after which the session did not come back within "
        "`resolution_hours`, of those with a session for which that is decided.",
        ASSUMED,
        f"countIf({decided(RESOLUTION)})",
        excluded={**WITHOUT_SESSION, "too_recent_for_resolution": undecided(RESOLUTION)},
    ),
    rate(
        "abandonment_rate",
        "Abandonment",
        "Conversations whose last question got no answer, or an unanswered one as the last, in which no "
        "human took part and whose last signal is not good, of all conversations.",
        ABANDONED,
    ),
    rate(
        "reopen_rate",
        "Reopened",
        "Conversations in which the user wrote again 24 hours or more after the message before, of all "
        "conversations.",
        REOPENED,
    ),
)
