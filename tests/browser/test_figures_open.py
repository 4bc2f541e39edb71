"""Every figure of the bot's page opens into the conversations behind it."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.reading import Reader, settled
from tests.conftest import Tenant

LINKS = "main a[href*='/conversations?']:visible"
# What is clicked, as the reader sees it: the figure, and where there is one, on how many it stands.
READ = """(links) => links.map((link) => {
  const place = link.closest("td, th, li") ?? link;
  const column = place.querySelector("svg") === null ? null : place.querySelector("span");
  return {
    href: link.getAttribute("href"),
    figure: link.getAttribute("aria-label")?.split(": ").at(-1) ?? (column ?? link).innerText.trim(),
    of: /of ([\\d,]+)/.exec(place.innerText)?.[1] ?? null,
  };
})"""


def number(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text))


def expected(figure: str, of: str | None, total: str | None) -> range | None:
    """How many conversations may be behind a figure; None where the figure does not say."""
    if total == "value":
        return range(int(number(figure)), int(number(figure)) + 1)
    if figure.endswith("%") and total == "numerator":
        if of is not None:
            exact = round(number(figure) / 100 * number(of))
            return range(exact, exact + 1)
        return range(1, 1_000) if number(figure) else range(1)
    if total == "denominator" and of is not None:
        return range(int(number(of)), int(number(of)) + 1)
    return range(1, 1_000) if re.search(r"[1-9]", figure) else None


def listed(page: Page) -> int:
    """How many conversations the list says that it has."""
    count = page.locator("main h2", has_text=re.compile(r"^[\d,]+ conversations?$"))
    expect(count).to_be_visible()
    return int(number(count.inner_text()))


def figures(page: Page) -> list[dict[str, Any]]:
    """The figures that open, each once; of the hours in which nothing happened, which are alike, three."""
    seen: dict[str, dict[str, Any]] = {}
    for at, found in enumerate(page.locator(LINKS).evaluate_all(READ)):
        seen.setdefault(found["href"], {**found, "at": at})
    quiet = [each["href"] for each in seen.values() if "f=hour," in each["href"] and each["figure"] == "0"]
    assert len(quiet) > 100
    return [each for each in seen.values() if each["href"] not in quiet[3:]]


def test_each_list_is_as_long_as_its_figure_says(reader: Reader, shop: Tenant) -> None:
    """Cards, lists, hours, columns, cohorts: the list's total is the figure that was clicked; Back leads
    back.
    """
    totals = {each["name"]: each["drill"]["total"] for each in shop.get("/v1/metrics")["metrics"]}
    page = reader.opens("b/bot")
    expect(page.locator(LINKS).first).to_be_visible()
    seen = figures(page)
    metrics = {parse_qs(urlsplit(each["href"]).query)["m"][0] for each in seen}
    assert {"conversations", "unanswered_answers", "questions", "ratings", "conversions"} < metrics
    wrong = []
    for each in seen:
        page.locator(LINKS).nth(each["at"]).click()
        found = listed(page)
        metric = parse_qs(urlsplit(each["href"]).query)["m"][0]
        allowed = expected(each["figure"], each["of"], totals[metric])
        if allowed is not None and found not in allowed:
            wrong.append((metric, each, found))
        page.go_back()
        expect(page.locator(LINKS)).not_to_have_count(0)
    assert wrong == []


def test_overview_to_transcript(reader: Reader) -> None:
    """Overview, bot, figure, list, transcript, next unanswered; Back through all of it."""
    page = reader.opens()
    page.get_by_role("table", name="Chatbots").get_by_role("link", name="Hearth & Oak").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hearth & Oak")
    rate = page.locator("main a[href*='m=unanswered_rate']:visible")
    expect(rate).to_have_text("26.3%")  # 5 of the 19 answers
    rate.click()
    assert listed(page) == 5
    page.get_by_role("list", name="Conversations", exact=True).get_by_role("link").first.click()
    said = page.locator("main article")
    expect(said.first).to_contain_text("Do you rent out sofas?")
    expect(said.nth(1)).to_contain_text("below 0.2")
    page.keyboard.press("n")
    expect(said.nth(1)).to_be_focused()
    for heading in ("5 conversations", "5 conversations"):
        expect(page.locator("main h2").first).to_have_text(heading)
        page.go_back()
    expect(rate).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def test_a_point_of_the_chart_opens(reader: Reader) -> None:
    """By keys: the last point is today, which is not over, and opens into its conversations."""
    page = reader.opens("b/bot")
    chart = page.get_by_role("application").first
    chart.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("status").filter(has_text="Mar 18")).to_contain_text("2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/conversations\?.*day%?,is,2026-03-18"))
    assert listed(page) == 2


def test_a_name_filters_and_its_figure_opens(reader: Reader) -> None:
    """The name of a row adds a filter to the page; the list of its figure has that filter, too."""
    page = reader.opens("b/bot")
    row: Locator = page.get_by_role("row", name=re.compile("^German"))
    row.get_by_role("link", name="German").click()
    expect(page).to_have_url(reader.address("b/bot?f=language,is,de"))
    settled(page)
    card = page.locator("main a[href*='m=conversations']:visible").first
    expect(card).to_have_text("2")
    card.click()
    assert listed(page) == 2
