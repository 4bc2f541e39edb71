"""Volume: how much is there, and of whom."""

from botlens.metrics.catalogue.declaration import (
    ALL,
    NO_CONVERSATION,
    Better,
    Kind,
    Measure,
    Metric,
    rate,
    total,
)
from botlens.metrics.catalogue.left_out import WITHOUT_SESSION
from botlens.metrics.expressions import HAS_SESSION, SESSION
from botlens.metrics.values import Type

VOLUME: tuple[Metric, ...] = (
    Metric(
        name="conversations",
        label="Conversations",
        short="Conversations",
        definition="Conversations that started in the window.",
        unit="conversations",
        better=Better.NEITHER,
        kind=Kind.COUNT,
        measure=Measure(ALL),
        type=Type.NUMBER,
        by={"outcome": Measure(ALL)},
        contributing="1",
    ),
    total("messages", "Messages", "Messages of all roles.", "messages", "messages", better=Better.NEITHER),
    Metric(
        name="messages_per_conversation",
        label="Messages per conversation",
        short="Messages each",
        definition="Messages divided by conversations.",
        unit="messages",
        better=Better.NEITHER,
        kind=Kind.RATIO,
        measure=Measure("sum(messages)", ALL),
        contributing="messages > 0",
        when_null=NO_CONVERSATION,
    ),
    Metric(
        name="median_messages",
        label="Median messages",
        short="Median messages",
        definition="The median number of messages of a conversation; of two in the middle, their mean.",
        unit="messages",
        better=Better.NEITHER,
        kind=Kind.MEDIAN,
        # quantileExact takes the upper of two middles; over negated values, the lower one.
        measure=Measure(
            "(quantileExact(0.5)(toInt64(messages)) - quantileExact(0.5)(-toInt64(messages))) / 2", ALL
        ),
        contributing="1",
        when_null=NO_CONVERSATION,
    ),
    total(
        "questions",
        "Questions",
        "Messages of users.",
        "messages",
        "user_messages",
        better=Better.NEITHER,
        by={"question": Measure("count()")},
    ),
    total(
        "answers",
        "Answers",
        "Messages of the bot (role `assistant`).",
        "messages",
        "assistant_messages",
        better=Better.NEITHER,
    ),
    Metric(
        name="unique_sessions",
        label="Sessions",
        short="Sessions",
        definition="Different sessions; the same session id at two chatbots is two sessions. Conversations "
        "without a session id are left out.",
        unit="sessions",
        better=Better.NEITHER,
        kind=Kind.DISTINCT,
        measure=Measure(f"uniqExactIf({SESSION}, {HAS_SESSION})"),
        type=Type.NUMBER,
        contributing=HAS_SESSION,
        excluded=(WITHOUT_SESSION,),
    ),
    Metric(
        name="new_sessions",
        label="New sessions",
        short="New sessions",
        definition="Sessions whose very first conversation with the chatbot is among those counted.",
        unit="sessions",
        better=Better.NEITHER,
        kind=Kind.SUM,
        measure=Measure("countIf(is_first)"),
        type=Type.NUMBER,
        contributing="is_first",
        excluded=(WITHOUT_SESSION,),
    ),
    Metric(
        name="returning_sessions",
        label="Returning sessions",
        short="Returning",
        definition="Sessions among those counted whose first conversation is not: they had been there "
        "before.",
        unit="sessions",
        better=Better.NEITHER,
        kind=Kind.DISTINCT,
        measure=Measure(f"toInt64(uniqExactIf({SESSION}, {HAS_SESSION})) - toInt64(countIf(is_first))"),
        type=Type.NUMBER,
        contributing=f"({HAS_SESSION} AND NOT is_first)",
        excluded=(WITHOUT_SESSION,),
    ),
    rate(
        "engaged_rate",
        "Engaged",
        "Conversations in which the user wrote again after the bot's first answer, of all conversations.",
        "engaged",
        better=Better.UP,
    ),
)
