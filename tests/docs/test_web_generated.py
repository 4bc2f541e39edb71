"""What the web page knows of the API is what the API says of itself."""

import subprocess
import sys

from tests.docs.pages import ROOT


def test_what_the_page_knows_is_up_to_date() -> None:
    """`npm run generate` in `web/` would change nothing that Python writes; its own tests see to the rest."""
    command = [sys.executable, "docs/generate_web.py", "--check"]
    check = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert check.returncode == 0, f"{check.stdout}{check.stderr}Run: npm run generate, in web/"


def test_the_lock_file_names_no_registry() -> None:
    """Where packages come from is for whoever installs them to say."""
    lock = (ROOT / "web" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
