"""`botlens doctor URL`: rows that cannot be taken as they are, with how many there are."""

from botlens.sources.postgres.source_findings import Severity
from tests.engine.team import Team


def test_words_that_the_mapping_does_not_know(team: Team) -> None:
    """With how many rows have them; those that it knows are not named."""
    team.run(
        "INSERT INTO messages SELECT n, 'v1', 'narrator', 'x', '2026-03-01Z' FROM generate_series(3, 5) n"
    )
    team.run(
        "INSERT INTO messages VALUES (6, 'v1', NULL, 'x', '2026-03-01Z'), (7, 'v1', 'tool', 'x', "
        "'2026-03-01Z')"
    )
    assert "narrator (3), NULL (1)." in team.found("words for role").sentence
    team.run("DELETE FROM messages WHERE id IN (3, 4, 5, 6)")
    team.run("UPDATE message_feedback SET feedback = 'meh'")
    assert "meh (1)" in team.found("words for value").sentence


def test_scores_that_are_none(team: Team) -> None:
    """Out of range, with the scale where they look like percent; NaN; of another type."""
    team.run("UPDATE messages SET confidence_score = 87 WHERE id = 2")
    found = team.found("1 rows whose confidence_score is not between 0 and 1")
    assert 'confidence_score = { column = "confidence_score", scale = 0.01 }' in found.sentence
    team.run("UPDATE messages SET confidence_score = 'NaN' WHERE id = 2")
    team.found("1 rows whose confidence_score is NaN")
    team.run("ALTER TABLE messages ALTER confidence_score TYPE text")
    found = team.found("confidence_score of public.messages is text, not a number")
    assert found.severity is Severity.WRONG


def test_times_that_are_none(team: Team) -> None:
    """NULL, infinite, from the future and from before all clocks; without zone; of another type."""
    team.run(
        "INSERT INTO messages SELECT n, 'v1', 'user', 'x', t FROM (VALUES (3, NULL), (4, 'infinity'),"
        " (5, now() + interval '3 days'), (6, '1815-01-01Z')) AS v (n, t)"
    )
    said = [each.sentence for each in team.findings() if each.severity is not Severity.FINE]
    assert [each.partition(":")[0] for each in said] == [
        "public.messages has 1 rows whose created_at is NULL",
        "public.messages has 1 rows whose created_at is infinite",
        "public.messages has 1 rows from before 1970 or after 2199",
        "public.messages has 1 rows from the future",
    ]
    team.run("DELETE FROM messages WHERE id > 2; ALTER TABLE messages ALTER created_at TYPE timestamp")
    team.found("Times of public.messages have no zone: they are read as UTC")
    team.run("ALTER TABLE messages ALTER created_at TYPE text")
    assert (
        "created_at::timestamptz" in team.found("created_at of public.messages is text, not a time").sentence
    )


def test_rows_that_belong_to_nothing(team: Team) -> None:
    """Votes without message, messages without conversation: with how many there are."""
    team.run("INSERT INTO message_feedback VALUES (2, 77, 'b1', 'up', now()), (3, NULL, 'b1', 'up', now())")
    team.found("public.message_feedback has 2 rows whose message is not there")
    team.run("DELETE FROM message_feedback WHERE id > 1; DELETE FROM conversations")
    team.found("public.messages has 2 rows whose conversation is not there")


def test_accounts_that_cannot_be_as_they_are(team: Team) -> None:
    """Several active plans, several companies, plans that are not ours, ids that are taken."""
    team.run("INSERT INTO subscriptions VALUES ('u1', 'free', 'active'), ('u1', 'free', 'ended')")
    team.found("1 users have several active plans, of which the best counts: u1 (2)")
    team.run("DELETE FROM subscriptions WHERE plan = 'free'; INSERT INTO companies VALUES ('c2', 'u1')")
    team.found("1 owners have several companies, and see the oldest of them first: u1 (2)")
    team.run("DELETE FROM companies WHERE id = 'c2'; UPDATE subscriptions SET plan = 'agency'")
    assert "agency (1). They count as free" in team.found("plans that are not configured").sentence
    team.run("UPDATE subscriptions SET plan = 'pro'")
    assert team.found("has the id `c1`", own=("c1", "c9")).severity is Severity.WRONG
