"""One Chromium, one server, and readers who know nothing of each other.

After each test: no violation of the policy, no request to another server, no error of a script.
"""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Page

from botlens.engine import Engine
from botlens.web.site import DIST
from tests.browser.chromium import ARGUMENTS, OFF, lacking, needed, playwright, switched_off
from tests.browser.reading import PICTURES, Reader, Readers
from tests.browser.shop import EVENTS
from tests.browser.site import Site
from tests.browser.watching import Watch
from tests.conftest import NOON, Tenant

_HERE = Path(__file__).parent
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)  # before they are sorted by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserType]:
    needed()
    if not (DIST / "index.html").exists():
        lacking("The page is not built: `make web`.")
    with playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    started = chromium.launch(executable_path=needed(), args=ARGUMENTS)
    forgotten = switched_off(started) - set(OFF)
    assert not forgotten, f"Playwright switches off what is not in tests/browser/chromium.py: {forgotten}"
    yield started
    started.close()


@pytest.fixture(scope="module")
def running(chromium: BrowserType, engine: Engine) -> Iterator[Site]:
    """The server of a module; `chromium` first, so that nothing is served where nobody can look."""
    site = Site(engine)
    yield site
    site.close()


@pytest.fixture
def site(running: Site) -> Site:
    running.now = NOON
    return running


@pytest.fixture
def world(site: Site) -> Site:
    """The companies of these tests are on the server."""
    return site


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    noted = Watch({site.url})
    yield noted
    assert noted.wrong == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def readers(request: pytest.FixtureRequest, browser: Browser, site: Site, watch: Watch) -> Iterator[Readers]:
    made = Readers(browser, site, watch)
    yield made
    if FAILED in request.node.stash:
        made.take_pictures(PICTURES / "failed", request.node.name)
    made.close()


@pytest.fixture
def shop(new_tenant: Callable[..., Tenant]) -> Tenant:
    """The company of `shop.py`, in UTC, on the plan pro."""
    tenant = new_tenant(chatbots=())
    tenant.put("bot", name="Hearth & Oak")
    tenant.put("mute", name="Mute")
    tenant.send(*EVENTS)
    return tenant


@pytest.fixture
def reader(readers: Readers, shop: Tenant) -> Reader:
    """An admin of the shop."""
    return readers.of(shop)


@pytest.fixture
def bot_page(reader: Reader) -> Page:
    """The page of the shop's bot."""
    return reader.opens("b/bot")
