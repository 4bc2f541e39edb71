"""What a filter can be set to is found by the names that people know."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import Reader


def choosing(page: Page, field: str) -> None:
    """Open the form of filters at a field."""
    page.keyboard.press("f")
    page.get_by_role("combobox", name="Field").select_option(label=field)


@pytest.mark.parametrize(
    ("path", "field", "typed", "name", "filter_"),
    [
        ("b/bot", "Language", "germ", "German", "language,is,de"),
        ("b/bot", "Language", "de", "German", "language,is,de"),
        ("b/bot", "Weekday", "wedn", "Wednesday", "weekday,is,3"),
        ("", "Chatbot", "oak", "Hearth & Oak", "chatbot,is,bot"),
    ],
)
def test_by_name(reader: Reader, path: str, field: str, typed: str, name: str, filter_: str) -> None:
    """A language, a weekday, a chatbot: by its name or a part of it, and the filter says the name."""
    page = reader.opens(path)
    choosing(page, field)
    value = page.get_by_role("combobox", name="Value")
    value.click()
    value.press_sequentially(typed)
    found = page.get_by_role("option")
    expect(found).to_have_count(1)
    expect(found).to_have_text(re.compile(f"^{re.escape(name)}"))
    found.click()
    page.get_by_role("button", name="Add the filter").click()
    expect(page).to_have_url(re.compile(re.escape(f"f={filter_}")))
    expect(page.get_by_role("banner").get_by_text(f"{field} is {name}")).to_be_visible()


def test_any_number(reader: Reader) -> None:
    """A number that no conversation has may be asked for all the same."""
    page = reader.opens("b/bot")
    choosing(page, "Messages")
    value = page.get_by_role("combobox", name="Value")
    value.click()
    value.press_sequentially("97")
    page.get_by_role("option", name="97").click()
    page.get_by_role("button", name="Add the filter").click()
    expect(page).to_have_url(re.compile("f=messages,is,97"))
