"""A page of botlens in a frame of another site, whose browser takes no cookies at all."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType, FrameLocator, Page, expect

from tests.browser.chromium import ARGUMENTS, needed
from tests.browser.hosting import Host, hosting
from tests.browser.reading import DESK, PATIENCE, Readers
from tests.browser.shop import talk
from tests.browser.site import Site
from tests.browser.watching import Watch
from tests.conftest import Tenant

OVER = re.compile("has ended|not shown any more|is over|no such page")
PARTS = ["cards", "chart", "questions", "languages"]
BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}


@pytest.fixture
def host() -> Iterator[Host]:
    with hosting() as found:
        yield found


@pytest.fixture
def visitor(chromium: BrowserType, watch: Watch, host: Host, tmp_path: Path) -> Iterator[Page]:
    """A tab of a browser that is told to block all cookies."""
    profile = tmp_path / "Default"
    profile.mkdir()
    (profile / "Preferences").write_text(json.dumps(BLOCKED))
    context = chromium.launch_persistent_context(
        tmp_path, executable_path=needed(), args=ARGUMENTS, viewport=DESK, locale="en-US", timezone_id="UTC"
    )
    watch.origins |= {host.origin("shop"), host.origin("thief")}
    context.set_default_timeout(PATIENCE)
    yield watch.over(context).new_page()
    context.close()


def linked(tenant: Tenant, **settings: Any) -> dict[str, Any]:
    body = {"chatbot_id": "bot", "name": "Portal", "parts": PARTS, **settings}
    answer = tenant.world.client.post("/v1/embed-links", json=body, headers=tenant.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def is_refused(page: Page, watch: Watch) -> None:
    """Instead of the page that is framed, its browser shows that it may not be."""
    until = time.monotonic() + PATIENCE / 1000
    while not (
        any(each.url.startswith("chrome-error:") for each in page.frames)
        and any("frame-ancestors" in each for each in watch.wrong)
    ):
        assert time.monotonic() < until, (page.frames, watch.wrong)
        page.wait_for_timeout(50)
    watch.wrong.clear()


def framed(host: Host, page: Page, url: str, name: str = "shop") -> FrameLocator:
    """The frame in a page of the host, which has the script that the embed builder gives."""
    host.page = f"""<!doctype html><title>Shop</title><body>
<iframe id="botlens" src="{url}" style="width: 100%; height: 100px; border: 0"
  referrerpolicy="no-referrer"></iframe>
<script>
  window.heard = [];
  addEventListener("message", (event) => {{
    const frame = document.getElementById("botlens");
    if (event.source !== frame.contentWindow) return;
    heard.push([event.origin, event.data]);
    if (event.data?.type === "botlens:height") frame.style.height = event.data.height + "px";
  }});
</script>"""
    page.goto(host.origin(name) + "/")
    return page.frame_locator("#botlens")


def shows(frame: FrameLocator, figure: str) -> None:
    """The card of the conversations, which is the first, says so many."""
    expect(frame.locator("main").get_by_text(figure, exact=True).first).to_be_visible()


def test_without_cookies_and_storage(
    visitor: Page, host: Host, site: Site, shop: Tenant, watch: Watch
) -> None:
    """Traps 18, 20: figures, live, period and height without any cookie; the secret is gone from the
    address.
    """
    made = linked(shop, origins=[host.origin("shop")])
    frame = framed(host, visitor, made["url"])
    shows(frame, "14")
    inside = visitor.frame(url=re.compile("/embed/"))
    assert inside is not None
    assert inside.url == f"{site.url}/embed/{made['link']['id']}"
    assert (
        inside.evaluate(
            "() => { try { localStorage.length; return 'kept' } catch (error) { return error.name } }"
        )
        == "SecurityError"
    )
    assert inside.evaluate("() => { document.cookie = 'a=b'; return document.cookie }") == ""
    shop.send(*talk("new", "03-18 11:00", ("Hello", 0.9)))
    shows(frame, "15")
    frame.get_by_role("button", name="Last 30 days").click()
    frame.get_by_role("menuitem", name=re.compile("Last 7 days")).click()
    shows(frame, "8")
    # One scroll bar: the frame is as high as what is in it, and only the page that the link names was told.
    visitor.wait_for_function("() => document.getElementById('botlens').offsetHeight > 300")
    assert inside.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
    assert {origin for origin, _ in visitor.evaluate("() => heard")} == {site.url}
    assert not [each for each in watch.requests if made["secret"] in each]


def test_a_revoked_link_and_an_old_token(
    visitor: Page, host: Host, site: Site, shop: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 19: revoked while it is looked at, it says so, tells the host, and asks no further; as one that
    is over.
    """
    made = linked(shop, origins=[host.origin("shop")])
    frame = framed(host, visitor, made["url"])
    shows(frame, "14")
    gone = shop.world.client.delete(f"/v1/embed-links/{made['link']['id']}", headers=shop.headers)
    assert gone.status_code == 200
    expect(frame.get_by_role("heading", name=OVER)).to_be_visible()
    expect(frame.get_by_text("14", exact=True)).to_have_count(0)
    visitor.wait_for_function("() => heard.some(([, said]) => said.type === 'botlens:ended')")

    link = linked(shop, origins=[host.origin("shop")])["link"]["id"]
    monkeypatch.setattr(site.engine.accounts, "_clock", lambda: datetime.now(UTC) - timedelta(hours=2))
    token, _ = site.engine.accounts.create_embed_token(shop.company.id, link, timedelta(hours=1))
    monkeypatch.undo()
    frame = framed(host, visitor, f"{site.url}/embed/{link}#token={token}")
    expect(frame.get_by_role("heading", name=OVER)).to_be_visible()
    half = framed(host, visitor, f"{site.url}/embed/{link}")
    expect(half.get_by_text("This page needs the whole link")).to_be_visible()


def test_another_site_cannot_frame_it(visitor: Page, host: Host, shop: Tenant, watch: Watch) -> None:
    """Trap 19: a page of an origin that the link does not name shows nothing of it."""
    made = linked(shop, origins=[host.origin("shop")])
    framed(host, visitor, made["url"], name="thief")
    is_refused(visitor, watch)


@pytest.mark.parametrize("path", ["", "login", "c/{company}/b/bot"])
def test_no_other_page_is_framed(
    visitor: Page, host: Host, site: Site, shop: Tenant, watch: Watch, path: str
) -> None:
    """Trap 19: what is not an embed link can be framed by nobody, so nothing of it can be clicked unseen."""
    framed(host, visitor, f"{site.url}/{path.format(company=shop.company.id)}")
    is_refused(visitor, watch)


def test_the_builders_snippet_works(readers: Readers, visitor: Page, host: Host, shop: Tenant) -> None:
    """What the settings give to copy is what a host needs: the frame and its height."""
    page = readers.of(shop).opens("settings/embed")
    page.get_by_label("Name").fill("Portal")
    page.get_by_label("Sites that may show it").fill(host.origin("shop"))
    page.get_by_role("button", name="Make the link").click()
    snippet = page.locator("pre, code").filter(has_text="<iframe").first.inner_text()
    host.page = f"<!doctype html><title>Shop</title><body>{snippet}"
    visitor.goto(host.origin("shop") + "/")
    shows(visitor.frame_locator("#botlens"), "14")
    visitor.wait_for_function("() => document.getElementById('botlens').offsetHeight > 700")
