"""From an empty company to the first figure."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import expect

from tests.browser.reading import Readers
from tests.browser.site import Site
from tests.conftest import Tenant


def run(program: str) -> None:
    """What a stranger does with what the page shows."""
    subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, timeout=120)


def test_the_page_notices_the_first_event(
    readers: Readers, site: Site, new_tenant: Callable[..., Tenant]
) -> None:
    """First it says why what came was not taken, then what the first visitor wrote, and goes on by itself."""
    site.now = datetime.now(UTC)  # the snippet knows no other clock
    reader = readers.of(new_tenant(chatbots=()))
    page = reader.opens()
    page.get_by_role("textbox").first.fill("Hearth & Oak")
    page.get_by_role("textbox").first.press("Enter")
    page.get_by_role("button", name="Python", exact=True).click()
    program = page.locator("pre, code").filter(has_text="urllib.request").first.inner_text()
    expect(page.get_by_text("Waiting for the first event")).to_be_visible()

    run(program.replace('"hearth-oak"', '"another-bot"'))
    told = page.get_by_role("alert").filter(has_text="unknown_chatbot")
    expect(told).to_contain_text("Something came, and could not be taken")

    run(program)
    expect(page.get_by_text("The first event has come")).to_be_visible()
    expect(page.get_by_text("Do you rent out sofas?", exact=True)).to_be_visible()
    expect(page).to_have_url(reader.address("b/hearth-oak"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Hearth & Oak")
