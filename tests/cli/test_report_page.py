"""The page of `botlens report`, on a real engine: a dozen events that can be added up by eye."""

import io
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from botlens.cli.report.head import window_text
from botlens.cli.report.page import ReportPage, report_lines
from botlens.cli.report.queries import ReportRequest, answers_of
from botlens.client.access import Target, api_of
from tests.conftest import Tenant
from tests.events import answer, conversation, handoff, message, outcome, rating, vote

TWO_DAYS = {"from": "2026-03-02", "to": "2026-03-03"}
"""A Monday and a Tuesday."""


def monday(clock: str) -> str:
    return f"2026-03-02T{clock}Z"


def tuesday(clock: str) -> str:
    return f"2026-03-03T{clock}Z"


EVENTS = (
    # Monday: one who asks twice, and one who only says hi.
    message("a", "1", "Do you ship to Norway?", monday("10:00:00"), session_id="s1", language="en"),
    answer("a", "2", 0.1, monday("10:00:02")),
    message("a", "3", "do you ship to Norway", monday("10:01:00")),
    answer("a", "4", 0.9, monday("10:01:02")),
    rating("a", 5, monday("10:02:00")),
    vote("a", "4", "positive", monday("10:02:00")),
    outcome("a", "lead_captured", monday("10:03:00"), value=12.5),
    message("b", "1", "Hi", monday("10:30:00"), session_id="s2"),
    answer("b", "2", 0.9, monday("10:30:04")),
    rating("b", 2, monday("10:31:00")),
    # Tuesday: another chatbot, whose answers have no score, passes one on.
    message("c", "1", "Hi!", tuesday("15:00:00"), session_id="s1", chatbot_id="second"),
    answer("c", "2", None, tuesday("15:00:01"), chatbot_id="second"),
    handoff("c", tuesday("15:01:00"), chatbot_id="second"),
    # A test, and what was there before.
    conversation("t", monday("10:00:00"), test=True),
    message("p", "1", "Hi", "2026-03-01T09:00:00Z"),
    answer("p", "2", 0.9, "2026-03-01T09:00:02Z"),
)


@pytest.fixture
def company(new_tenant: Callable[..., Tenant]) -> Tenant:
    tenant = new_tenant(chatbots=("bot", "second", "third"))
    tenant.send(*EVENTS)
    return tenant


def page(tenant: Tenant, asked: ReportRequest | None = None, width: int = 100) -> list[str]:
    """The lines of a page as they come out of a pipe."""
    asked = asked or ReportRequest(TWO_DAYS)
    with api_of(tenant.world.engine, Target(tenant.company)) as api:
        answers = answers_of(api, asked, width)
        names = {each["chatbot_id"]: each["name"] for each in api.get("/v1/chatbots")["chatbots"]}
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False)
    for part in report_lines(ReportPage("Acme", asked, answers, names, width)):
        console.print(part)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def words(lines: list[str], start: str) -> list[str]:
    """The first line that starts with this, its columns apart."""
    line = next(line for line in lines if line.strip().startswith(start))
    return [column.strip() for column in line.split("  ") if column.strip()]


def test_the_head_says_of_when_how_fresh_and_what_is_left_out(company: Tenant) -> None:
    """Window, the window before, zone, the newest event, and everything that the numbers leave out."""
    assert page(company)[:4] == [
        "Acme",
        "2026-03-02 to 2026-03-03 · UTC · newest event 2026-03-03 15:01",
        "before: 2026-02-28 to 2026-03-01",
        "left out: 1 test conversation, 1 answer without a confidence score",
    ]


