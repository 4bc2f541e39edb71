"""The server goes, comes back, is slow, is another one; and has more tabs than connections."""

import json
import re

from playwright.sync_api import Page, Route, expect

from tests.browser.reading import Reader
from tests.browser.shop import talk
from tests.browser.site import Site
from tests.browser.watching import Watch
from tests.conftest import Tenant


def figure(page: Page) -> object:
    return page.locator("main a[href*='m=conversations']:visible").first


def is_live(page: Page) -> None:
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")


def test_the_server_stops_and_is_back(reader: Reader, site: Site, shop: Tenant) -> None:
    """The last figures stay and it is said that they are old; afterwards the page catches up by itself."""
    page = reader.opens("b/bot")
    is_live(page)
    site.stop()
    try:
        expect(page.get_by_role("banner").get_by_role("status")).to_have_text("offline")
        expect(figure(page)).to_have_text("14")
        page.keyboard.press("w")  # asks for what is not known
        expect(page.get_by_text("No connection.").first).to_be_visible()
    finally:
        site.start()
    shop.send(*talk("new", "03-18 11:00", ("Hello", 0.9)))
    is_live(page)
    expect(figure(page)).to_have_text("8")
    expect(page.get_by_text("No connection.")).to_have_count(0)


def test_eight_tabs_have_one_stream(reader: Reader, watch: Watch, shop: Tenant) -> None:
    """Trap 16: over HTTP/1.1 a browser has six connections; eight tabs are all live and all usable."""
    tabs = [reader.opens("b/bot") for _ in range(8)]
    for tab in tabs:
        is_live(tab)
    assert watch.requests.count("GET /v1/live") == 1
    shop.send(*talk("new", "03-18 11:00", ("Hello", 0.9)))
    for tab in tabs:
        expect(figure(tab)).to_have_text("15")
    tabs[0].close()  # who had the stream: another one takes over
    shop.send(*talk("newer", "03-18 11:10", ("Hello", 0.9)))
    expect(figure(tabs[7])).to_have_text("16")
    assert watch.requests.count("GET /v1/live") == 2


def test_an_answer_that_is_late_changes_nothing(reader: Reader) -> None:
    """Trap 12: what was asked before and comes after is thrown away; meanwhile old figures are dimmed."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        body = json.dumps(route.request.post_data or route.request.url)
        if "7d" in body and not held:
            held.append(route)
        else:
            route.continue_()

    page = reader.opens("b/bot")
    page.route("**/v1/queries*", hold)
    page.keyboard.press("w")
    expect(page.locator("main [aria-busy=true]")).not_to_have_count(0)
    expect(figure(page)).to_have_text("14")
    page.keyboard.press("d")
    expect(figure(page)).to_have_text("2")
    assert held
    held[0].continue_()
    page.wait_for_timeout(700)
    expect(figure(page)).to_have_text("2")
    expect(page).to_have_url(re.compile(r"p=today$"))


def test_an_old_tab_of_a_new_server(reader: Reader) -> None:
    """Trap 31: a part of the page that is gone loads it anew once, then it says so: no going round."""
    page = reader.opens("b/bot")
    loads: list[str] = []
    page.on("domcontentloaded", lambda each: loads.append(each.url))
    page.route(re.compile(r"/assets/Settings"), lambda route: route.fulfill(status=404))
    with page.expect_event("domcontentloaded"):  # it may say so for a moment before, too
        page.get_by_role("link", name="Settings").click()
    expect(page.get_by_text("This part of the page stopped working")).to_be_visible()
    page.wait_for_timeout(700)
    assert len(loads) == 1
    page.unroute_all()
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Settings")
