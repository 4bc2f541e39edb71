"""The page as it is read from right to left: in none of its languages yet, but nothing stands in the way."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import PHONE, WIDER, Reader, settled

PAGES = ("", "b/bot", "b/bot/gaps", "b/bot/conversations/c02", "settings", "settings/embed")

# Of an element, and the one that follows it: whether the second is on the right of the first.
RISING = """(all) => all.map((each) => each.getBoundingClientRect().left)
  .every((x, at, xs) => at === 0 || x > xs[at - 1])"""

# Of a chart: whether all its labels stand in it.
INSIDE = """(chart) => {
  const box = chart.getBoundingClientRect();
  const labels = [...chart.querySelectorAll("text")].map((each) => each.getBoundingClientRect());
  return labels.every((each) => each.left >= box.left - 1 && each.right <= box.right + 1);
}"""


def mirrored(page: Page) -> None:
    page.evaluate("() => { document.documentElement.dir = 'rtl' }")
    page.wait_for_timeout(150)


def test_the_page_is_mirrored_and_time_is_not(reader: Reader) -> None:
    """Trap 24: the rail is on the right, names before figures; days, hours and weeks run from left to right,
    and their labels stand within the chart.
    """
    page = reader.opens("b/bot")
    mirrored(page)
    rail = page.get_by_role("navigation", name="Pages").first.bounding_box()
    main = page.locator("main").bounding_box()
    assert rail is not None
    assert main is not None
    assert rail["x"] > main["x"]
    ticks = page.locator("main svg text[y]:not([text-anchor=end][dy])")
    assert ticks.count() > 2
    assert ticks.evaluate_all(RISING)
    chart = page.locator("main [role=application]").first
    assert chart.evaluate(INSIDE)
    hours = page.get_by_role("table", name="Conversations by weekday and hour").locator("thead th")
    expect(hours).to_have_count(24)
    assert hours.evaluate_all(RISING)
    steps = (page.get_by_role("button", name=f"The period {side}") for side in ("before", "after"))
    before, after = (each.bounding_box() for each in steps)
    assert before is not None
    assert after is not None
    assert before["x"] < after["x"]
    heads = page.locator("main table thead tr").filter(has_text="Question").first.locator("th")
    assert not heads.evaluate_all(RISING)


@pytest.mark.parametrize("screen", [{"width": 1440, "height": 900}, PHONE, {"width": 320, "height": 640}])
def test_nothing_is_too_wide(reader: Reader, screen: dict[str, int]) -> None:
    """Trap 24: mirrored, no page scrolls to the side at any width."""
    page = reader.context.new_page()
    page.set_viewport_size(screen)  # type: ignore[arg-type]
    wrong = []
    for path in PAGES:
        reader.goes(page, path)
        mirrored(page)
        settled(page)
        # What stands out of the screen does so on the left now.
        wide = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 0 or page.evaluate(WIDER):
            wrong.append((path, wide))
    assert wrong == []
