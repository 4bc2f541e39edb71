"""What who only reads, or has not paid, does not get: neither on the page nor from the API."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.reading import Readers
from tests.browser.shop import EVENTS
from tests.browser.site import Site
from tests.conftest import Tenant

CHANGES = (
    ("PUT", "/v1/chatbots/bot", {"name": "Mine"}),
    ("DELETE", "/v1/chatbots/bot", None),
    ("DELETE", "/v1/conversations/c01?chatbot=bot", None),
    ("POST", "/v1/keys", {"name": "x", "scopes": ["read"]}),
    ("POST", "/v1/login-links", {"user": "eve", "role": "admin"}),
    ("POST", "/v1/embed-links", {"chatbot_id": "bot", "name": "x", "parts": ["cards"]}),
    ("PATCH", "/v1/company", {"name": "Mine"}),
)


def test_who_only_reads(readers: Readers, site: Site, shop: Tenant) -> None:
    """Trap 33: no control that changes something is there, and the API refuses each change, asked as the
    page asks.
    """
    reader = readers.of(shop, role="viewer")
    page = reader.opens("b/bot/conversations/c01")
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    reader.goes(page, "settings")
    sections = page.get_by_role("navigation", name="Settings").get_by_role("link")
    expect(sections).to_have_text(["General", "Chatbots", "Refused events", "Plan"])
    for section in ("settings", "settings/bots", "settings/rejections", "settings/plan"):
        reader.goes(page, section)
        expect(page.locator("main").get_by_role("button", name="Save")).to_have_count(0)
        expect(page.locator("main").get_by_role("button", name="Delete")).to_have_count(0)
        expect(page.locator("main").locator("input:enabled, select:enabled")).to_have_count(0)
    for section in ("settings/keys", "settings/members", "settings/embed"):
        reader.goes(page, section)
        expect(page.get_by_text("Only owners and admins see this")).to_be_visible()
    for method, path, body in CHANGES:
        status = page.evaluate(
            """async ([method, path, body, company]) => (await fetch(path, {
                method,
                headers: { "Content-Type": "application/json", "X-Botlens-Company": company },
                ...(body === null ? {} : { body: JSON.stringify(body) }),
            })).status""",
            [method, path, body, shop.company.id],
        )
        assert status == 403, (method, path)


def test_another_company_is_not_ones_own(
    readers: Readers, new_tenant: Callable[..., Tenant], shop: Tenant
) -> None:
    """The address of a company that one does not belong to shows nothing of it, and leads to one's own."""
    stranger = readers.of(new_tenant())
    page = stranger.context.new_page()
    page.goto(f"{stranger.site.url}/c/{shop.company.id}/b/bot")
    expect(page.get_by_role("heading", level=1)).to_contain_text("or it is not yours")
    expect(page.get_by_text("Hearth & Oak")).to_have_count(0)
    page.get_by_role("link", name=stranger.tenant.company.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def test_what_the_plan_does_not_include(readers: Readers, new_tenant: Callable[..., Tenant]) -> None:
    """Trap 33: a widget says which plan has it and how far back one may look; it never shows a figure."""
    tenant = new_tenant(plan="free")
    tenant.send(*EVENTS[:8])
    page = readers.of(tenant).opens("b/bot")
    expect(page.get_by_text(re.compile("Your plan does not include this")).first).to_be_visible()
    expect(page.get_by_text("It comes with the plan “starter”.").first).to_be_visible()
    expect(page.locator("main a[href*='/conversations?']")).to_have_count(0)
    small = new_tenant(plan="starter")
    page = readers.of(small).opens("b/bot?p=2024-01-01,2024-02-01")
    expect(page.get_by_text("Your plan reaches back to Mar 18, 2025.").first).to_be_visible()
