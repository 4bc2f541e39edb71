"""The Chromium of this machine."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

PATH = "CHROMIUM"
"""The environment variable that names a Chromium; without it one is looked for on the PATH."""

REQUIRED = "BROWSER_TESTS"
"""The environment variable that, set to `required`, has these tests fail where they would be skipped."""

OFF = (
    # Each window has the list of its address bar as a page of its own, made before anybody types there: that
    # takes as much work as the page that is tested, and nobody sees it.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # What Playwright switches off, as of several such lists the last one counts (see `switched_off`).
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
)
"""The features of Chromium that it is started without."""

ARGUMENTS = [f"--disable-features={','.join(OFF)}"]
"""What Chromium is started with."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """The Chromium that there is."""
    return os.environ.get(PATH) or next(filter(None, map(shutil.which, _NAMES)), None)


def needed() -> str:
    """The Chromium that there is; without one the test is skipped, or fails where it may not be."""
    path = found()
    if path is None:
        lacking(f"There is no Chromium: `apt-get install chromium`, or name one in {PATH}.")
    return path


def lacking(message: str) -> None:
    """Skip the test because something is missing, or fail where tests may not be skipped."""
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def switched_off(browser: Browser) -> set[str]:
    """Every feature that somebody has asked a Chromium to do without, in whichever of several lists."""
    said = browser.new_browser_cdp_session().send("SystemInfo.getInfo")["commandLine"]
    lists = re.findall(r"--disable-features=(\S+)", said)
    assert len(lists) > 1, said
    return {name for each in lists for name in each.split(",")}


@contextmanager
def playwright() -> Iterator[BrowserType]:
    """What starts Chromium."""
    with sync_playwright() as started:
        yield started.chromium
