"""Somebody of several companies: each page is of one, and the others are a step away."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.reading import DESK, PHONE, PICTURES, WIDER, Readers, settled
from tests.browser.shop import talk
from tests.browser.test_login import host_login
from tests.conftest import Tenant

LONG = "Möbelhausverwaltungsgesellschaft der Niederlassungen im Norden"


def test_from_one_company_to_another(
    readers: Readers, new_tenant: Callable[..., Tenant], shop: Tenant
) -> None:
    """The name at the top of the rail is a menu: the other company's figures, nothing of the first; Back is
    back. On a phone it is in the menu, and nothing is too wide however long a name is.
    """
    other = new_tenant()
    other.send(*talk("a", "03-17 10:00", ("Hello", 0.9)))
    accounts = other.world.engine.accounts
    accounts.change_company(other.company.id, name=LONG)
    accounts.add_member(other.company.id, shop.company.owner, "viewer")
    context = readers.context()
    page = context.new_page()
    page.goto(f"{readers.url}/login#jwt={host_login(shop.company.owner)}")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/c/**")
    page.goto(f"{readers.url}/c/{shop.company.id}/")
    settled(page)
    figure = page.locator("main a[href*='m=conversations']:visible").first
    expect(figure).to_have_text("16")
    switch = page.get_by_role("button", name=f"{shop.company.name}: change the company")
    switch.click()
    choice = page.get_by_role("menuitem", name=LONG)
    expect(choice).to_be_visible()
    for screen, scheme in ((DESK, "light"), (DESK, "dark")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.screenshot(path=PICTURES / f"companies-{screen['width']}-{scheme}.png")
    choice.click()
    expect(page).to_have_url(f"{readers.url}/c/{other.company.id}/")
    settled(page)
    expect(figure).to_have_text("1")
    expect(page.get_by_text("Hearth & Oak")).to_have_count(0)
    page.go_back()
    expect(figure).to_have_text("16")
    page.go_forward()

    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("dialog").get_by_role("button", name=f"{LONG}: change the company").click()
    expect(page.get_by_role("menuitem", name=shop.company.name)).to_be_visible()
    assert page.evaluate(WIDER) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.screenshot(path=PICTURES / f"companies-{PHONE['width']}-{scheme}.png")
    page.get_by_role("menuitem", name=shop.company.name).click()
    settled(page)
    expect(figure).to_have_text("16")
    expect(page.get_by_role("dialog")).to_have_count(0)
