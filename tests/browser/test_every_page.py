"""Every page, on a desk and a phone, light and dark: pictures, axe, no sideways scrolling, no jumps."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.axe import violations
from tests.browser.reading import DESK, PHONE, PICTURES, WIDER, Reader, Readers, settled
from tests.browser.site import Site
from tests.browser.watching import shifted
from tests.conftest import Tenant

MOST_SHIFT = 0.02
LEAST_SHIFT = 0.01
MOST_OF_THE_SCREEN = 0.3

PAGES = {
    "overview": "",
    "bot": "b/bot",
    "bot-filtered": "b/bot?p=7d&c=none&f=language,is,de&m=csat",
    "bot-without-scores": "b/mute",
    "gaps": "b/bot/gaps",
    "gap": "b/bot/gaps?question=do%20you%20rent%20out%20sofas",
    "conversations": "b/bot/conversations?m=unanswered_rate",
    "transcript": "b/bot/conversations/c02?m=unanswered_rate",
    "search": "conversations?q=parcel",
    "settings-general": "settings",
    "settings-bots": "settings/bots",
    "settings-keys": "settings/keys",
    "settings-members": "settings/members",
    "settings-embed": "settings/embed",
    "settings-rejections": "settings/rejections",
    "settings-plan": "settings/plan",
    "unknown-bot": "b/gone",
    "missing": "nowhere/at/all",
}


def looked_at(page: Page, name: str) -> list[str]:
    """Take the pictures of a page, and say what is wrong with it."""
    wrong = []
    PICTURES.mkdir(parents=True, exist_ok=True)
    for screen, whole in ((DESK, "light"), (PHONE, "dark")):
        page.set_viewport_size(screen)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            at = f"{name} {screen['width']} {scheme}"
            page.screenshot(path=PICTURES / f"{at.replace(' ', '-')}.png", full_page=True)
            found = violations(page, contrast_alone=scheme != whole)
            wrong += [f"{at}: {each}" for each in found]
        wrong += sideways(page, f"{name} {screen['width']}")
    return wrong


def smallest(page: Page, name: str) -> list[str]:
    """What is wrong with a page on the smallest screen that there is."""
    page.set_viewport_size({"width": 320, "height": 640})
    found = [f"{name} 320: {each}" for each in violations(page)]
    return sideways(page, f"{name} 320") + found


def zoomed(page: Page, name: str) -> list[str]:
    """Trap 25: at 200 % zoom a screen of 1,440 px is one of 720, one of 1,280 px is one of 640: no sideways
    scrolling, and what stays at the top leaves most of the screen to what is read.
    """
    wrong = []
    for width in (720, 640):
        page.set_viewport_size({"width": width, "height": 450})
        wrong += sideways(page, f"{name} zoomed to {width}")
        for scheme in ("light", "dark") if width == 720 else ():
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=PICTURES / f"zoomed-{name}-{scheme}.png")
    page.set_viewport_size({"width": 720, "height": 450})
    bar = page.get_by_role("banner")
    if bar.count() > 0:
        high = bar.first.evaluate(
            "(bar) => getComputedStyle(bar).position === 'sticky' ? bar.getBoundingClientRect().height : 0"
        )
        if high > 450 * MOST_OF_THE_SCREEN:
            wrong.append(f"{name}: {high} of 450 px are the bar")
    return wrong


def with_large_letters(page: Page, name: str) -> list[str]:
    """Trap 25: letters of twice the size make nothing too wide."""
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    return sideways(page, f"{name} with larger letters")


def sideways(page: Page, at: str) -> list[str]:
    """What makes a page wider than the screen, so that it scrolls to the side: nothing may."""
    page.wait_for_timeout(150)  # charts are drawn for the width that they have by now
    wide: list[str] = page.evaluate(WIDER)
    return [f"{at}: wider than the screen: {each}" for each in wide[:3]]


def jumped(page: Page, at: str) -> list[str]:
    """How far it jumped since it was loaded, if that is too far."""
    far, what = shifted(page)
    return [f"{at}: jumped by {far:.3f}: {what[:4]}"] if far > MOST_SHIFT else []


@pytest.mark.parametrize("name", PAGES)
def test_page(reader: Reader, name: str) -> None:
    """Nothing is wrong with it at any width, in any theme, zoomed, and nothing jumps while it comes for the
    first time.
    """
    page = reader.opens(PAGES[name])
    page.wait_for_timeout(300)  # what comes late makes things jump
    wrong = jumped(page, name) + looked_at(page, name)
    wrong += smallest(page, name) + zoomed(page, name) + with_large_letters(page, name)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_do_not_jump(reader: Reader, screen: dict[str, int]) -> None:
    """Trap 12: loaded anew, and with another period and filter, the things on a page stay where they are."""
    page = reader.context.new_page()
    page.set_viewport_size(screen)  # type: ignore[arg-type]
    wrong = []
    for name in ("overview", "bot", "transcript"):
        reader.goes(page, PAGES[name])
        page.wait_for_timeout(300)
        wrong += jumped(page, name)
        for key in ("w", "x", "t"):
            page.keyboard.press(key)
            settled(page)
        page.wait_for_timeout(300)
        wrong += jumped(page, f"{name} after changes")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["overview", "bot", "conversations", "gaps"])
def test_the_smallest_screen_does_not_jump(readers: Readers, shop: Tenant, name: str) -> None:
    """Trap 12: at 320 px, where a line more or less moves all that follows, on a page that comes slowly."""
    reader = readers.of(shop, viewport={"width": 320, "height": 640})
    page = reader.context.new_page()

    def late(route: Route) -> None:
        time.sleep(0.15)
        route.continue_()

    page.route("**/v1/**", late)
    reader.goes(page, PAGES[name])
    page.wait_for_timeout(400)
    far, what = shifted(page)
    assert far < LEAST_SHIFT, f"jumped by {far:.4f}: {what[:6]}"


def test_german(readers: Readers, shop: Tenant) -> None:
    """Traps 25, 34: in German, too, nothing is too wide; numbers are those of the page's language, not the
    browser's.
    """
    reader = readers.of(shop, locale="de-DE", viewport={"width": 320, "height": 640})
    page = reader.context.new_page()
    wrong = []
    for name in ("overview", "bot", "gaps", "transcript", "settings-general", "settings-embed"):
        reader.goes(page, PAGES[name])
        wrong += sideways(page, f"{name} in German")
    assert not wrong, "\n".join(wrong)
    reader.goes(page, "b/bot")
    assert page.evaluate("() => document.documentElement.lang") == "de"
    rate = page.locator("main a[href*='m=unanswered_rate']:visible")
    assert re.sub(r"\s", " ", rate.inner_text()) == "26,3 %"


def test_pages_before_a_login(readers: Readers, site: Site, new_tenant: Callable[..., Tenant]) -> None:
    """Login, a failed one, the first run, the documentation of the API."""
    page = readers.context().new_page()
    wrong: list[str] = []
    page.goto(f"{site.url}/login")
    settled(page)
    wrong += looked_at(page, "login")
    page.goto(f"{site.url}/login#token=bll_never")
    expect(page.get_by_role("alert").filter(has_text="There is no such link.")).to_be_visible()
    wrong += looked_at(page, "login-failed")
    reader = readers.of(new_tenant(chatbots=()))
    first = reader.opens()
    wrong += looked_at(first, "first-run")
    first.get_by_role("textbox").first.fill("Hearth & Oak")
    first.get_by_role("textbox").first.press("Enter")
    expect(first.get_by_text("Waiting for the first event")).to_be_visible()
    wrong += looked_at(first, "first-run-waiting")
    assert not wrong, "\n".join(wrong)


def test_embedded_page(readers: Readers, site: Site, shop: Tenant) -> None:
    """The page of an embed link, by itself."""
    body: dict[str, Any] = {
        "chatbot_id": "bot",
        "name": "Portal",
        "parts": ["cards", "chart", "questions", "ratings"],
    }
    made = site.client.post("/v1/embed-links", json=body, headers=shop.headers).json()
    page = readers.context().new_page()
    page.goto(made["url"])
    expect(page.locator("main").get_by_text("14", exact=True).first).to_be_visible()
    wrong = looked_at(page, "embed")
    page.set_viewport_size({"width": 320, "height": 640})
    wrong += sideways(page, "embed 320")
    assert not wrong, "\n".join(wrong)


def test_the_documentation_keeps_the_policy(readers: Readers, site: Site) -> None:
    """`/docs` is of the tour: it runs nothing inline and asks no other server (see the fixture `watch`)."""
    page = readers.context().new_page()
    page.goto(f"{site.url}/docs")
    expect(page.get_by_text("/v1/queries").first).to_be_visible()
    page.get_by_text("/v1/queries").first.click()
    page.goto(f"{site.url}/redoc")
    page.wait_for_timeout(300)
