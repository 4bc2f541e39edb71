"""What is shown stands in the address: Back, reload, a link that is sent to somebody."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import Reader, Readers, settled
from tests.conftest import Tenant


def conversations(page: Page) -> str:
    """What the card of the conversations says."""
    settled(page)
    return page.locator("main a[href*='m=conversations']:visible").first.inner_text()


def test_filters_are_steps_of_back_and_a_link_shows_the_same(
    reader: Reader, readers: Readers, shop: Tenant
) -> None:
    """Trap 13: filter, period, comparison push, a metric and sorting replace; reload and another browser
    agree.
    """
    page = reader.opens("b/bot")
    assert conversations(page) == "14"
    page.get_by_role("button", name="+ Filter").click()
    page.get_by_label("Field").select_option("language")
    page.get_by_role("combobox", name="Value").click()
    page.get_by_role("option", name="German").click()
    page.get_by_role("button", name="Add the filter").click()
    expect(page).to_have_url(reader.address("b/bot?f=language,is,de"))
    assert conversations(page) == "2"
    page.keyboard.press("w")
    expect(page).to_have_url(reader.address("b/bot?p=7d&f=language,is,de"))
    assert conversations(page) == "1"
    page.keyboard.press("x")
    expect(page).to_have_url(reader.address("b/bot?p=7d&c=none&f=language,is,de"))
    page.get_by_role("button", name="CSAT", exact=True).click()
    link = reader.address("b/bot?p=7d&c=none&f=language,is,de&m=csat")
    expect(page).to_have_url(link)

    page.reload()
    other = readers.of(shop, role="viewer").context.new_page()
    other.goto(link)
    for each in (page, other):
        assert conversations(each) == "1"
        expect(each.get_by_role("button", name="Remove the filter Language is German")).to_be_visible()
        expect(each.get_by_role("button", name="CSAT", exact=True)).to_have_attribute("aria-pressed", "true")

    page.go_back()  # over the comparison; the metric replaced its step
    expect(page).to_have_url(reader.address("b/bot?p=7d&f=language,is,de"))
    page.go_back()
    assert conversations(page) == "2"
    page.go_back()
    expect(page).to_have_url(reader.address("b/bot"))
    assert conversations(page) == "14"
    page.go_forward()
    expect(page).to_have_url(reader.address("b/bot?f=language,is,de"))
    assert conversations(page) == "2"


def test_sorting_is_no_step(reader: Reader) -> None:
    """Trap 13: sorting stands in the address, and Back leads out of the page."""
    page = reader.opens("b/bot")
    reader.goes(page)
    bots = page.get_by_role("table", name="Chatbots")
    bots.get_by_role("button", name="CSAT").click()
    expect(page).to_have_url(reader.address("?sort=-csat"))
    page.go_back()
    expect(page).to_have_url(reader.address("b/bot"))


def test_the_list_is_where_it_was_left(reader: Reader, shop: Tenant) -> None:
    """Trap 13: after Back from a transcript the list is scrolled to where it was."""
    page = reader.context.new_page()
    page.set_viewport_size({"width": 390, "height": 500})
    reader.goes(page, "b/bot/conversations")
    rows = page.get_by_role("list", name="Conversations", exact=True)
    scroller = rows.locator("xpath=..")
    link = rows.get_by_role("link", name=re.compile("Opening hours")).first
    link.scroll_into_view_if_needed()
    left = scroller.evaluate("(list) => list.scrollTop")
    assert left > 100
    link.click()
    expect(page.locator("main article").first).to_be_visible()
    expect(rows).to_be_hidden()
    page.go_back()
    expect(rows).to_be_visible()
    assert abs(scroller.evaluate("(list) => list.scrollTop") - left) < 2


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("b/bot?p=lately", "asks for a period that does not exist: “lately”. The last 30 days are shown."),
        ("b/bot?m=happiness", "asks for a figure that does not exist: “happiness”."),
        ("b/bot?f=mood,is,good", "A filter of the link cannot be used and was left out: “mood,is,good”."),
        ("b/bot?c=yesteryear", "asks for a comparison that does not exist: “yesteryear”."),
        ("b/bot?v=9&p=7d", "made by another version of the page (“9”)"),
        ("b/gone", "There is no chatbot “gone”"),
        ("b/bot/nowhere", "There is nothing at this address"),
        ("nowhere", "There is nothing at this address"),
    ],
)
def test_what_an_address_asks_for_in_vain_is_said(reader: Reader, path: str, told: str) -> None:
    """Trap 14: a link of another time is explained, and the rest of it is shown; never a blank page."""
    page = reader.opens(path)
    expect(page.get_by_text(told)).to_be_visible()
    if path.startswith("b/bot?"):
        assert conversations(page) in ("14", "7")


@pytest.mark.parametrize("value", ["a,b/c~d", "“quotes” & 'more'?#%", "🛋️ ünï", "a+b c\\d"])
def test_any_value_survives_the_address(reader: Reader, value: str) -> None:
    """Trap 14: commas, slashes, quotes, emoji; as the page writes it, and as a chat program does."""
    page = reader.opens("b/bot")
    written = value.replace("~", "~~").replace(",", "~,")
    page.goto(reader.address(f"b/bot?f=channel,is,{quote(written)}"))
    pill = page.get_by_role("button", name=f"Remove the filter Channel is {value}", exact=True)
    expect(pill).to_be_visible()
    page.keyboard.press("w")
    page.wait_for_url(re.compile("p=7d"))
    page.goto(page.url.replace(",", "%2C").replace("%2B", "%2b"))
    expect(pill).to_be_visible()


def test_these_days_or_the_last_ones(reader: Reader) -> None:
    """Trap 15: of a widget a link to "last 7 days" can be taken, or one to exactly these days."""
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=reader.site.url)
    page = reader.opens("b/bot?p=7d")
    for item, query in (("Copy link", "p=7d"), ("Copy link to these exact days", "p=2026-03-12,2026-03-18")):
        page.get_by_role("button", name="What to do with: Languages").click()
        page.get_by_role("menuitem", name=item, exact=True).click()
        expect(page.get_by_text("The link is copied.").first).to_be_visible()
        assert page.evaluate("() => navigator.clipboard.readText()") == reader.address(f"b/bot?{query}")
