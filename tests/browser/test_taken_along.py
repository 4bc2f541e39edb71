"""What is taken out of the page: files and prints."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import Reader, as_table


def saved(page: Page, widget: str, item: str = "Save as CSV") -> str:
    """The file that the menu of a widget gives."""
    page.get_by_role("button", name=f"What to do with: {widget}", exact=True).click()
    with page.expect_download() as coming:
        page.get_by_role("menuitem", name=item).click()
    return Path(coming.value.path()).read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("widget", "figures"),
    [("Most asked questions", "questions"), ("Languages", "conversations"), ("Outcomes", "conversions")],
)
def test_a_file_is_what_is_seen(reader: Reader, widget: str, figures: str) -> None:
    """Trap 30: the rows of the CSV are the rows of the list, in its order, under the filters of the page.

    The list of questions leaves out those that only thank, and says that "All" and files have them.
    """
    page = reader.opens("b/bot?f=channel,is,web")
    whole = list(csv.DictReader(io.StringIO(saved(page, widget))))
    rows = [row for row in whole if row.get("question") != "thanks"]
    assert (len(rows) < len(whole)) == (figures == "questions")
    card = page.locator("main section", has=page.get_by_role("heading", name=widget, exact=True))
    seen = [row.get_by_role("cell").first.inner_text().strip() for row in card.get_by_role("row").all()[1:]]
    assert [row[figures] for row in rows][: len(seen)] == seen
    assert len(seen) == min(len(rows), 9)


def test_the_chart_as_a_file(reader: Reader) -> None:
    """Trap 30: the days of the chart's table are those of its CSV."""
    page = reader.opens("b/bot?p=7d")
    rows = list(csv.DictReader(io.StringIO(saved(page, "Conversations"))))
    as_table(page)
    table = page.locator("main section").first.get_by_role("row")
    expect(table).to_have_count(8)
    seen = [row.get_by_role("cell").first.inner_text() for row in table.all()[1:]]
    assert [row["conversations"] for row in rows if row["day"] >= "2026-03-12"] == seen


def test_a_print_is_light_and_without_controls(readers_dark: Reader) -> None:
    """Trap 29: white paper; what it is of stands on it in words; no button, no rail, no widget cut in two."""
    page = readers_dark.opens("b/bot?p=7d&f=language,is,de")
    page.emulate_media(media="print", color_scheme="dark")
    colour = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    assert [int(part) for part in re.findall(r"\d+", colour)[:3]] >= [250, 250, 250]
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.get_by_role("button", name="+ Filter")).to_be_hidden()
    for told in ("Mar 12 – 18, 2026", "Language is German", "UTC"):
        expect(page.get_by_text(told).first).to_be_visible()
    cut = page.locator("main section").evaluate_all(
        "(parts) => parts.filter((part) => getComputedStyle(part).breakInside !== 'avoid').length"
    )
    assert cut == 0


@pytest.fixture
def readers_dark(readers: object, shop: object) -> Reader:
    """A reader who likes it dark."""
    return readers.of(shop, color_scheme="dark")  # type: ignore[attr-defined,no-any-return]
