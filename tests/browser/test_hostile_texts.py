"""What visitors and colleagues write is text, whatever it is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import PHONE, WIDER, Reader, Readers
from tests.browser.shop import HOSTILE, HOSTILE_EVENTS, LONG, OVERRIDE, SCRIPT
from tests.conftest import Tenant

NAME = '"><script>document.title="owned"</script>' + "Möbelhausverwaltungsgesellschaft" * 5
PAGES = ("", "b/hostile", "b/hostile/gaps", "b/hostile/conversations", "conversations", "settings/bots")


@pytest.fixture
def hostile(new_tenant: Callable[..., Tenant]) -> Tenant:
    tenant = new_tenant(chatbots=())
    tenant.put("hostile", name=NAME[:200])
    tenant.send(*HOSTILE_EVENTS)
    marker = {"chatbot_id": "hostile", "at": "2026-03-17T10:00:00Z", "text": (SCRIPT + OVERRIDE)[:80]}
    made = tenant.world.client.post("/v1/markers", json=marker, headers=tenant.headers)
    assert made.status_code == 201, made.text
    return tenant


def is_whole(page: Page) -> None:
    """Nothing ran, nothing is wider than the screen, nothing became an element."""
    assert page.title() != "owned"
    assert page.locator("img, script:not([src])").count() == 0
    wide = page.evaluate(WIDER)
    assert not wide, (page.url, wide[:4])


@pytest.mark.parametrize("screen", [{"width": 1440, "height": 900}, PHONE, {"width": 320, "height": 640}])
def test_texts_are_texts(readers: Readers, hostile: Tenant, screen: dict[str, int]) -> None:
    """Traps 23, 25: markup, overrides, signs without a blank, emoji, scripts of all kinds, in every list
    and name.
    """
    reader = readers.of(hostile, viewport=screen)
    page = reader.opens()
    for path in PAGES:
        reader.goes(page, path)
        is_whole(page)
    reader.goes(page, "b/hostile/conversations")
    rows = page.get_by_role("list", name="Conversations", exact=True).get_by_role("listitem")
    expect(rows).to_have_count(len(HOSTILE))
    for row in rows.all():
        text = row.locator("[dir=auto]").first
        assert text.evaluate("(text) => getComputedStyle(text).unicodeBidi") in ("isolate", "plaintext")
        assert row.evaluate("(row) => row.scrollHeight <= row.clientHeight + 1"), "a text runs out of its row"


def test_a_transcript_shows_all_of_it(readers: Readers, hostile: Tenant) -> None:
    """Trap 23: 5,000 signs are cut first and whole when asked for; Arabic stands from right to left."""
    reader: Reader = readers.of(hostile, viewport=PHONE)
    page = reader.opens("b/hostile/conversations/h2")
    said = page.locator("main article").first
    whole = said.evaluate("(said) => said.offsetHeight")
    said.get_by_role("button").first.click()
    expect(said).to_contain_text(LONG)
    assert said.evaluate("(said) => said.offsetHeight") > whole
    is_whole(page)
    reader.goes(page, "b/hostile/conversations/h5")
    text = page.locator("main article .visitor").first
    look = text.evaluate("(text) => [getComputedStyle(text).direction, getComputedStyle(text).display]")
    assert look == ["rtl", "block"]
    reader.goes(page, "b/hostile/conversations/h0")
    expect(page.locator("main article").first).to_contain_text(SCRIPT)
    is_whole(page)


def test_the_questions_of_the_page(readers: Readers, hostile: Tenant) -> None:
    """Trap 14: the address that a hostile question makes as a filter leads to the list of it, in a fresh
    browser too.
    """
    reader = readers.of(hostile)
    page = reader.opens("b/hostile")
    links = page.locator("main a[href*='m=unanswered_answers']").evaluate_all(
        "(links) => [...new Set(links.map((link) => link.href))]"
    )
    assert len(links) >= len(HOSTILE)
    for link in links:
        page.goto(link)
        expect(page.locator("main h2").first).to_have_text("1 conversation")
