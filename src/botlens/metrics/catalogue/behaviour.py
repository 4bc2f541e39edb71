"""Behaviour: what users do over time."""

from botlens.metrics.catalogue.declaration import ALL, GROUP_TOTAL, Better, CountedAs, Kind, Measure, Metric
from botlens.metrics.expressions import ASKED
from botlens.metrics.values import Type

# Of cohorts there is a row for each week in which a session was there: to count rows is to count sessions.
BEHAVIOUR: tuple[Metric, ...] = (
    Metric(
        name="rephrase_rate",
        label="Rephrased questions",
        short="Rephrased",
        definition="Questions that are near-identical to an earlier one of the same session (in the same "
        "conversation, or in one that started at most 24 hours before), of all questions that are not empty. "
        "Near-identical: at least 60 % of all words of both are in both.",
        unit="share",
        better=Better.DOWN,
        kind=Kind.RATE,
        measure=Measure("sum(rephrased)", f"sum({ASKED})"),
        contributing="rephrased > 0",
        when_null="no question yet",
    ),
    Metric(
        name="reached",
        label="Conversations that reached the exchange",
        short="Reached",
        definition="Conversations with at least so many exchanges.",
        unit="conversations",
        better=Better.NEITHER,
        kind=Kind.COUNT,
        measure=None,
        type=Type.NUMBER,
        by={"exchange": Measure(ALL)},
        total=CountedAs.VALUE,
    ),
    Metric(
        name="drop_off_rate",
        label="Drop-off",
        short="Drop-off",
        definition="Conversations that ended with this exchange, of those that reached it.",
        unit="share",
        better=Better.DOWN,
        kind=Kind.RATE,
        measure=None,
        by={"exchange": Measure("countIf(item = user_messages)", ALL, field="depth")},
        total=CountedAs.NUMERATOR,
        when_null="no conversation reached it",
    ),
    Metric(
        name="retained_sessions",
        label="Retained sessions",
        short="Retained",
        definition="Sessions of the cohort with a conversation so many local weeks after the week of their "
        "first.",
        unit="sessions",
        better=Better.UP,
        kind=Kind.DISTINCT,
        measure=None,
        type=Type.NUMBER,
        by={"cohort_week": Measure(ALL)},
    ),
    Metric(
        name="retention_rate",
        label="Retention",
        short="Retention",
        definition="Retained sessions, of all sessions of the cohort.",
        unit="share",
        better=Better.UP,
        kind=Kind.RATE,
        measure=None,
        by={"cohort_week": Measure(ALL, GROUP_TOTAL)},
        when_null="no session in the cohort",
    ),
)
