"""`botlens report`."""

import json
from datetime import UTC, datetime

from botlens.cli.console import printable
from tests.cli.conftest import EXCHANGE, Shell, message


def test_the_page_is_of_the_last_thirty_days(shell: Shell) -> None:
    """By default the last 30 local days; `--period`, `--from` and `--to` and `--tz` choose others."""
    shell.company()
    old = [each | {"conversation_id": "c2"} for each in EXCHANGE]
    now = datetime.now(UTC).isoformat()
    new = [each | {"created_at": now} for each in EXCHANGE]
    shell.json("import", str(shell.write("day.ndjson", *old, *new)))
    assert shell.report("conversations", "--period", "30d") == 1
    assert shell.report("conversations") == 2
    done = shell.run("report", "--from", "2026-03-01", "--to", "2026-03-01", "--tz", "Asia/Tokyo")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Do you ship to Norway?") == 2  # asked, and not answered
    assert "2026-03-01 to 2026-03-01 · Asia/Tokyo" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 100
    default = shell.json("report")
    assert default["totals"]["rows"][0]["conversations"] == 1
    assert len(default["timeline"]["rows"]) == 30
    assert shell.run("report", COLUMNS="50").stdout.count("Do you ship to Norway?") == 2


def test_json_is_what_the_queries_answer(shell: Shell) -> None:
    """`--json` prints the answers as the API gives them: rows, what they stand on, what they leave out."""
    shell.company()
    shell.json("import", str(shell.write("day.ndjson", *EXCHANGE)))
    found = shell.json("report", "--period", "all", "--chatbot", "bot")
    assert list(found) == [
        "totals",
        "timeline",
        "chatbots",
        "questions",
        "unanswered_questions",
        "languages",
        "hours",
        "outcomes",
    ]
    assert all(set(answer) == {"rows", "meta"} for answer in found.values())
    assert found["totals"]["rows"][0]["unanswered_rate"] == 1.0
    assert found["totals"]["meta"]["n"]["unanswered_rate"][0]["denominator"] == 1
    assert found["questions"]["rows"] == [
        {"question": "do you ship to norway", "questions": 1, "unanswered_answers": 1}
    ]


def test_what_cannot_be_asked_is_one_line(shell: Shell) -> None:
    """Slips in a period, a zone or a chatbot's id, and a period said twice: wrong usage, with its option."""
    shell.company()
    assert "'--period': `30days` is not a period" in shell.misused("report", "--period", "30days")
    assert "'--tz': `Mars" in shell.misused("report", "--tz", "Mars")
    assert "'--chatbot': There is no such chatbot" in shell.misused("report", "--chatbot", "none")
    assert "not both" in shell.misused("report", "--period", "7d", "--from", "2026-03-01")


def test_a_plan_without_it_says_so(shell: Shell) -> None:
    """Without analytics, or queries, one line names the plans that have them; without comparisons the page
    does without, and says why."""
    shell.json("company", "create", "Acme", "--owner", "user-1", "--plan", "free")
    line = shell.refused("report")
    assert "The plan `free` has no analytics" in line
    assert "starter" in line
    allowed = {"analytics": True, "features": ["query"]}
    page = shell.run("report", BOTLENS_PLANS=json.dumps({"free": allowed}))
    assert page.returncode == 0, page.stderr
    assert "no comparison: The plan `free` does not include comparisons between periods" in page.stdout
    assert "does not include queries" in shell.refused(
        "report", BOTLENS_PLANS=json.dumps({"free": {**allowed, "features": []}})
    )


def test_a_visitor_cannot_write_to_the_terminal(shell: Shell) -> None:
    """Escape sequences in what somebody asked reach the terminal as harmless dots."""
    shell.company()
    shell.json("import", str(shell.write("day.ndjson", message(1, content="\x1b]0;gotcha\x07hi [red]"))))
    page = shell.run("report", "--period", "all").stdout
    assert "\x1b" not in page
    assert "·]0;gotcha·hi [red]" in page


def test_text_is_made_safe_for_a_terminal() -> None:
    """Control characters and turned directions are replaced; letters of any language stay."""
    assert printable("a\x1bb\u202ec\n") == "a·b·c·"
    assert printable("¿Qué? 日本 👍🏽") == "¿Qué? 日本 👍🏽"
