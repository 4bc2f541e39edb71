"""Days and hours are the company's, whatever the browser's clock and zone say."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import Reader, Readers, as_table, settled
from tests.browser.shop import talk
from tests.browser.site import Site
from tests.conftest import Tenant

BROWSERS = ("Pacific/Kiritimati", "America/St_Johns", "Pacific/Pago_Pago")


def rows_of_chart(page: Page) -> list[str]:
    """The main chart as a table: its rows, without the head."""
    as_table(page)
    rows = page.locator("main section").first.get_by_role("row")
    expect(rows.nth(1)).to_be_visible()
    return [re.sub(r"\s+", " ", text).strip() for text in rows.all_inner_texts()[1:]]


def test_the_browsers_zone_has_no_say(readers: Readers, new_tenant: Callable[..., Tenant]) -> None:
    """Traps 9, 10: company in St John's, browsers around the date line: every text of each page is the
    same.
    """
    tenant = new_tenant(timezone="America/St_Johns")
    tenant.send(*talk("late", "03-18 01:15", ("Where is my parcel?", 0.9), session="s"))
    seen = []
    for zone in BROWSERS:
        page = readers.of(tenant, timezone_id=zone).opens("b/bot?p=7d")
        texts = [*rows_of_chart(page), page.get_by_role("banner").inner_text()]
        page.locator("main a[href*='m=conversations']:visible").first.click()
        page.get_by_role("list", name="Conversations", exact=True).get_by_role("link").click()
        expect(page.locator("main article").first).to_be_visible()
        seen.append([*texts, page.locator("main").inner_text()])
        page.close()
    assert seen[0] == seen[1] == seen[2]
    # 01:15 UTC on the 18th is 22:45 on the 17th there, and noon 09:30.
    assert [row for row in seen[0] if re.match("Tue.*1|Mar 17.* 1", row)]
    assert "10:45" in seen[0][-1]
    assert "9:30" in seen[0][-2]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "doubled"),
    [
        ("Europe/Berlin", "2026-03-29", 23, 0),
        ("Europe/Berlin", "2025-10-26", 25, 1),
        ("Australia/Lord_Howe", "2026-04-05", 25, 0),  # half an hour twice: 24.5 hours
        ("Australia/Lord_Howe", "2025-10-05", 24, 0),
        ("America/St_Johns", "2026-03-08", 23, 0),
    ],
)
def test_days_on_which_clocks_change(
    readers: Readers,
    site: Site,
    new_tenant: Callable[..., Tenant],
    zone: str,
    day: str,
    hours: int,
    doubled: int,
) -> None:
    """Trap 10: every hour that the day has, none twice but the one that is; nothing is drawn at no place."""
    site.now = datetime(2026, 4, 10, tzinfo=UTC)
    tenant = new_tenant(timezone=zone)
    page = readers.of(tenant, timezone_id="Pacific/Kiritimati").opens(f"b/bot?p={day},{day}&c=none")
    assert "NaN" not in page.locator("main svg").first.evaluate("(svg) => svg.outerHTML")
    labels = rows_of_chart(page)
    assert len(labels) == hours
    assert len(set(labels)) == hours - doubled  # the hour that comes twice, one after the other


def test_the_hour_that_comes_twice_opens_by_itself(
    readers: Readers, site: Site, new_tenant: Callable[..., Tenant]
) -> None:
    """Each of both hours called 2:00 AM opens into its own conversations: as many as its figure says."""
    site.now = datetime(2026, 10, 26, tzinfo=UTC)
    tenant = new_tenant(timezone="Europe/Berlin")
    for at in ("00:10", "01:10", "01:20"):
        tenant.send(*talk(at, f"10-25 {at}", ("Hello", 0.9)))
    page = readers.of(tenant).opens("b/bot?p=2026-10-25,2026-10-25&c=none")
    rows = rows_of_chart(page)
    both = [place for place, row in enumerate(rows) if ", 2:00 AM" in row]
    assert len(both) == 2
    for place, figure in zip(both, ("1", "2"), strict=True):
        link = page.locator("main section").first.get_by_role("row").nth(place + 1).get_by_role("link")
        expect(link).to_have_text(figure)
        link.click()
        plural = "" if figure == "1" else "s"
        expect(page.locator("main h2").first).to_have_text(f"{figure} conversation{plural}")
        page.go_back()
        as_table(page)


def test_midnight_passes_with_the_page_open(
    readers: Readers, site: Site, new_tenant: Callable[..., Tenant]
) -> None:
    """Trap 11: "today" is another day after midnight in the company's zone, without a reload."""
    tenant = new_tenant(timezone="Europe/Berlin")
    tenant.send(*talk("a", "03-18 22:00", ("Hello", 0.9)), *talk("b", "03-17 22:00", ("Hello", 0.9)))
    site.now = datetime(2026, 3, 18, 22, 59, 30, tzinfo=UTC)  # half a minute before
    reader: Reader = readers.of(tenant)
    page = reader.context.new_page()
    page.clock.install()
    reader.goes(page, "b/bot?p=today")
    figure = page.locator("main a[href*='m=conversations']:visible").first
    expect(figure).to_have_text("1")
    site.now = datetime(2026, 3, 18, 23, 0, 30, tzinfo=UTC)
    page.clock.run_for(62_000)
    expect(figure).to_have_text("0")
    expect(page.get_by_role("banner")).to_contain_text("12:00 AM")
    settled(page)
