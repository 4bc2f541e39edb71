"""Volume: how much is there, and of whom."""

from botlens.metrics.catalogue.declaration import ALL, Kind, Measure, Metric, rate, total
from botlens.metrics.expressions import HAS_SESSION, SESSION, WITHOUT_SESSION

VOLUME: tuple[Metric, ...] = (
    Metric(
        "conversations",
        "Conversations",
        "Conversations that started in the window.",
        "conversations",
        Kind.COUNT,
        Measure(ALL),
        by={"outcome": Measure(ALL)},
        behind="1",
    ),
    total("messages", "Messages", "Messages of all roles.", "messages", "messages"),
    Metric(
        "messages_per_conversation",
        "Messages per conversation",
        "Messages divided by conversations.",
        "messages",
        Kind.RATIO,
        Measure("sum(messages)", ALL),
        behind="messages > 0",
    ),
    Metric(
        "median_messages",
        "Median messages",
        "The median number of messages of a conversation; of two in the middle, their mean.",
        "messages",
        Kind.MEDIAN,
        # quantileExact takes the upper of two middles; over negated values, the lower one.
        Measure("(quantileExact(0.5)(toInt64(messages)) - quantileExact(0.5)(-toInt64(messages))) / 2", ALL),
        behind="1",
    ),
    total(
        "questions",
        "Questions",
        "Messages of users.",
        "messages",
        "user_messages",
        by={"question": Measure("count()")},
    ),
    total("answers", "Answers", "Messages of the bot (role `assistant`).", "messages", "assistant_messages"),
    Metric(
        "unique_sessions",
        "Sessions",
        "Different sessions; the same session id at two chatbots is two sessions. Conversations without a "
        "session id are left out.",
        "sessions",
        Kind.DISTINCT,
        Measure(f"uniqExactIf({SESSION}, {HAS_SESSION})"),
        behind=HAS_SESSION,
        excluded=WITHOUT_SESSION,
    ),
    Metric(
        "new_sessions",
        "New sessions",
        "Sessions whose very first conversation with the chatbot is among those counted.",
        "sessions",
        Kind.SUM,
        Measure("countIf(is_first)"),
        behind="is_first",
        excluded=WITHOUT_SESSION,
    ),
    Metric(
        "returning_sessions",
        "Returning sessions",
        "Sessions among those counted whose first conversation is not: they had been there before.",
        "sessions",
        Kind.DISTINCT,
        Measure(f"toInt64(uniqExactIf({SESSION}, {HAS_SESSION})) - toInt64(countIf(is_first))"),
        behind=f"({HAS_SESSION} AND NOT is_first)",
        excluded=WITHOUT_SESSION,
    ),
    rate(
        "engaged_rate",
        "Engaged",
        "Conversations in which the user wrote again after the bot's first answer, of all conversations.",
        "engaged",
    ),
)
