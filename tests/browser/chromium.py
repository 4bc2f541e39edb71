"""The Chromium of this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import BrowserType, sync_playwright

PATH = "CHROMIUM"
"""The environment variable that names a Chromium; without it one is looked for on the PATH."""

REQUIRED = "BROWSER_TESTS"
"""The environment variable that, set to `required`, has these tests fail where they would be skipped."""

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


@contextmanager
def playwright() -> Iterator[BrowserType]:
    """What starts Chromium."""
    with sync_playwright() as started:
        yield started.chromium
