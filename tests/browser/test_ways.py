"""The ways that are seen: between the pages of a chatbot, to everything by search, and what the tab says."""

import re

from playwright.sync_api import expect

from tests.browser.reading import PHONE, Reader, Readers, settled
from tests.conftest import Tenant


def test_between_the_pages_of_a_chatbot(reader: Reader) -> None:
    """Each page of a chatbot says which it is, in its heading and in the tab, and leads to the others with
    the period that is looked at; from everywhere there is a way to all conversations.
    """
    page = reader.opens("b/bot?p=7d")
    expect(page).to_have_title("Hearth & Oak · botlens")
    tabs = page.get_by_role("navigation", name="Pages of this chatbot")
    heading = page.get_by_role("heading", level=1)
    for name, path in (("Gaps", "gaps"), ("Conversations", "conversations")):
        tabs.get_by_role("link", name=name).click()
        settled(page)
        assert page.url == reader.address(f"b/bot/{path}?p=7d")
        expect(heading).to_have_text(f"Hearth & Oak / {name}")
        expect(page).to_have_title(f"{name} · Hearth & Oak · botlens")
        expect(tabs.locator("[aria-current]")).to_have_text(name)
    page.get_by_role("link", name="All conversations").click()
    expect(heading).to_have_text("All conversations")
    expect(page).to_have_title("All conversations · botlens")


def test_search_and_keys_can_be_seen(readers: Readers, shop: Tenant) -> None:
    """Whoever knows no key finds the search and the list of keys, on a phone in its menu."""
    reader = readers.of(shop)
    page = reader.opens()
    for small in (False, True):
        if small:
            page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        for name, title in (("Search or jump to", "Go to"), ("Keyboard shortcuts", "Keyboard shortcuts")):
            if small:
                page.get_by_role("button", name="Menu").click()
            page.get_by_role("button", name=name).click()
            opened = page.get_by_role("dialog", name=title)
            expect(opened).to_be_visible()
            page.keyboard.press("Escape")
            expect(opened).to_have_count(0)


def test_beside_a_conversation_that_is_not_there_stands_the_list(reader: Reader) -> None:
    """An address of a conversation that does not exist says so, and shows those that do."""
    page = reader.opens("b/bot/conversations/nope")
    expect(page.get_by_text("There is no such conversation, or no longer.")).to_be_visible()
    rows = page.get_by_role("list", name="Conversations", exact=True).get_by_role("link")
    expect(rows.first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("new$"))).to_have_count(0)
