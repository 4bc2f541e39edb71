"""Satisfaction: what users say of it."""

from botlens.metrics.catalogue.declaration import Kind, Measure, Metric, count, rate, total

SATISFACTION: tuple[Metric, ...] = (
    count("ratings", "Ratings", "Conversations with a rating; the latest of each counts.", "rating > 0"),
    rate("csat", "CSAT", "Ratings of 4 and 5, of all ratings.", "rating >= 4", "countIf(rating > 0)"),
    Metric(
        "average_rating",
        "Average rating",
        "The mean of the ratings.",
        "stars",
        Kind.RATIO,
        Measure("sum(rating)", "countIf(rating > 0)"),
        behind="rating > 0",
    ),
    rate(
        "rating_response_rate",
        "Rating response rate",
        "Conversations with a rating, of all conversations.",
        "rating > 0",
    ),
    total("positive_feedback", "Positive votes", "Positive votes on messages.", "votes", "positive"),
    total("negative_feedback", "Negative votes", "Negative votes on messages.", "votes", "negative"),
    Metric(
        "positive_feedback_rate",
        "Positive feedback",
        "Positive votes, of all votes.",
        "share",
        Kind.RATE,
        Measure("sum(positive)", "sum(positive) + sum(negative)"),
        behind="positive > 0",
    ),
    rate(
        "feedback_rate",
        "Feedback rate",
        "Conversations with at least one vote, of all conversations.",
        "positive + negative > 0",
    ),
)
