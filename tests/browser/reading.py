"""A reader: somebody of a company before a browser of their own."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.site import Site
from tests.browser.watching import Watch
from tests.conftest import Tenant

PICTURES = Path(os.environ.get("PICTURES", Path(__file__).parents[2] / ".pictures"))
"""Where pictures of pages go: all of them (`test_every_page.py`), and those of tests that failed."""

PATIENCE = 60_000
"""Milliseconds; on a machine that has nothing else to do, what is right is right at once."""

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=PATIENCE)

_COMING = (
    "[aria-busy=true], [role=status] > .spoken + [aria-hidden=true]"  # skeletons, and figures that are old
)

# Only if the page itself scrolls: what stands out of a part that scrolls by itself is well.
WIDER = """() => {
  const screen = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= screen) return [];
  const all = [...document.body.querySelectorAll("*")];
  const wide = all.filter((each) => each.getBoundingClientRect().right > screen + 1);
  return ["the page", ...wide].map((each) => each.outerHTML?.slice(0, 160) ?? each);
}"""


@dataclass
class Reader:
    """Who is logged in, in a browser that knows nothing else."""

    tenant: Tenant
    context: BrowserContext
    site: Site

    def address(self, path: str = "") -> str:
        """The address of a page of the company: `address("b/bot?p=7d")`."""
        return f"{self.site.url}/c/{quote(self.tenant.company.id)}/{path}"

    def opens(self, path: str = "") -> Page:
        """A page of the company in a tab of its own, once its figures are there."""
        page = self.context.new_page()
        return self.goes(page, path)

    def goes(self, page: Page, path: str = "") -> Page:
        """The same in a tab that there is."""
        page.goto(self.address(path))
        settled(page)
        return page


class Readers:
    """Makes readers, and closes their browsers at the end."""

    def __init__(self, browser: Browser, site: Site, watch: Watch) -> None:
        self._browser, self._site, self._watch = browser, site, watch
        self._contexts: list[BrowserContext] = []

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._site.url

    def context(self, **how: Any) -> BrowserContext:
        """A browser without a past: an English one in UTC on a large screen, if nothing else is said."""
        given = {"viewport": DESK, "locale": "en-US", "timezone_id": "UTC", "color_scheme": "light", **how}
        context = self._watch.over(self._browser.new_context(**given))
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        return context

    def of(self, tenant: Tenant, role: str = "admin", **how: Any) -> Reader:
        """Somebody who has used a login link of a company."""
        context = self.context(**how)
        name = role if role != "admin" else "Ada"
        _, secret = self._site.engine.accounts.create_link(tenant.company.id, name, role)
        answer = context.request.post(
            f"{self._site.url}/v1/session", data={"token": secret}, headers={"Origin": self._site.url}
        )
        assert answer.status == 201, answer.text()
        return Reader(tenant, context, self._site)

    def take_pictures(self, folder: Path, name: str) -> None:
        """Of all pages that are open, for whoever must find out why a test failed."""
        pages = [page for context in self._contexts for page in context.pages]
        of = re.sub(r"[^\w-]+", "-", name)[:80]
        for number, page in enumerate(pages):
            page.screenshot(path=folder / f"{of}-{number}.png", full_page=True)

    def close(self) -> None:
        """Close all browsers."""
        for context in self._contexts:
            context.close()


def settled(page: Page) -> None:
    """Wait until a page shows what it has to show: nothing is loading any more."""
    expect(page.locator("main").first).not_to_be_empty()
    expect(page.locator(_COMING)).to_have_count(0)


def as_table(page: Page) -> None:
    """Turn the main chart of a page into its table."""
    chart = page.locator("main section").first
    chart.get_by_role("button", name="As a table").click()
    expect(chart.get_by_role("table")).to_be_visible()