def test_cards_show_value_change_and_what_they_stand_on(company: Tenant) -> None:
    """Each rate with its n and interval; null is a dash; a change from nothing is no percentage,
    and one that too few were asked for is no finding."""
    lines = page(company)
    cards = lines[lines.index(next(line for line in lines if "Change" in line)) + 1 :][:10]
    assert [[part.strip() for part in line.split("  ") if part.strip()] for line in cards] == [
        ["Conversations", "3", "1", "+200 %"],
        ["Sessions", "3", "0", "new"],
        ["Messages per conversation", "2.7", "2.0", "+33 % ?", "8 / 3"],
        ["Unanswered rate", "33.3 %", "0.0 %", "+33.3 pp ?", "1 of 3 (95 %: 6.1 to 79.2 %)"],
        ["Containment", "66.7 %", "100.0 %", "-33.3 pp ?", "2 of 3 (95 %: 20.8 to 93.9 %)"],
        ["Handoff rate", "33.3 %", "0.0 %", "+33.3 pp ?", "1 of 3 (95 %: 6.1 to 79.2 %)"],
        ["CSAT", "50.0 %", "–", "–", "1 of 2 (95 %: 9.5 to 90.5 %)"],
        ["Rating response rate", "66.7 %", "0.0 %", "+66.7 pp ?", "2 of 3 (95 %: 20.8 to 93.9 %)"],
        ["Positive feedback", "100.0 %", "–", "–", "1 of 1 (95 %: 20.7 to 100.0 %)"],
        ["Answer latency, 95th percentile", "4.0 s", "2.0 s", "+100 % ?", "of 4"],
    ]
    assert "? too few, now or before, to say whether it is more than chance" in lines
    assert not any(line.startswith("~") for line in lines)


def test_days_chatbots_questions_hours_and_outcomes(company: Tenant) -> None:
    """A day without a scored answer is a gap, and a chatbot without conversations is told."""
    lines = page(company)
    assert "By day, 2026-03-02 to 2026-03-03" in lines
    assert "Conversations █▄  at most 2" in lines
    assert "Unanswered    █   at most 33.3 %" in lines
    assert words(lines, "Bot") == ["Bot", "2", "2", "33.3 % of 3", "0.0 %", "50.0 % of 2"]
    assert words(lines, "Second") == ["Second", "1", "1", "–", "100.0 %", "–"]
    assert "1 without a conversation in this period." in lines
    question = ["Do", "you", "ship", "to", "Norway?"]
    asked = next(place for place, line in enumerate(lines) if "Most asked (2 different)" in line)
    assert lines[asked + 1].split() == ["2", *question, "1", *question]
    assert lines[asked + 2].strip() == "besides 2 that only greet or thank"
    assert words(lines, "lead_captured") == ["lead_captured", "1", "33.3 % of 3", "12.50"]
    assert "Languages  unknown 2 · en 1" in lines
    assert "Busiest    Monday 10:00, 2 conversations" in lines
    assert [line.split() for line in lines if line.startswith(("Mon", "Tue", "Wed"))] == [
        ["Mon", "███"],
        ["Tue", "▒▒▒"],
        ["Wed"],
    ]


@pytest.mark.parametrize("width", [40, 50, 60, 84, 85, 100])
def test_no_line_is_wider_than_the_terminal(company: Tenant, width: int) -> None:
    """Narrow terminals get fewer columns, and whole numbers."""
    lines = page(company, width=width)
    assert max(len(line) for line in lines) <= width
    assert any("33.3 %" in line and "1 of 3" in line for line in lines)
    assert any(line.startswith("Mon ") for line in lines)


def test_one_chatbot_in_its_own_words(company: Tenant) -> None:
    """`--chatbot` narrows everything, the chatbots that are silent too; its own zone names the days."""
    company.put("second", timezone="America/Los_Angeles")
    lines = page(company, ReportRequest(TWO_DAYS, chatbots=("second",)))
    assert lines[1].startswith("2026-03-02 to 2026-03-03 · America/Los_Angeles")
    assert words(lines, "Conversations")[:2] == ["Conversations", "1"]
    assert "Busiest    Tuesday 07:00, 1 conversation" in lines
    assert not any("without a conversation" in line for line in lines)


def test_all_time_is_compared_with_nothing(company: Tenant) -> None:
    """There is no period before all time; its timeline takes the smallest unit that fits."""
    lines = page(company, ReportRequest("all"))
    assert lines[1].startswith("all time · UTC")
    assert words(lines, "Conversations")[:2] == ["Conversations", "4"]
    assert not any("Change" in line or "before:" in line for line in lines)
    assert any(line.startswith("By day, 2026-03-01 to 2026-03-03") for line in lines)


