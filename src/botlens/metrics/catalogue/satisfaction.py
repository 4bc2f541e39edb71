"""Satisfaction: what users say of it."""

from botlens.metrics.catalogue.declaration import Better, CountedAs, Kind, Measure, Metric, count, rate, total

_NO_RATING = "no rating yet"

SATISFACTION: tuple[Metric, ...] = (
    count(
        "ratings",
        "Ratings",
        "Conversations with a rating; the latest of each counts.",
        "rating > 0",
        better=Better.NEITHER,
    ),
    rate(
        "csat",
        "CSAT",
        "Ratings of 4 and 5, of all ratings.",
        "rating >= 4",
        "countIf(rating > 0)",
        _NO_RATING,
        better=Better.UP,
    ),
    Metric(
        name="average_rating",
        label="Average rating",
        short="Rating",
        definition="The mean of the ratings.",
        unit="stars",
        better=Better.UP,
        kind=Kind.RATIO,
        measure=Measure("sum(rating)", "countIf(rating > 0)"),
        contributing="rating > 0",
        total=CountedAs.DENOMINATOR,
        when_null=_NO_RATING,
    ),
    rate(
        "rating_response_rate",
        "Rating response rate",
        "Conversations with a rating, of all conversations.",
        "rating > 0",
        better=Better.UP,
        short="Rated",
    ),
    total(
        "positive_feedback",
        "Positive votes",
        "Positive votes on messages.",
        "votes",
        "positive",
        better=Better.UP,
    ),
    total(
        "negative_feedback",
        "Negative votes",
        "Negative votes on messages.",
        "votes",
        "negative",
        better=Better.DOWN,
    ),
    Metric(
        name="positive_feedback_rate",
        label="Positive feedback",
        short="Positive",
        definition="Positive votes, of all votes.",
        unit="share",
        better=Better.UP,
        kind=Kind.RATE,
        measure=Measure("sum(positive)", "sum(positive) + sum(negative)"),
        contributing="positive > 0",
        when_null="no vote yet",
    ),
    rate(
        "feedback_rate",
        "Feedback rate",
        "Conversations with at least one vote, of all conversations.",
        "positive + negative > 0",
        better=Better.UP,
        short="Voted",
    ),
)
