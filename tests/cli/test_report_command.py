"""`botlens report`."""

import pytest

from botlens.cli.console import shown
from botlens.cli.report_page import sparkline
from tests.cli.conftest import EXCHANGE, Shell, message


def test_the_page_shows_totals_chatbots_and_their_questions(shell: Shell) -> None:
    """One page of at most 100 columns with the numbers of the three seed routes."""
    shell.company()
    shell.json("import", str(shell.write("day.ndjson", *EXCHANGE)))
    done = shell.run("report", "--from", "2026-03-01", "--to", "2026-03-01", "--tz", "Asia/Tokyo")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Do you ship to Norway?") == 2  # asked, and not answered
    assert "2026-03-01 to 2026-03-01 · Asia/Tokyo" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 100
    assert shell.json("report", "--from", "2026-03-02")["overview"]["total_conversations"] == 0


def test_a_visitor_cannot_write_to_the_terminal(shell: Shell) -> None:
    """Escape sequences in what somebody asked reach the terminal as harmless dots."""
    shell.company()
    shell.json("import", str(shell.write("day.ndjson", message(1, content="\x1b]0;gotcha\x07hi [red]"))))
    page = shell.run("report").stdout
    assert "\x1b" not in page
    assert "·]0;gotcha·hi [red]" in page


@pytest.mark.parametrize(
    ("counts", "line"), [([], ""), ([0, 0], "··"), ([0, 1, 8], "·▁█"), ([5, 5], "██"), ([1, 1000], "▁█")]
)
def test_a_sparkline_is_as_high_as_the_counts(counts: list[int], line: str) -> None:
    """The highest count is a full block, any count is at least the lowest, and nothing is a dot."""
    assert sparkline(counts) == line


def test_text_is_made_safe_for_a_terminal() -> None:
    """Control characters and turned directions are replaced; letters of any language stay."""
    assert shown("a\x1bb\u202ec\n") == "a·b·c·"
    assert shown("¿Qué? 日本 👍🏽") == "¿Qué? 日本 👍🏽"
