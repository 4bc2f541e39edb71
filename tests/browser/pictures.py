"""The pictures of the README, of the demo as it is served.

python -m tests.browser.pictures     writes docs/images/overview.png and docs/images/bot.png
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import found
from tests.browser.reading import settled

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES = 200_000
_SCREEN = {"width": 1440, "height": 900}
_BOT = "hearth-and-oak"


def main() -> None:
    """Serve the demo from a folder of its own, log in by the link that it prints, take two pictures."""
    chromium = found()
    if chromium is None:
        raise SystemExit("There is no Chromium: `apt-get install chromium`, or name one in CHROMIUM.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-m", "botlens", "demo", "--port", "0", "--data-dir", f"{folder}/demo"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
            try:
                browser = playwright.chromium.launch(executable_path=chromium)
                page = browser.new_page(viewport=_SCREEN, locale="en-US", color_scheme="light")
                log_in(page, link_of(demo))
                take(page, "overview")
                page.goto(f"{page.url.split('?')[0]}b/{_BOT}")
                take(page, "bot")
                browser.close()
            finally:
                demo.terminate()


def link_of(demo: "subprocess.Popen[str]") -> str:
    """The link that the demo prints once it is served."""
    assert demo.stdout is not None
    for line in demo.stdout:
        if address := re.search(r"http\S+/login#token=\S+", line):
            return address[0]
    raise SystemExit("The demo ended without a link.")


def log_in(page: Page, link: str) -> None:
    """Follow a login link."""
    page.goto(link)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/c/**")


def take(page: Page, name: str) -> None:
    """Take a picture of what is on the screen."""
    settled(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    path = IMAGES / f"{name}.png"
    size = len(page.screenshot(path=path))
    sys.stdout.write(f"{path}: {size:,} bytes\n")
    if size > MOST_BYTES:
        raise SystemExit(
            f"{path} is larger than {MOST_BYTES:,} bytes: make it smaller before it is committed."
        )


if __name__ == "__main__":
    main()
