"""Behaviour: what users do over time."""

from botlens.metrics.catalogue.declaration import ALL, WHOLE, Kind, Measure, Metric
from botlens.metrics.expressions import ASKED, SESSION

BEHAVIOUR: tuple[Metric, ...] = (
    Metric(
        "rephrase_rate",
        "Rephrased questions",
        "Questions that are near-identical to an earlier one of the same session (in the same conversation, "
        "or in one that started at most 24 hours before), of all questions that are not empty. "
        "Near-identical: at least 60 % of all words of both are in both.",
        "share",
        Kind.RATE,
        Measure("sum(rephrased)", f"sum({ASKED})"),
        behind="rephrased > 0",
    ),
    Metric(
        "reached",
        "Conversations that reached the exchange",
        "Conversations with at least so many exchanges.",
        "conversations",
        Kind.COUNT,
        None,
        by={"exchange": Measure(ALL)},
    ),
    Metric(
        "drop_off_rate",
        "Drop-off",
        "Conversations that ended with this exchange, of those that reached it.",
        "share",
        Kind.RATE,
        None,
        by={"exchange": Measure("countIf(item = user_messages)", ALL)},
    ),
    Metric(
        "retained_sessions",
        "Retained sessions",
        "Sessions of the cohort with a conversation so many local weeks after the week of their first.",
        "sessions",
        Kind.DISTINCT,
        None,
        by={"cohort_week": Measure(f"uniqExact({SESSION})")},
    ),
    Metric(
        "retention_rate",
        "Retention",
        "Retained sessions, of all sessions of the cohort.",
        "share",
        Kind.RATE,
        None,
        by={"cohort_week": Measure(f"uniqExact({SESSION})", WHOLE)},
    ),
)
