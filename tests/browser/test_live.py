"""Figures move by themselves."""

import time

from playwright.sync_api import expect

from tests.browser.reading import Reader
from tests.browser.shop import talk
from tests.browser.watching import Watch
from tests.conftest import Tenant


def test_an_event_is_on_the_open_page(reader: Reader, shop: Tenant) -> None:
    """Within seconds of being sent it is in the figure, without anybody doing anything."""
    page = reader.opens("b/bot")
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")
    shop.send(*talk("new", "03-18 11:00", ("Hello", 0.9)))
    expect(page.locator("main a[href*='m=conversations']:visible").first).to_have_text("15")


def test_nobody_looks(reader: Reader, watch: Watch, shop: Tenant) -> None:
    """Trap 16: a page that cannot be seen asks nothing; when it is seen again it catches up."""
    page = reader.opens("b/bot")
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")
    hide(page, hidden=True)
    time.sleep(0.3)
    asked = len(watch.requests)
    shop.send(*talk("new", "03-18 11:00", ("Hello", 0.9)))
    time.sleep(1.5)
    assert watch.requests[asked:] == []
    hide(page, hidden=False)
    expect(page.locator("main a[href*='m=conversations']:visible").first).to_have_text("15")


def hide(page: object, *, hidden: bool) -> None:
    """Chromium without a head never hides a page, so that it is said to it."""
    state = "hidden" if hidden else "visible"
    page.evaluate(  # type: ignore[attr-defined]
        """(state) => {
          Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
        }""",
        state,
    )


def test_a_list_does_not_move_under_the_pointer(reader: Reader, shop: Tenant) -> None:
    """Trap 17: while it is hovered its rows stay, what is new waits behind a button."""
    page = reader.opens("b/bot")
    card = page.locator("main section", has=page.get_by_role("heading", name="Most asked questions"))
    names = card.get_by_role("rowheader")
    expect(names.first).to_have_text("Where is my parcel?")
    names.nth(2).hover()
    shop.send(
        *(event for n in range(9) for event in talk(f"n{n}", f"03-18 1{n % 2}:2{n}", ("Is it open?", 0.9)))
    )
    expect(card.get_by_role("button", name="1 new")).to_be_visible()
    expect(names.first).to_have_text("Where is my parcel?")
    page.mouse.move(2, 2)
    expect(names.first).to_have_text("Is it open?")
