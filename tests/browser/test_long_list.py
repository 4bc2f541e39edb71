"""Lists that are longer than anybody reads, and that grow while somebody does."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.reading import Readers
from tests.browser.shop import talk
from tests.conftest import Tenant

MANY = 1_200


@pytest.fixture
def busy(new_tenant: Callable[..., Tenant]) -> Tenant:
    """A bot with very many conversations, one of which is about something else."""
    tenant = new_tenant()
    for day in ("03-16", "03-17"):
        tenant.send(
            *(
                event
                for number in range(MANY // 2)
                for event in talk(f"{day} {number}", f"{day} {number % 24}:10", (f"Question {number}", 0.9))
            )
        )
    tenant.send(*talk("needle", "03-10 10:00", ("Where is the needle?", 0.9)))
    return tenant


def test_thousands_of_rows(readers: Readers, busy: Tenant) -> None:
    """Trap 27: the total is exact, only what is near is drawn, the end is reached, all is searched."""
    page = readers.of(busy).opens("b/bot/conversations")
    expect(page.locator("main h2").first).to_have_text(f"{MANY + 1:,} conversations")
    rows = page.get_by_role("list", name="Conversations", exact=True)
    assert rows.get_by_role("listitem").count() < 60
    rows.locator("xpath=..").evaluate("(list) => { list.scrollTop = list.scrollHeight }")
    expect(rows.get_by_role("link", name="Where is the needle?")).to_be_visible()
    assert rows.get_by_role("listitem").count() < 60
    page.get_by_role("searchbox", name="Search all that was said").fill("needle")
    expect(page.locator("main h2").first).to_have_text("1 conversation")
    expect(rows.locator("mark")).to_have_text("needle")
