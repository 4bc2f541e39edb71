"""Letting somebody in, in a real browser."""

from datetime import UTC, datetime, timedelta

import jwt
from playwright.sync_api import Page, expect

from tests.browser.reading import Readers
from tests.browser.site import Site
from tests.conftest import SECRET, Tenant


def link(site: Site, tenant: Tenant) -> str:
    """A login link, as `botlens link` prints it."""
    _, secret = site.engine.accounts.create_link(tenant.company.id, "Ada", "admin")
    return f"{site.url}/login#token={secret}"


def host_login(owner: str, lasts: timedelta = timedelta(minutes=5)) -> str:
    """The JWT of a product whose user somebody is."""
    claims = {"sub": owner, "aud": "botlens", "iss": "https://login.example"}
    return jwt.encode({**claims, "exp": datetime.now(UTC) + lasts}, SECRET, algorithm="HS256")


def log_in(page: Page) -> None:
    page.get_by_role("button", name="Log in").click()


def test_a_link_lets_in_once_and_only_by_its_button(readers: Readers, site: Site, shop: Tenant) -> None:
    """A preview that opens the link uses nothing up; the secret is out of the address before anything is
    asked.
    """
    address = link(site, shop)
    preview = readers.context().new_page()
    preview.goto(address)
    expect(preview.get_by_role("button", name="Log in")).to_be_visible()
    assert preview.url == f"{site.url}/login"

    page = readers.context().new_page()
    page.goto(address)
    log_in(page)
    expect(page).to_have_url(f"{site.url}/c/{shop.company.id}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    assert "token" not in page.evaluate("() => JSON.stringify(history.state) + document.cookie")

    log_in(preview)
    expect(preview.get_by_role("alert").filter(has_text="This link was used already")).to_be_visible()
    expect(preview.get_by_text("botlens link", exact=True)).to_be_visible()


def test_a_link_says_whom_it_lets_in_before_it_is_used(readers: Readers, site: Site, shop: Tenant) -> None:
    """Who, to which company and as what; one that is of no use any more says so without a click."""
    address = link(site, shop)
    page = readers.context().new_page()
    page.goto(address)
    expect(page.get_by_role("button", name="Log in as Ada")).to_be_visible()
    expect(page.get_by_text(f"To {shop.company.name}, with the role “Admin”.")).to_be_visible()
    page.get_by_role("button", name="Log in as Ada").click()
    expect(page).to_have_url(f"{site.url}/c/{shop.company.id}/")

    later = readers.context().new_page()
    later.goto(address)
    expect(later.get_by_role("alert").filter(has_text="This link was used already")).to_be_visible()
    expect(later.get_by_role("button", name="Log in")).to_have_count(0)


def test_one_lands_where_one_wanted_to_go(readers: Readers, site: Site, shop: Tenant) -> None:
    """Whoever is not logged in is led to the login, and from there to the address first asked for."""
    page = readers.context().new_page()
    wanted = f"{site.url}/c/{shop.company.id}/b/bot?p=7d"
    page.goto(wanted)
    expect(page.get_by_role("heading", level=1)).to_have_text("You need a link to log in")
    page.goto(link(site, shop))
    log_in(page)
    expect(page).to_have_url(wanted)


def test_a_login_leads_to_no_other_server(readers: Readers, site: Site, shop: Tenant) -> None:
    """An address to go on to that is of somebody else is not gone to."""
    _, secret = site.engine.accounts.create_link(shop.company.id, "Ada", "admin")
    page = readers.context().new_page()
    page.goto(f"{site.url}/login?to=//evil.example/c/x#token={secret}")
    log_in(page)
    expect(page).to_have_url(f"{site.url}/c/{shop.company.id}/")


def test_the_login_of_a_product(readers: Readers, site: Site, shop: Tenant) -> None:
    """`#jwt=` lets in whom the product vouches for, by name; an old one says that it is over, and what to
    do.
    """
    page = readers.context().new_page()
    page.goto(f"{site.url}/login#jwt={host_login(shop.company.owner, timedelta(minutes=-5))}")
    log_in(page)
    expect(page.get_by_role("alert").filter(has_text="The login of your product is over.")).to_be_visible()
    page.goto(f"{site.url}/login#jwt={host_login(shop.company.owner)}")
    page.get_by_role("button", name=f"Log in as {shop.company.owner}").click()
    expect(page).to_have_url(f"{site.url}/c/{shop.company.id}/")


def test_log_out_ends_all_tabs(readers: Readers, shop: Tenant) -> None:
    """The tab beside it shows nothing of the company any more; Back does not bring it either."""
    reader = readers.of(shop)
    page, beside = reader.opens(), reader.opens("b/bot")
    page.get_by_role("button", name="Log out").click()
    for each in (page, beside):
        expect(each.get_by_role("heading", level=1)).to_have_text("You need a link to log in")
    page.go_back()
    expect(page.get_by_text("Hearth & Oak")).to_have_count(0)
