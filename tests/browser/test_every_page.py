"""Every page, on a desk and a phone, light and dark: pictures, axe, no sideways scrolling, no jumps."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.reading import DESK, PHONE, PICTURES, WIDER, Reader, Readers, settled
from tests.browser.site import Site
from tests.browser.watching import shifted
from tests.conftest import Tenant

MOST_SHIFT = 0.02

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
    for width, screen in ((DESK["width"], DESK), (PHONE["width"], PHONE)):
        page.set_viewport_size(screen)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            at = f"{name} {width} {scheme}"
            page.screenshot(path=PICTURES / f"{at.replace(' ', '-')}.png", full_page=True)
            wrong += [f"{at}: {each}" for each in violations(page)]
        wrong += sideways(page, f"{name} {width}")
    return wrong


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
    """Nothing is wrong with it at any width and in any theme, and nothing jumps while it comes."""
    page = reader.opens(PAGES[name])
    page.wait_for_timeout(300)  # what comes late makes things jump
    wrong = jumped(page, name) + looked_at(page, name)
    page.set_viewport_size({"width": 320, "height": 640})
    wrong += sideways(page, f"{name} 320")
    wrong += [f"{name} 320: {each}" for each in violations(page)]
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


@pytest.mark.parametrize("name", ["overview", "bot", "gaps", "transcript", "settings-embed"])
def test_letters_twice_as_large(reader: Reader, name: str) -> None:
    """Trap 25: at 200 % zoom, which on a screen of 1,280 px is one of 640 with two pixels for each, and
    with larger letters.
    """
    page = reader.context.new_page()
    page.set_viewport_size({"width": 640, "height": 450})
    reader.goes(page, PAGES[name])
    wrong = sideways(page, f"{name} zoomed")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    wrong += sideways(page, f"{name} with larger letters")
    assert not wrong, "\n".join(wrong)


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
    page.get_by_role("button", name="Log in").click()
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
