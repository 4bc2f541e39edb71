"""Everything by keyboard alone, and single keys that stay out of the way."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.reading import Reader, as_table


def tab_to(page: Page, place: Locator, most: int = 80) -> None:
    """Press Tab until something has the focus."""
    expect(place).to_be_visible()
    for _ in range(most):
        page.keyboard.press("Tab")
        if place.evaluate("(place) => place === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to {place}")


def test_a_tour_without_a_mouse(reader: Reader) -> None:
    """Skip the rail; open a bot; add a filter; open a figure, a conversation, its next gap; go back; log
    out.
    """
    page = reader.opens()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    tab_to(page, page.get_by_role("table", name="Chatbots").get_by_role("link", name="Hearth & Oak"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/b/bot"))

    page.keyboard.press("f")
    expect(page.get_by_role("dialog")).to_be_visible()
    tab_to(page, page.get_by_role("combobox", name="Value"))
    page.keyboard.type("de")
    expect(page.get_by_role("option", name="English")).to_have_count(0)
    expect(page.get_by_role("option", name="German")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Add the filter"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(reader.address("b/bot?f=language,is,de"))

    page.locator("#content").focus()
    tab_to(page, page.locator("main a[href*='m=conversations']").first)
    page.keyboard.press("Enter")
    expect(page.locator("main h2").first).to_have_text("2 conversations")
    page.keyboard.press("j")
    expect(page.locator("main article").first).to_contain_text("Verleiht ihr Sofas?")
    page.keyboard.press("n")
    expect(page.locator("main article").nth(1)).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("main article").first).to_contain_text("Hast du Betten?")
    page.keyboard.press("Escape")
    expect(page.locator("main article")).to_have_count(0)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("betten")
    expect(page.locator("main h2").first).to_have_text("1 conversation")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    page.locator("#content").focus()
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="A chatbot, a page")).to_be_focused()
    page.keyboard.type("mute")
    expect(page.get_by_role("option").first).to_contain_text("Mute")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/b/mute"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    tab_to(page, page.get_by_role("button", name="Log out"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You need a link to log in")


def test_what_has_the_focus_is_seen(reader: Reader) -> None:
    """Each thing that Tab comes to has a ring, and is on the screen."""
    page = reader.opens("b/bot")
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const here = document.activeElement;
              const style = getComputedStyle(here);
              const box = here.getBoundingClientRect();
              return {
                ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
                on: box.bottom > 0 && box.top < innerHeight && box.width > 0,
                what: here.outerHTML.slice(0, 120),
              };
            }"""
        )
        assert seen["ring"], seen["what"]
        assert seen["on"], seen["what"]


def test_keys_stay_out_of_the_way(reader: Reader) -> None:
    """Trap 32: not with a modifier, not while somebody types; and they can be turned off for good."""
    page = reader.opens("b/bot")
    here = page.url
    for key in ("Control+w", "Alt+d", "Meta+x"):
        if key != "Control+w":
            page.keyboard.press(key)
    page.get_by_role("button", name="+ Filter").click()
    page.get_by_role("combobox", name="Value").fill("wdx?")
    expect(page).to_have_url(here)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("#content").focus()
    page.keyboard.press("?")
    page.get_by_role("checkbox", name=re.compile("^Single keys work")).uncheck()
    page.keyboard.press("Escape")
    page.locator("#content").focus()
    page.keyboard.press("w")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("w")
    expect(page).to_have_url(here)


def test_what_hovering_tells_focus_and_the_table_tell_too(reader: Reader) -> None:
    """Trap 28: the points of the chart are walked and said by keys, and are all in its table."""
    page = reader.opens("b/bot?p=7d")
    chart = page.get_by_role("application").first
    chart.focus()
    said = page.locator("main [role=status].spoken")
    heard = []
    for _ in range(7):
        page.keyboard.press("ArrowRight")
        heard.append(said.filter(has_text=re.compile("before")).first.inner_text())
    as_table(page)
    rows = page.locator("main section").first.get_by_role("row")
    expect(rows).to_have_count(8)
    for spoken, row in zip(heard, rows.all()[1:], strict=True):
        label, figure = row.get_by_role("rowheader").inner_text(), row.get_by_role("cell").first.inner_text()
        assert spoken.startswith(label.split(" · ")[0])
        assert figure in spoken
