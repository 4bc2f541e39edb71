"""Questions that repeat one of another conversation of their session."""

import pytest

from botlens.moments import DAY
from botlens.query.repeats import repeated_elsewhere

HOUR = DAY // 24


def row(session: str, conversation: str, started: int, *questions: str) -> tuple:
    return session, "bot", conversation, started, list(questions)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], {}),
        ([row("s", "a", 0, "opening hours"), row("s", "b", HOUR, "opening hours")], {"b": 1}),
        ([row("s", "a", 0, "opening hours"), row("t", "b", HOUR, "opening hours")], {}),
        ([row("s", "a", 0, "opening hours"), row("s", "b", DAY, "opening hours")], {"b": 1}),
        ([row("s", "a", 0, "opening hours"), row("s", "b", DAY + 1, "opening hours")], {}),
        ([row("s", "a", 0, "a b c"), row("s", "b", 0, "a b c d e", "a b d e")], {"b": 1}),
        # What repeats one of its own conversation counts there.
        ([row("s", "a", 0, "prices"), row("s", "b", 1, "prices", "prices", "hours")], {"b": 1}),
        # Said again later, a question is remembered from then on.
        (
            [
                row("s", "a", 0, "prices"),
                row("s", "b", 20 * HOUR, "prices"),
                row("s", "c", 40 * HOUR, "prices"),
            ],
            {"b": 1, "c": 1},
        ),
        ([row("s", "a", 0, "%", ""), row("s", "b", 1, "%", "")], {}),  # without words
    ],
)
def test_repeated_elsewhere(rows, found):
    """Within 24 hours of the start, in the same session, by the same rule as within a conversation."""
    assert repeated_elsewhere(rows) == {("bot", conversation): count for conversation, count in found.items()}
