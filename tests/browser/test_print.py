"""What a page is on paper: what was chosen on it, and all of what it shows."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import PICTURES, Reader, Readers, settled
from tests.browser.shop import talk
from tests.conftest import Tenant

PAPER = {"width": 718, "height": 1_010}
"""A sheet of A4 within its margins, in CSS pixels."""

PAGES = {
    "overview": "",
    "bot": "b/bot?p=7d&f=language,is,en",
    "gaps": "b/bot/gaps",
    "gap": "b/bot/gaps?question=do%20you%20rent%20out%20sofas",
    "conversations": "b/bot/conversations",
    "transcript": "b/bot/conversations/c02",
    "settings-bots": "settings/bots",
    "settings-rejections": "settings/rejections",
}

LEAST_TEXT = 60

# What can be pressed or typed into on a screen and is seen, but for what is a name or a figure itself.
CONTROLS = """() => [...document.querySelectorAll("button, select, input, textarea, [role=button]")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }))
  .filter((each) => each.getBoundingClientRect().width > 1)
  .filter((each) => !each.closest("th, [aria-pressed]") && !each.querySelector("time"))
  .map((each) => each.outerHTML.slice(0, 120))"""

# What is cut because it would scroll on a screen.
CUT = """() => [...document.querySelectorAll("main, main *")]
  .filter((each) => each.checkVisibility() && !each.closest("svg, .spoken") && !each.matches(".spoken"))
  .filter((each) => ["auto", "scroll", "hidden"].includes(getComputedStyle(each).overflowY))
  .filter((each) => each.scrollHeight > each.clientHeight + 2)
  .filter((each) => getComputedStyle(each).webkitLineClamp === "none")
  .map((each) => each.outerHTML.slice(0, 160))"""


def on_paper(page: Page, name: str) -> list[str]:
    """What is wrong with a page on paper; its pictures are taken."""
    page.set_viewport_size(PAPER)  # type: ignore[arg-type]
    settled(page)
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_timeout(200)  # charts are drawn for the width that they have by now
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"print-{name}.png", full_page=True)
    wrong = [f"can be pressed: {each}" for each in page.evaluate(CONTROLS)]
    wrong += [f"is cut: {each}" for each in page.evaluate(CUT)]
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        wrong.append(f"is {wide} px too wide")
    if len(page.locator("main").inner_text()) < LEAST_TEXT:
        wrong.append("is empty")
    light = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    if light != "rgb(255, 255, 255)":
        wrong.append(f"is not light: {light}")
    return [f"{name} {each}" for each in wrong]


@pytest.mark.parametrize("name", PAGES)
def test_paper_has_no_controls_and_all_of_a_page(reader: Reader, name: str) -> None:
    """Trap 29: light, nothing that could be pressed, nothing cut; and a file of it is one."""
    page = reader.opens(PAGES[name])
    wrong = on_paper(page, name)
    assert not wrong, "\n".join(wrong)
    page.emulate_media(media=None)  # type: ignore[arg-type]
    assert page.pdf(path=PICTURES / f"print-{name}.pdf", format="A4").startswith(b"%PDF")


def test_what_was_chosen_is_said(reader: Reader) -> None:
    """Trap 29: the bot, its days, the comparison, the filters and the zone are text."""
    page = reader.opens(PAGES["bot"])
    page.emulate_media(media="print")
    bar = page.get_by_role("banner")
    for text in ("Hearth & Oak", "Last 7 days (Mar 12", "period before", "Language is English", "UTC"):
        expect(bar.get_by_text(re.compile(re.escape(text))).first).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)


def test_long_lists_are_whole(readers: Readers, new_tenant: Callable[..., Tenant]) -> None:
    """Trap 29: of a list that is drawn in part on a screen, paper has all rows that were read."""
    tenant = new_tenant()
    for number in range(120):
        tenant.send(*talk(f"c{number}", f"03-17 {number % 24}:{number % 50:02}", (f"Question {number}", 0.9)))
    page = readers.of(tenant).opens("b/bot/conversations")
    rows = page.get_by_role("list", name="Conversations", exact=True).get_by_role("listitem")
    assert rows.count() < 50
    page.emulate_media(media="print")
    expect(rows).to_have_count(50)  # a first page
    page.emulate_media(media="screen")
    expect(rows).not_to_have_count(50)