def test_a_year_goes_by_weeks_or_months(company: Tenant) -> None:
    """Where days do not fit into a line, weeks do, or months."""
    year = ReportRequest({"from": "2025-04-01", "to": "2026-03-31"})
    assert any(line.startswith("By week, 2025-03-31 to 2026-03-30") for line in page(company, year))
    assert any(line.startswith("By month, 2025-04 to 2026-03") for line in page(company, year, 60))


def test_a_period_without_conversations(company: Tenant) -> None:
    """Nothing happened: the cards say so against what was before, and what to ask instead."""
    lines = page(company, ReportRequest({"from": "2026-03-04", "to": "2026-03-05"}))
    assert words(lines, "Conversations") == ["Conversations", "0", "3", "-100 %"]
    assert words(lines, "Unanswered rate")[:4] == ["Unanswered rate", "–", "33.3 %", "–"]
    assert "`--period all` shows all there are" in lines[-1]


def test_what_is_not_known_says_why(new_tenant: Callable[..., Tenant]) -> None:
    """Answers without scores, without times and without votes: nothing is called none that is unknown."""
    tenant = new_tenant()
    tenant.send(
        message("a", "1", "Where is it?", monday("10:00:00")), answer("a", "2", None, monday("10:00:02"))
    )
    lines = page(tenant)
    assert words(lines, "CSAT")[-1] == "no rating yet"
    assert words(lines, "Positive feedback")[-1] == "no vote yet"
    assert words(lines, "Unanswered rate")[-1] == "no answer with a confidence score yet"
    asked = next(place for place, line in enumerate(lines) if "Most asked" in line)
    assert words(lines[asked:], "1  Where") == ["1", "Where is it?", "no answer with a confidence score yet"]
    tenant.send(answer("a", "2", 0.9, monday("10:00:02")))
    sure = words(page(tenant)[asked:], "1  Where")
    assert sure == ["1", "Where is it?", "every answer with a score was sure"]


def test_a_time_that_is_to_come_is_not_the_newest(new_tenant: Callable[..., Tenant]) -> None:
    """An event of a wrong clock does not pass for news."""
    tenant = new_tenant()
    tenant.send(message("a", "1", at=monday("10:00:00")), message("a", "2", at="2031-05-01T08:00:00Z"))
    head = page(tenant)[1]
    assert "an event is dated 2031-05-01 08:00, which is to come" in head
    assert "newest event" not in head


def test_the_head_tells_times_without_offsets() -> None:
    """The zone stands beside them."""
    window = {"from": "2026-10-27T23:00:00Z", "to": "2026-10-28T16:38:00Z"}
    assert window_text(window, ZoneInfo("Europe/Berlin")) == "2026-10-28 to 2026-10-28 17:38"


def test_a_list_goes_on_behind_many_greetings(new_tenant: Callable[..., Tenant]) -> None:
    """However many ways to say hello lead: the questions behind them are found."""
    tenant = new_tenant()
    hellos = ["hi" + "i" * count for count in range(2, 62)]
    tenant.send(
        *(message("a", f"{text}{time}", text, monday("10:00:00")) for text in hellos for time in (1, 2)),
        *(message("a", f"q{number}", f"Question {number}?", monday("11:00:00")) for number in range(6)),
    )
    lines = page(tenant)
    asked = next(place for place, line in enumerate(lines) if "Most asked (66 different)" in line)
    first = words(lines[asked:], "1  Question")
    assert first == ["1", "Question 0?", "no answer with a confidence score yet"]
    assert lines[asked + 5].split() == ["1", "Question", "4?"]
    assert lines[asked + 6].strip() == "besides 120 that only greet or thank"


def test_a_company_without_chatbots(new_tenant: Callable[..., Tenant]) -> None:
    """A new company is told how to begin."""
    assert page(new_tenant(chatbots=()))[-1].startswith("No chatbot yet")


def test_more_chatbots_than_are_shown(company: Tenant) -> None:
    """Nothing is left out silently."""
    lines = page(company, ReportRequest(TWO_DAYS, most_chatbots=1))
    assert "1 more: --all." in lines
    assert not any(line.strip().startswith("Second") for line in lines)
